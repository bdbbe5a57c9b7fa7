import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readArguments } from '../../scripts/contract-arguments';
import { useFakes } from '../support/fake-registry-client';
import { PRESETS } from '../support/fake-registry-presets';
import { CONTRACT_CASES } from './cases';

const ROOT = join(__dirname, '../..');
const PASSWORD = 'a-secret-password';
const Line = z.object({
  registry: z.string(),
  capability: z.string(),
  result: z.enum(['ok', 'unsupported', 'failed', 'skipped']),
  detail: z.string().optional(),
});

const { start } = useFakes();
let folder = '';
let passwordFile = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagward-contract-'));
  passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly lines: readonly z.infer<typeof Line>[];
  readonly stdout: string;
  readonly stderr: string;
}

function contract(...args: readonly string[]): Promise<Ended> {
  const command = ['-r', '@swc-node/register', 'scripts/contract.ts', ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => {
      const texts = stdout.split('\n').filter((line) => line !== '');
      const lines = texts.map((text) => Line.parse(JSON.parse(text)));
      resolve({ status, lines, stdout, stderr });
    });
  });
}

describe('npm run test:contract -- --url', () => {
  it('prints a line of JSON for each capability, and cleans up below its prefix', async () => {
    const auth = { kind: 'bearer', username: 'ci', password: PASSWORD } as const;
    const fake = await start({ ...PRESETS.artifactRegistry, auth });
    const account = ['--username', 'ci', '--password-file', passwordFile];

    const ended = await contract('--url', fake.url, ...account, '--repository', 'team/x-');

    const capabilities = CONTRACT_CASES.map(({ capability }) => capability);
    expect(ended.lines.map(({ capability }) => capability)).toEqual(['push', ...capabilities]);
    expect(ended.lines.filter(({ result }) => result === 'failed')).toEqual([]);
    expect([...new Set(ended.lines.map(({ registry }) => registry))]).toEqual([
      new URL(fake.url).host,
    ]);
    expect(ended.status).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
    const paths = fake.requests.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith('/v2/team/x-'))).toEqual([]);
    expect(fake.taggedRepositories).toEqual([]);
  });

  it('ends with 1 where nothing can be pushed', async () => {
    const fake = await start({ auth: { kind: 'basic', username: 'ci', password: PASSWORD } });

    const ended = await contract('--url', fake.url);

    expect(ended.lines).toMatchObject([{ capability: 'push', result: 'failed' }]);
    expect(ended.status).toBe(1);
  });

  it('ends with 1 where a promise of the client is broken', async () => {
    const fake = await start({ paging: 'link-loop', pageSize: 50 });

    const ended = await contract('--url', fake.url);

    const failed = ended.lines.filter(({ result }) => result === 'failed');
    expect(failed.map(({ capability }) => capability)).toEqual(['list-250', 'list-many']);
    expect(ended.status).toBe(1);
  });

  it('ends with 2 and its usage on wrong arguments', async () => {
    const ended = await contract('--url', 'registry.example');

    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain('usage: npm run test:contract');
  });
});

describe('the arguments of npm run test:contract', () => {
  it.each([
    [['--url', 'registry.example'], '--url takes an http or https URL'],
    [['--url', 'ftp://registry.example'], '--url takes an http or https URL'],
    [['--url', 'https://ci:secret@registry.example'], 'neither credentials'],
    [['--url', 'https://registry.example', '--username', 'ci'], 'go together'],
    [['--url', 'https://registry.example', '--password-file', 'x'], 'go together'],
    [['--url', 'https://registry.example', '--ca', '/not/there'], '/not/there'],
    [['--url', 'https://registry.example', '--repository', 'Team'], '--repository takes'],
    [['--url', 'https://registry.example', '--document'], '--document is without'],
    [['--ca', 'ca.pem'], '--ca goes with --url'],
    [['--colour'], '--colour'],
    [['stray'], 'stray'],
  ])('%j are wrong', (args, reason) => {
    const read = readArguments(args);

    expect(read).toMatchObject({ kind: 'wrong' });
    expect(read.kind === 'wrong' && read.reason).toContain(reason);
  });

  it('name a registry with everything that is needed to get in', () => {
    const account = ['--username', 'ci', '--password-file', passwordFile];
    const url = 'https://registry.example:5000/artifactory/';
    const more = ['--realm', 'auth.example', '--ca', passwordFile, '--repository', 'team'];

    expect(readArguments(['--url', url, ...account, ...more])).toMatchObject({
      kind: 'url',
      target: {
        registry: 'registry.example:5000/artifactory',
        url: 'https://registry.example:5000/artifactory',
        credentials: { username: 'ci', password: PASSWORD },
        realms: ['auth.example'],
        ca: `${PASSWORD}\n`,
      },
    });
  });

  it('give every run names of its own', () => {
    const prefixes = [1, 2].map(() => {
      const read = readArguments(['--url', 'https://registry.example']);
      return read.kind === 'url' ? read.target.prefix : '';
    });

    expect(prefixes[0]).toMatch(/^tagward-contract\/[0-9a-f]{6}-$/);
    expect(prefixes[0]).not.toBe(prefixes[1]);
  });
});
