import fc from 'fast-check';

import { parseConfigDocument } from '../../src/config/config-document';
import { ConfigError } from '../../src/config/config-error';
import { ConfigFolder } from './config-folder';

const BROKEN: readonly (readonly [yaml: string, fault: string])[] = [
  [
    'listen: a:1\nanonymous: none\nlisten: b:2',
    '3:1 : `listen` is given twice; allowed: every key once',
  ],
  ['sweep: { every: 1m, "every": 2m }', '1:21 : this key is given twice; allowed: every key once'],
  ['anonymous: "none', '1:17 : Missing closing "quote'],
  [
    'a: [1,\nb: 2',
    '2:1 : Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['sweep:\n\tevery: 1m', '2:1 : Tabs are not allowed as indentation'],
  [
    'anonymous: *none',
    '1:12 : no anchor of this name stands before; quote a text that begins with "*"',
  ],
  [
    'anonymous: !none read',
    '1:12 : this tag has no meaning here; quote a text that begins with "!"',
  ],
  ['listen: "\\q"', '1:10 : this escape is not legal in double quotes; use single quotes or \\\\'],
  ['? [a]\n: 1', '1:3 : this is not allowed as a key; allowed: a plain name'],
  ['__proto__: { listen: 1 }', '1:1 : this is not allowed as a key; allowed: a plain name'],
  ['registries: &a { local: *a }', '1:25 : this anchor stands inside itself'],
  ['sweep: &a { <<: *a }', '1:17 : this anchor stands inside itself'],
  ['&a <<: *a', '1:4 : only groups of keys can be merged'],
  ['sweep: { <<: 1m }', '1:10 : only groups of keys can be merged'],
  ['a: 1\n---\nb: 2', '2:1 : a second document begins here; allowed: one document'],
];

describe(parseConfigDocument.name, () => {
  let folder: ConfigFolder;

  beforeAll(() => {
    folder = new ConfigFolder();
  });

  afterAll(() => {
    folder.remove();
  });

  it.each(BROKEN)('tells where %j is no legal YAML', (yaml, fault) => {
    expect(folder.reportOf(yaml)).toContain(fault);
  });

  it('goes on after a key that is given twice', () => {
    expect(folder.reportOf('anonymous: no\nanonymous: none\nfoo: 1')).toHaveLength(2);
  });

  it('repeats nothing of a broken line, which may hold a secret', () => {
    const broken = ['token: "a" hunter2', 'token: !hunter2 x', 'token: *hunter2', 'a: }hunter2'];

    const sentences = broken.flatMap((yaml) => folder.reportOf(yaml));

    expect(sentences.join('\n')).not.toContain('hunter2');
  });

  it('understands anchors and merge keys', () => {
    const { repositories } = folder.load(`
registries: { local: { url: http://localhost } }
repositories:
  - &rules
    match: local/a
    levels: &levels [latest]
    zeroMajor: true
  - { match: local/b, levels: *levels }
  - { <<: *rules, match: local/c }
`);

    expect(repositories.map(({ match, rules }) => [match, rules.levels, rules.zeroMajor])).toEqual([
      ['local/a', ['latest'], true],
      ['local/b', ['latest'], false],
      ['local/c', ['latest'], true],
    ]);
  });

  it('tells a fault that comes through an anchor where it is written', () => {
    const report = folder.reportOf(`
registries: { local: { url: http://localhost } }
repositories:
  - &rules
    match: local/a
    levels: &levels [latest, patch]
  - { match: local/b, levels: *levels }
  - { <<: [*rules], match: local/c }
`);

    const fault =
      '"patch" is not allowed here; allowed: minor, major, latest (levels of the scheme semver)';
    expect(report).toEqual([
      `6:30 repositories[0].levels[1]: ${fault}`,
      `6:30 repositories[1].levels[1]: ${fault}`,
      `6:30 repositories[2].levels[1]: ${fault}`,
    ]);
  });

  it('tells a fault of a whole anchored value where it is used', () => {
    const report = folder.reportOf('sweep: &x { every: 1m }\nanonymous: *x');

    expect(report).toEqual(['2:12 anonymous: { every } is not allowed here; allowed: read, none']);
  });

  it.each([
    ['too many uses of anchors', `a: &a [x]\nb: [${'*a,'.repeat(200)}]`],
    ['lists without end', '['.repeat(100_000)],
    ['groups without end', '{ a: '.repeat(100_000)],
    ['entries without end', '- '.repeat(100_000)],
    ['keys without end', '? '.repeat(100_000)],
    ['nothing but null bytes', '\0\0'],
  ])('answers %s with faults', (_what, yaml) => {
    expect(folder.faultsOf(yaml).length).toBeGreaterThan(0);
  });

  it('never throws anything but a ConfigError', () => {
    const word = fc.constantFrom(
      ...['listen', 'registries', 'repositories', 'sources', 'tokens', 'retention', 'policies'],
      ...['local', 'url', 'auth', 'match', 'levels', 'kind', 'generic', 'token', 'secret', 'keep'],
      ...[': ', ':\n  ', '\n', '\n- ', '{ ', ' }', '[', ']', ', ', '&a ', '*a', '<<: *a', '!!x '],
      ...['"', "'", '? ', '| ', '> ', '%YAML 1.1\n---\n', '---\n', '#', '\t', '0', '~', '${A}'],
    );
    const junk = fc.oneof(
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.json(),
    );

    fc.assert(
      fc.property(junk, (yaml) => {
        expect(thrownBy(yaml)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('never throws anything but a ConfigError for junk in the place of any section', () => {
    const section = fc.constantFrom(
      ...['listen', 'publicUrl', 'database', 'registries', 'repositories', 'sources'],
      ...['tokens', 'anonymous', 'sweep', 'retention'],
    );
    const key = fc.constantFrom('local', 'kind', 'token', 'auth', 'match', 'levels', 'policies');
    const { value } = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      value: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3 }),
        fc.constant({ kind: 'generic', secret: '${A}' }),
      ),
    }));

    fc.assert(
      fc.property(fc.dictionary(section, value), (config) => {
        expect(thrownBy(JSON.stringify(config))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  /** What loading throws that is no ConfigError with faults. */
  function thrownBy(yaml: string): unknown {
    try {
      folder.load(yaml);
      return undefined;
    } catch (error) {
      return error instanceof ConfigError && error.faults.length > 0 ? undefined : error;
    }
  }
});
