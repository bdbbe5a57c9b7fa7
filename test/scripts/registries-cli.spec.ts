import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startableVariants } from '../../scripts/registry-variants';
import { TEST_USER } from '../../scripts/test-user';
import { eventually } from './eventually';

const root = join(__dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagward-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Command {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly complained: () => string;
}

function start(...names: readonly string[]): Command {
  const args = ['-r', '@swc-node/register', 'scripts/registries-cli.ts', ...names];
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      words[name] += chunk.toString();
    });
  }
  return { child, said: () => words.stdout, complained: () => words.stderr };
}

/** The TypeScript loader keeps a folder there too. */
function ownFolders(): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith('tagward-'));
}

describe('scripts/registries.sh start', () => {
  const guarded = startableVariants().find(
    ({ available, variant }) => available && variant === 'htpasswd',
  );
  if (guarded === undefined) {
    process.stderr.write('skipped starting registries: none is there\n');
    it.todo('starts what is asked for, where a registry is');
  } else {
    it.each(['SIGINT', 'SIGTERM'] as const)(
      'says where the server is and who gets in, and ends everything at %s',
      async (signal) => {
        const { registry } = guarded;
        const { child, said } = start(`${registry}/htpasswd`);
        await eventually(() => {
          expect(said()).toMatch(/\n$/);
        });
        const [name, variant, url = '', ...access] = said().trim().split(' ');
        const file = access.at(-1) ?? '';
        const password = readFileSync(file, 'utf8');
        const authorization = `Basic ${Buffer.from(`ci:${password}`).toString('base64')}`;
        const entered = await fetch(`${url}/v2/`, { headers: { authorization } });

        child.kill(signal);
        const [status] = (await once(child, 'close')) as [number | null];

        expect([name, variant]).toEqual([registry, 'htpasswd']);
        expect(access).toEqual(['--username', TEST_USER.username, '--password-file', file]);
        expect(entered.status).toBe(200);
        expect(status).toBe(0);
        expect(existsSync(file)).toBe(false);
        expect(ownFolders()).toEqual([]);
        await expect(fetch(`${url}/v2/`)).rejects.toThrow('fetch failed');
      },
    );
  }

  it('says why it skips a server, and ends when there is none to keep up', async () => {
    const { child, said } = start('crane/token');

    const [status] = (await once(child, 'close')) as [number | null];

    expect(said()).toMatch(/^crane token skipped: \S.*\n$/);
    expect(status).toBe(1);
    expect(ownFolders()).toEqual([]);
  });

  it('names what there is to choose from', async () => {
    const { child, complained } = start('harbor');

    const [status] = (await once(child, 'close')) as [number | null];

    expect(complained()).toMatch(/^there is no harbor; choose from .*crane\/tls/);
    expect(status).toBe(2);
  });
});
