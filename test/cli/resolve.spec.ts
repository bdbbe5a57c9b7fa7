import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { runCommandLine } from '../../src/cli/run';
import { parseRules } from '../../src/config/load-rules';
import { DEFAULT_RULES } from '../../src/core/rules';

const NOW = Date.parse('2026-07-03T10:00:00Z');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command in this process, with the text on its standard input. */
async function tagward(
  args: readonly string[],
  input = '',
  { isTTY = false, env = {} }: Surroundings = {},
): Promise<Outcome> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args, {
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
    stdin: (async function* () {
      yield Buffer.from(input);
    })(),
    stdout: { isTTY, write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    env,
    now: () => NOW,
  });
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

const Reason = z.strictObject({ code: z.string(), text: z.string() });
const ResolveOutput = z.strictObject({
  rules: z.record(z.string(), z.unknown()),
  moving: z.array(
    z.strictObject({
      tag: z.string(),
      release: z.string().nullable(),
      digest: z.string().nullable(),
      reason: Reason,
      present: z.string().nullable().optional(),
      agrees: z.boolean().optional(),
    }),
  ),
  skipped: z.array(z.strictObject({ tag: z.string(), reason: Reason })),
});

async function resolveJson(
  input: string,
  ...args: readonly string[]
): Promise<z.infer<typeof ResolveOutput>> {
  const { stdout, code } = await tagward(['resolve', '-o', 'json', ...args], input);
  expect(code).toBe(0);
  return ResolveOutput.parse(JSON.parse(stdout));
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function lines(...values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

describe('tagward resolve', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tagward-resolve-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  it('names the owner of every moving tag of a plain list', async () => {
    const { moving, skipped } = await resolveJson('1.9.0\n2.0.1\n1.9.1\nmain\n');

    expect(moving.map(({ tag, release }) => [tag, release])).toEqual([
      ['latest', '2.0.1'],
      ['2', '2.0.1'],
      ['2.0', '2.0.1'],
      ['1', '1.9.1'],
      ['1.9', '1.9.1'],
    ]);
    expect(skipped.map(({ tag, reason }) => [tag, reason.code])).toEqual([['main', 'other']]);
  });

  it.each([[[]], [['-']]])('reads standard input with the operands %j', async (operands) => {
    const { moving } = await resolveJson('2.0.1\n', ...operands);

    expect(moving).toHaveLength(3);
  });

  it('reads a file', async () => {
    const { moving } = await resolveJson('', file('tags.txt', '2.0.1\n'));

    expect(moving).toHaveLength(3);
  });

  it.each(['2.0.1\r\n\r\n2.0.2\r\n', '\n\n2.0.1\n   \n2.0.2', '\uFEFF2.0.1\n2.0.2\n'])(
    'reads the lines of %j',
    async (input) => {
      const { moving, skipped } = await resolveJson(input);

      expect(moving[0]).toMatchObject({ tag: 'latest', release: '2.0.2' });
      expect(skipped).toEqual([]);
    },
  );

  it.each([' 2.0.2', '2.0.2 ', '2.0.2\t', '=2.0.2', '2.0.2\r', '"2.0.2"', '[2.0.2]', '.2'])(
    'skips the plain line %j as an illegal tag, as it was received',
    async (line) => {
      const { moving, skipped } = await resolveJson(`2.0.1\r\n${line}\r\n`);

      expect(moving[0]).toMatchObject({ release: '2.0.1' });
      expect(skipped).toMatchObject([{ tag: line, reason: { code: 'illegal-tag' } }]);
    },
  );

  it('compares the moving tags that are listed with what they should be', async () => {
    const input = lines(
      { tag: '2.1.0', digest: digestOf('2.1.0') },
      { tag: '2.1.1', digest: digestOf('2.1.1') },
      { tag: '2.1', digest: digestOf('2.1.0') },
      { tag: '2', digest: digestOf('2.1.1') },
    );

    const { moving } = await resolveJson(input);

    const right = { release: '2.1.1', digest: digestOf('2.1.1') };
    expect(moving).toMatchObject([
      { tag: 'latest', ...right },
      { tag: '2', ...right, present: digestOf('2.1.1'), agrees: true },
      { tag: '2.1', ...right, present: digestOf('2.1.0'), agrees: false },
    ]);
    expect(moving[0]).not.toHaveProperty('agrees');
  });

  it('takes withdrawn releases, pre-releases and holds from JSON lines', async () => {
    const input = lines(
      { tag: '2.1.0' },
      { tag: '2.1.1', withdrawn: 'broken' },
      { tag: '2.1.2', prerelease: true, platforms: ['linux/amd64'] },
      { hold: '2', to: '2.1.1', expiresAt: '2026-07-03T12:00:01+02:00' },
      { hold: 'latest', to: null, expiresAt: '2026-07-03T12:00:00+02:00' },
    );

    const { moving, skipped } = await resolveJson(input);

    expect(moving.map(({ tag, release, reason }) => [tag, release, reason.code])).toEqual([
      ['latest', '2.1.0', 'highest'],
      ['2', '2.1.1', 'held'],
      ['2.1', '2.1.0', 'highest'],
    ]);
    expect(skipped.map(({ tag, reason }) => [tag, reason.code])).toEqual([
      ['2.1.1', 'withdrawn'],
      ['2.1.2', 'prerelease'],
    ]);
  });

  it('measures a soak at the time of --now', async () => {
    const rules = file('soak.yaml', 'levels: [minor]\nchannels: { stable: { soak: 14d } }\n');
    const input = lines({ tag: '2.1.0', publishedAt: '2026-07-01T00:00:00Z' });

    const early = await resolveJson(input, '--rules', rules, '--now', '2026-07-14T23:59:59Z');
    const late = await resolveJson(input, '--rules', rules, '--now', '2026-07-15T00:00:00Z');

    expect(early.moving.map(({ tag }) => tag)).toEqual(['2.1']);
    expect(late.moving.map(({ tag }) => tag)).toEqual(['2.1', 'stable']);
    expect(late.rules).toMatchObject({ levels: ['minor'], channels: { stable: { soak: '14d' } } });
  });

  it.each(['', '{}', 'match: local/gallery/*\n'])(
    'infers nothing with the rules %j',
    async (text) => {
      const path = file('rules.yaml', text);

      const { rules, skipped } = await resolveJson('18.6\n18\n', '--rules', path);

      expect(rules).toEqual(DEFAULT_RULES);
      expect(skipped[0]).toMatchObject({ tag: '18.6', reason: { code: 'wrong-part-count' } });
    },
  );

  it('shows the inferred rules on standard error as a file that --rules reads', async () => {
    const input = '24.10.1.2812\n24.10.1\n24.10\n24.10.1.2812-jammy\nv1.0.0.1-rc.1\nlatest\n';

    const { stdout, stderr } = await tagward(['resolve', '-o', 'json'], input);

    const { rules } = ResolveOutput.parse(JSON.parse(stdout));
    expect(rules).toMatchObject({ scheme: 'four-part', variants: { known: ['jammy'] } });
    expect(parse(stderr)).toMatchObject({ scheme: 'four-part' });
    expect(parseRules(stderr, 'rules.yaml')).toEqual(rules);
  });

  it('prints one object a line as ndjson', async () => {
    const { stdout } = await tagward(['resolve', '-o', 'ndjson'], '2.0.1\nmain\n');

    const objects = stdout
      .trimEnd()
      .split('\n')
      .map((line) => Object.keys(z.looseObject({}).parse(JSON.parse(line))));
    expect(objects.flat()).toEqual(['rules', 'moving', 'moving', 'moving', 'skipped']);
  });

  it('prints an aligned table with the skipped tags by reason', async () => {
    const { stdout } = await tagward(['resolve'], '2.0.1\n2.0\nlatest\nmain\n 3\nedge\n');

    expect(stdout).toBe(
      [
        'MOVING TAG  RELEASE  STATE   REASON',
        'latest      2.0.1    agrees  2.0.1 is the highest release of its line',
        '2           2.0.1    new     2.0.1 is the highest release of its line',
        '2.0         2.0.1    agrees  2.0.1 is the highest release of its line',
        '',
        'Skipped: 3',
        'REASON       COUNT  TAGS',
        'other        2      main, edge',
        'illegal-tag  1      " 3"',
        '',
      ].join('\n'),
    );
  });

  it('passes no escape sequence of a tag on to the terminal', async () => {
    const hold = lines({ hold: '2', to: '\u001b[1mx\u009b' });

    const { stdout } = await tagward(['resolve'], `2.0.1\n\u001b[31mred\u0007\n${hold}`);

    expect(stdout).toContain('"\\u001b[31mred\\u0007"');
    expect(stdout).toContain('held at \\u{1b}[1mx\\u{9b}');
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
  });

  it.each`
    case                    | args              | surroundings                               | colored
    ${'a terminal'}         | ${[]}             | ${{ isTTY: true }}                         | ${true}
    ${'a pipe'}             | ${[]}             | ${{}}                                      | ${false}
    ${'NO_COLOR'}           | ${[]}             | ${{ isTTY: true, env: { NO_COLOR: '1' } }} | ${false}
    ${'an empty NO_COLOR'}  | ${[]}             | ${{ isTTY: true, env: { NO_COLOR: '' } }}  | ${true}
    ${'--no-color'}         | ${['--no-color']} | ${{ isTTY: true }}                         | ${false}
    ${'json on a terminal'} | ${['-o', 'json']} | ${{ isTTY: true }}                         | ${false}
  `(
    'colours for $case: $colored',
    async (row: { args: readonly string[]; surroundings: Surroundings; colored: boolean }) => {
      const { stdout } = await tagward(['resolve', ...row.args], '2.0.1\n', row.surroundings);

      expect(stdout.includes('\u001b[')).toBe(row.colored);
    },
  );

  it('reports every fault of the rules and of the input at once', async () => {
    const rules = file('wrong.yaml', 'levles: [minor]\nscheme: foo\n');
    const input = [
      '2.0.1',
      '{"tga": "x", "digest": "sha256:1"}',
      '{tag: 1}',
      '{"tag": "2.0.2",',
      '',
      '{"tag": "2.0.2", "publishedAt": "yesterday", "platforms": ["a", 1]}',
      '{"hold": " ", "to": 3, "reason": "x"}',
      '{"hold": "2"}',
      '{"tag": "2.0.2"} x',
      '{"tag": "2.0.2", "__proto__": {}}',
    ];

    const { code, stdout, stderr } = await tagward(['resolve', '--rules', rules], input.join('\n'));

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      `${rules}:2:9 scheme: "foo" is not allowed here; allowed: semver, two-part, four-part, calver`,
      `${rules}:1:1 levles: \`levles\` is not a setting of this version; did you mean \`levels\`?`,
      '<stdin>:2:1 tag: is missing; allowed: the text of a tag',
      '<stdin>:2:2 tga: `tga` is no key of a tag or a hold; allowed: tag, digest, prerelease, publishedAt, platforms, withdrawn',
      '<stdin>:2:24 digest: "sha256:1" is not allowed here; allowed: sha256: and 64 hex digits in lower case',
      '<stdin>:3:2: "tag" is not allowed here; allowed: a key in double quotes, or }',
      '<stdin>:4:17: the end of the line is not allowed here; allowed: a key in double quotes',
      '<stdin>:6:33 publishedAt: "yesterday" is not allowed here; allowed: a time such as 2026-07-03T10:00:00Z',
      '<stdin>:6:65 platforms[1]: 1 is not allowed here; allowed: a platform such as linux/amd64',
      '<stdin>:7:10 hold: " " is not allowed here; allowed: a legal tag',
      '<stdin>:7:21 to: 3 is not allowed here; allowed: a release, a digest, or null',
      '<stdin>:7:24 reason: `reason` is no key of a tag or a hold; allowed: hold, to, expiresAt',
      '<stdin>:8:1 to: is missing; allowed: a release, a digest, or null',
      '<stdin>:9:18: "x" is not allowed here; allowed: the end of the line',
      '<stdin>:10:18 __proto__: `__proto__` is no key of a tag or a hold; no key has this name',
    ]);
  });

  it.each`
    args                                | sentence
    ${[]}                               | ${'Usage: tagward COMMAND'}
    ${['reslove']}                      | ${'tagward has no command reslove; did you mean `resolve`?'}
    ${['--version']}                    | ${'tagward has no option --version'}
    ${['resolve', '--ruls', 'x']}       | ${'has no option --ruls; did you mean --rules?'}
    ${['resolve', '-x']}                | ${'has no option -x; allowed: --rules, --now, --output'}
    ${['resolve', '--toString']}        | ${'has no option --toString'}
    ${['resolve', '--rules']}           | ${'--rules needs a value'}
    ${['resolve', '--rules', '-o']}     | ${'--rules needs a value'}
    ${['resolve', '--no-color=yes']}    | ${'--no-color takes no value'}
    ${['resolve', '-o', 'yaml']}        | ${'-o is "yaml"; allowed: table, json, ndjson'}
    ${['resolve', '--now', 'tomorrow']} | ${'--now is "tomorrow"; allowed: a time such as'}
    ${['resolve', 'a', 'b']}            | ${'resolve does not take "b"'}
    ${['resolve', '/no/such/file']}     | ${'cannot read /no/such/file: no such file'}
    ${['resolve', '--rules', '/no']}    | ${'cannot read /no: no such file'}
    ${['help', 'reslove']}              | ${'did you mean `resolve`?'}
  `(
    'ends with 2 and a sentence for the arguments $args',
    async (row: { args: readonly string[]; sentence: string }) => {
      const { code, stdout, stderr } = await tagward(row.args);

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(row.sentence);
    },
  );

  it.each`
    args                      | text
    ${['--help']}             | ${'what the moving tags should be, from a list of tags'}
    ${['help']}               | ${'Usage: tagward COMMAND'}
    ${['resolve', '--help']}  | ${'Usage: tagward resolve [--rules FILE]'}
    ${['resolve', '-h', 'x']} | ${'--no-color'}
    ${['help', 'resolve']}    | ${'Usage: tagward resolve'}
    ${['help', 'exit-codes']} | ${'2    wrong command line'}
  `(
    'helps with $args on standard output',
    async (row: { args: readonly string[]; text: string }) => {
      const { code, stdout, stderr } = await tagward(row.args);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(row.text);
    },
  );

  it('resolves a hundred thousand tags within seconds', async () => {
    const tags = Array.from({ length: 100_000 }, (_, at) => `${at % 10}.${at % 1_000}.${at}`);

    const { moving } = await resolveJson(tags.join('\n'));

    expect(moving[0]).toMatchObject({ tag: 'latest', release: '9.999.99999' });
  }, 30_000);

  describe('as a process', () => {
    const ROOT = resolve(__dirname, '../..');

    function start(...args: readonly string[]): ReturnType<typeof spawn> {
      const main = ['-r', '@swc-node/register', 'src/cli/main.ts', ...args];
      return spawn(process.execPath, main, { cwd: ROOT, stdio: 'pipe' });
    }

    async function outcomeOf(child: ReturnType<typeof spawn>, input: string): Promise<Outcome> {
      const texts = { stdout: '', stderr: '' };
      child.stdout?.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
      child.stdin?.end(input);
      const code = await new Promise<number>((done) => {
        child.once('close', (status) => {
          done(status ?? -1);
        });
      });
      return { code, ...texts };
    }

    it('reads a pipe, and keeps standard output for the data', async () => {
      const { code, stdout, stderr } = await outcomeOf(start('resolve', '-o', 'json'), '2.0.1\n');

      expect(code).toBe(0);
      expect(ResolveOutput.parse(JSON.parse(stdout)).moving).toHaveLength(3);
      expect(stderr).toContain('scheme: semver');
    });

    it('ends with 2 on a line that cannot be read', async () => {
      const { code, stdout } = await outcomeOf(start('resolve'), '{"tag"}\n');

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    });

    it('ends quietly when nobody reads its output any more', async () => {
      const child = start('resolve', '-o', 'json');
      child.stdout?.destroy();

      const { code, stderr } = await outcomeOf(child, 'main\n'.repeat(5) + '2.0.1\n'.repeat(5));

      expect(code).toBe(0);
      expect(stderr).not.toContain('EPIPE');
    });
  });
});
