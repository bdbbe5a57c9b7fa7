import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dummyManifest } from '../../src/registry/dummy-manifest';
import type { FakeRegistry } from '../support/fake-registry';
import { credentials, repo, tag, useFakes } from '../support/fake-registry-client';

const PATH = 'gallery/ui';
const UI = repo(`local/${PATH}`);
const { start, connect } = useFakes();

/** Harbor's own API, which deletes the tag that its registry refuses to. */
async function startApi(fake: FakeRegistry): Promise<{ url: URL; server: Server }> {
  const server = createServer(({ url = '' }, response) => {
    const name = url.slice(url.lastIndexOf('/') + 1);
    const isThere = fake.tags(PATH).has(name);
    if (isThere) fake.removeTag(PATH, name);
    const body = JSON.stringify({ errors: [{ code: 'NOT_FOUND', message: 'no tag' }] });
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isThere ? '' : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server has an AddressInfo; a string is a pipe's name.
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}`), server };
}

describe('the deletion of one tag', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  const withProvider = async (fake: FakeRegistry) => {
    const { url, server } = await startApi(fake);
    servers.push(server);
    const provider = { kind: 'harbor', url, token: undefined } as const;
    return connect(fake.url, { settings: { provider, credentials: credentials('u', 'p') } });
  };

  it("goes by the product's own API where the protocol refuses it", async () => {
    const fake = await start({ tagDelete: 'unsupported' });
    const { digest } = fake.pushImage(PATH, '1.0.0');
    fake.pushImage(PATH, 'latest', { seed: '1.0.0' });
    const client = await withProvider(fake);

    expect(await client.deleteTag(UI, tag('1.0.0'))).toBe('deleted');
    expect(await client.deleteTag(UI, tag('1.0.0'))).toBe('absent');
    expect([...fake.tags(PATH)]).toEqual([['latest', digest]]);
    expect(await client.probeDeletion(UI)).toMatchObject({ tagDelete: 'own-api', provider: true });
  });

  it('goes by the protocol where that is proven', async () => {
    const fake = await start();
    fake.pushImage(PATH, '1.0.0');
    const client = await withProvider(fake);

    expect(await client.deleteTag(UI, tag('1.0.0'))).toBe('deleted');
    expect(fake.writes.map(({ path }) => path)).toContain(`/v2/${PATH}/manifests/1.0.0`);
  });

  it('goes by the other way once what was proven is no longer so', async () => {
    const fake = await start();
    fake.pushImage(PATH, '1.0.0');
    fake.pushImage(PATH, '1.0.1');
    const client = await withProvider(fake);
    await client.deleteTag(UI, tag('1.0.0'));
    fake.behaviour.tagDelete = 'unsupported';

    expect(await client.deleteTag(UI, tag('1.0.1'))).toBe('deleted');
    expect(await client.capabilities(UI)).toMatchObject({ tagDelete: 'unproven' });
  });
});

describe('a dummy that a crash left on a tag', () => {
  it('is deleted with it, and nothing else is', async () => {
    const fake = await start();
    fake.pushManifest(PATH, '1.0.0', dummyManifest());
    const { digest } = fake.pushImage(PATH, '1.0.1');
    const client = connect(fake.url);

    for (const name of ['1.0.0', '1.0.1', '1.0.2']) await client.dropDummy(UI, tag(name));

    expect([...fake.tags(PATH)]).toEqual([['1.0.1', digest]]);
  });
});
