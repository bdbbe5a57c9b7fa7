import { existsSync } from 'node:fs';
import { fetch as fetchWith, Agent } from 'undici';
import { startableVariants, type RunningVariant } from '../../scripts/registry-variants';
import { eventually } from './eventually';
import { foldersOf, isRunning, processesBelow } from './processes-and-folders';

const DOORS = ['htpasswd', 'token'];

async function statusOf(
  { url, ca }: Pick<RunningVariant, 'url' | 'ca'>,
  headers: Record<string, string> = {},
): Promise<number> {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
  try {
    const response = await fetchWith(`${url}/v2/`, { dispatcher, headers });
    await response.arrayBuffer();
    return response.status;
  } finally {
    await dispatcher.destroy();
  }
}

function basic({ credentials }: RunningVariant, password = credentials?.password): string {
  const pair = `${credentials?.username ?? ''}:${password ?? ''}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** `Bearer realm="http://localhost:5900/token",service="test-registry"` */
async function realmOf(url: string): Promise<string> {
  const { headers } = await fetch(`${url}/v2/`);
  return /realm="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1] ?? '';
}

describe('startableVariants', () => {
  it('lists every registry in every variant, there or not', () => {
    const names = startableVariants().map(({ registry, variant }) => `${registry}/${variant}`);

    expect(names).toEqual(
      ['distribution-2.8', 'distribution-3', 'crane'].flatMap((registry) =>
        ['plain', 'tls', 'htpasswd', 'token'].map((variant) => `${registry}/${variant}`),
      ),
    );
  });

  it('says of each that is not there why', () => {
    const reasons = startableVariants().flatMap((one) => (one.available ? [] : [one.reason]));

    expect(reasons.filter((reason) => reason.trim() === '')).toEqual([]);
  });
});

describe.each(startableVariants())('$registry $variant', (one) => {
  if (!one.available) {
    process.stderr.write(`skipped on ${one.registry} ${one.variant}: ${one.reason}\n`);
    it.todo(`runs where it is (${one.reason})`);
    return;
  }
  let running: RunningVariant;
  let pids: readonly number[];
  let folders: readonly string[];
  let realm = '';

  beforeAll(async () => {
    const before = processesBelow(process.pid);
    running = await one.start();
    pids = processesBelow(process.pid).filter((pid) => !before.includes(pid));
    folders = foldersOf(pids);
    if (one.variant === 'token') realm = await realmOf(running.url);
  });

  afterAll(() => running.stop());

  it('lets in whom it should', async () => {
    expect(await statusOf(running)).toBe(DOORS.includes(one.variant) ? 401 : 200);
    expect(running.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  const cases = {
    plain: () => {
      it('takes plain http', () => {
        expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      });
    },
    tls: () => {
      it('is not trusted without its authority', async () => {
        const { url } = running;

        await expect(statusOf({ url })).rejects.toThrow('fetch failed');
        expect(url).toMatch(/^https:/);
      });
    },
    htpasswd: () => {
      it('takes the right password only', async () => {
        expect(await statusOf(running, { authorization: basic(running) })).toBe(200);
        expect(await statusOf(running, { authorization: basic(running, 'wrong') })).toBe(401);
      });
    },
    token: () => {
      it('takes tokens of its service, which counts who asks and refuses wrong passwords', async () => {
        const before = running.tokenRequests?.() ?? 0;

        const refused = await fetch(realm, { headers: { authorization: basic(running, 'wrong') } });
        const granted = await fetch(realm, { headers: { authorization: basic(running) } });
        const { token } = (await granted.json()) as { token: string };

        expect(refused.status).toBe(401);
        expect(running.tokenRequests?.()).toBe(before + 2);
        expect(await statusOf(running, { authorization: `Bearer ${token}` })).toBe(200);
        expect(new URL(realm).hostname).toBe(new URL(running.url).hostname);
      });

      // It runs in this process, so that no process's end tells of its own.
      it('ends its token service too', async () => {
        await running.stop();

        await expect(fetch(realm)).rejects.toThrow('fetch failed');
      });
    },
  };
  cases[one.variant]();

  it('leaves neither a process nor a folder behind once it is stopped', async () => {
    const wereThere = [pids, folders].map(({ length }) => length > 0);

    await running.stop();
    await running.stop();

    await expect(statusOf(running)).rejects.toThrow('fetch failed');
    await eventually(() => {
      expect(pids.filter(isRunning)).toEqual([]);
    });
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(wereThere).toEqual(Array(2).fill(existsSync('/proc/self/stat')));
  });
});
