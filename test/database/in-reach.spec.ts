import fc from 'fast-check';
import { parseReachGlob } from '../../src/config/setting-values';
import type { RepositoryName } from '../../src/core/names';
import { isInReach } from '../../src/core/reach';
import { inReach } from '../../src/database/in-reach';
import { select } from '../../src/database/select';
import { openTestDatabase, type TestDatabase } from './test-database';

const names = [
  'local/ui',
  'local/a/ui',
  'local/a/b/ui',
  'local/a_b/ui',
  'local/axb/ui',
  'other/ui',
];

describe(inReach, () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  });

  afterAll(() => database.close());

  const found = async (reach: 'all' | readonly string[], among: readonly string[]) => {
    const { sql, values } = inReach(reach, 'name');
    const rows = await select<{ readonly name: string }>(
      database.reader,
      `select value as name from json_each(?) where ${sql.replaceAll('name', 'value')}`,
      [JSON.stringify(among), ...values],
    );
    return rows.map(({ name }) => name);
  };

  it.each([
    ['all', names],
    [[], []],
    [['local/ui'], ['local/ui']],
    [['local/*'], ['local/ui']],
    [['local/*/ui'], ['local/a/ui', 'local/a_b/ui', 'local/axb/ui']],
    [['local/a_b/*'], ['local/a_b/ui']],
    [['local/a*/u*'], ['local/a/ui', 'local/a_b/ui', 'local/axb/ui']],
    [['local/a/**'], ['local/a/ui', 'local/a/b/ui']],
    [['local/a/ui/**'], ['local/a/ui']],
    [['**'], names],
    [
      ['other/*', 'local/ui'],
      ['local/ui', 'other/ui'],
    ],
  ] as const)('with %j finds %j', async (reach, expected) => {
    expect(await found(reach, names)).toEqual(expected);
  });

  const segment = fc.string({
    unit: fc.constantFrom('a', 'b', '_', '%', '.'),
    minLength: 1,
    maxLength: 3,
  });
  const name = fc.array(segment, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/'));
  const wild = fc.string({ unit: fc.constantFrom('a', 'b', '_', '*'), minLength: 1, maxLength: 3 });
  const glob = fc
    .tuple(fc.array(wild, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/**'))
    .map(([parts, end]) => parts.join('/') + end)
    .filter((text) => parseReachGlob(text) !== undefined);

  it('finds what the glob itself matches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(glob, { maxLength: 3 }), fc.array(name), async (globs, all) => {
        const expected = all.filter((text) => isInReach(globs, text as RepositoryName));
        expect(await found(globs, all)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe(parseReachGlob, () => {
  it.each(['local/ui', 'local/*', 'local/gallery/**', '**', 'local/*/ui-*'])('takes %s', (text) => {
    expect(parseReachGlob(text)).toBe(text);
  });

  it.each(['local/*/x/**', 'local/**/ui', 'l*/**', '**/ui', 'local', 'Local/ui', ''])(
    'refuses %j, which no query can ask for',
    (text) => {
      expect(parseReachGlob(text)).toBeUndefined();
    },
  );
});
