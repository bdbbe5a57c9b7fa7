import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { Secret } from '../../src/config/secret';
import type { ProxySettings } from '../../src/config/settings';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import { ociImage } from '../support/fake-registry-manifests';

const UI = repo('local/gallery/ui');
const { start, connect } = useFakes();

/** An HTTP proxy that tunnels, and remembers where to and with which credentials. */
class TunnelProxy {
  readonly tunnels: { readonly to: string; readonly authorization: string | undefined }[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer();

  static async start(): Promise<TunnelProxy> {
    const proxy = new TunnelProxy();
    proxy.server.on('connect', (request, socket) => {
      proxy.tunnel(request, socket as Socket);
    });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    // A TCP server has an AddressInfo; a string is a pipe's name.
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private tunnel(request: IncomingMessage, socket: Socket): void {
    const to = request.url ?? '';
    this.tunnels.push({ to, authorization: request.headers['proxy-authorization'] });
    const [host = '', port = ''] = to.split(':');
    const upstream = connectTcp(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) {
      this.sockets.add(end);
      end.on('error', () => undefined);
    }
  }
}

describe('a proxy from the environment', () => {
  let proxy: TunnelProxy;

  beforeAll(async () => {
    proxy = await TunnelProxy.start();
  });

  afterEach(() => {
    proxy.tunnels.length = 0;
  });

  afterAll(() => proxy.stop());

  const through = (settings: Partial<ProxySettings> = {}): ProxySettings => ({
    http: new Secret(`http://ci:secret@127.0.0.1:${proxy.port}`),
    https: undefined,
    except: '',
    ...settings,
  });

  it('carries every request of a registry, with its own credentials', async () => {
    const fake = await start();
    const image = fake.pushImage('gallery/ui', '1.0');
    const client = connect(fake.url, { settings: { proxy: through() } });

    await client.putTags(UI, [tag('1')], await client.getManifest(UI, tag('1.0')));

    expect(fake.tags('gallery/ui').get('1')).toBe(image.digest);
    const basic = `Basic ${Buffer.from('ci:secret').toString('base64')}`;
    expect(proxy.tunnels[0]).toEqual({ to: new URL(fake.url).host, authorization: basic });
    expect(fake.requests.map(({ authorization }) => authorization)).toEqual(
      fake.requests.map(() => undefined),
    );
  });

  it.each([
    ['a host that is named as an exception', { except: '127.0.0.1,localhost' }],
    ['everything by an asterisk', { except: '*' }],
    ['plain HTTP when it is for https', { http: undefined, https: new Secret('http://x:1') }],
  ])('leaves out %s', async (_what, settings) => {
    const fake = await start();
    fake.pushImage('gallery/ui', '1.0');
    const client = connect(fake.url, { settings: { proxy: through(settings) } });

    expect(await client.listTags(UI)).toEqual(['1.0']);
    expect(proxy.tunnels).toEqual([]);
  });

  it('that cannot be reached is told without its password', async () => {
    const fake = await start();
    const gone = through({ http: new Secret('http://ci:secret@127.0.0.1:1') });
    const client = connect(fake.url, { settings: { proxy: gone } });

    const error = await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')));

    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('secret');
  });
});
