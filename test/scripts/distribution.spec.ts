import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startDistribution } from '../../scripts/distribution';
import { pushImage } from '../../scripts/push-image';
import { TEST_USER } from '../../scripts/test-user';
import { describeOnRealRegistries } from '../support/real-registries';
import { eventually } from './eventually';

const root = join(__dirname, '../..');

async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

async function isReachable(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}

describeOnRealRegistries(startDistribution.name, (start, { name, version }) => {
  it('answers the base address of the API', async () => {
    const registry = await start();

    expect(await statusOf(`${registry.url}/v2/`)).toBe(200);
    expect(registry.version).toBe(version);
  });

  it('takes connections no more and leaves no file behind once it is stopped', async () => {
    const registry = await start({ inMemory: true });
    const storageDir = registry.storageDir ?? '';
    const wasThere = existsSync(storageDir);

    await registry.stop();
    await registry.stop();

    expect(wasThere).toBe(true);
    expect(existsSync(dirname(storageDir))).toBe(false);
    expect(await isReachable(`${registry.url}/v2/`)).toBe(false);
  });

  it('keeps the storage folder of the caller', async () => {
    const storageDir = mkdtempSync(join(tmpdir(), 'tagward-storage-'));
    const first = await start({ storageDir });
    const { digest } = await pushImage({
      url: first.url,
      repository: 'kept',
      tag: '1',
      content: '1',
    });
    await first.stop();

    const second = await start({ storageDir });

    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    expect(await statusOf(`${second.url}/v2/kept/manifests/${digest}`, { headers })).toBe(200);
    await second.stop();
    expect(readdirSync(storageDir)).toEqual(['docker']);
    rmSync(storageDir, { recursive: true });
  });

  it.each([
    { deletes: true, status: 202 },
    { deletes: false, status: 405 },
  ])('answers $status to a delete when deletes are $deletes', async ({ deletes, status }) => {
    const { url } = await start({ deletes });
    const { digest } = await pushImage({ url, repository: 'a/b', tag: '1', content: 'x' });

    const deleted = await statusOf(`${url}/v2/a/b/manifests/${digest}`, { method: 'DELETE' });

    expect(deleted).toBe(status);
  });

  it('asks for a password when it has a password file', async () => {
    const { url } = await start({ htpasswd: TEST_USER.htpasswd });

    const pushed = await pushImage({
      url,
      repository: 'private',
      tag: '1',
      content: 'x',
      auth: TEST_USER,
    });

    expect(pushed.digest).toMatch(/^sha256:/);
    expect(await statusOf(`${url}/v2/`)).toBe(401);
  });

  it('sends its events to the webhook with the token', async () => {
    const requests: IncomingMessage[] = [];
    const receiver = createServer((request, response) => {
      requests.push(request);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const notifications = { url: `http://127.0.0.1:${port}/hook`, token: 'a-token' };
    const { url } = await start({ notifications });

    await pushImage({ url, repository: 'a', tag: '1', content: 'x' });

    await eventually(() => {
      expect(requests).not.toHaveLength(0);
    });
    expect(requests[0]?.headers.authorization).toBe('Bearer a-token');
    expect(requests[0]?.url).toBe('/hook');
    receiver.closeAllConnections();
    receiver.close();
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const script = require.resolve('./start-and-wait');
    const parent = spawn(process.execPath, ['-r', '@swc-node/register', script, name], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { url, storageDir } = JSON.parse(line.toString()) as Record<string, string>;
    const wasUp = await isReachable(`${url}/v2/`);

    parent.kill('SIGKILL');

    expect(wasUp).toBe(true);
    await eventually(async () => {
      expect(await isReachable(`${url}/v2/`)).toBe(false);
    });
    await eventually(() => {
      expect(existsSync(storageDir ?? '')).toBe(false);
    });
  });

  it('says why it does not start', async () => {
    const token = { realm: 'http://localhost/token', service: 's', issuer: 'i' };

    const starting = start({ token: { ...token, certificates: 'not a certificate' } });

    await expect(starting).rejects.toThrow(/did not start: .*token/s);
  });
});
