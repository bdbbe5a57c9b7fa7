import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type RunningRegistry } from '../../scripts/distribution';
import { pushDockerSchema2, pushImage, pushIndex } from '../../scripts/push-image';
import { createTinyLayer } from '../../scripts/tiny-layer';
import { describeOnRealRegistries } from '../support/real-registries';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const SCHEMA_2 = 'application/vnd.docker.distribution.manifest.v2+json';

async function readManifest(
  { url }: RunningRegistry,
  path: string,
): Promise<{ digest: string | null; mediaType: string | null; body: unknown }> {
  const headers = { accept: [MANIFEST, INDEX, SCHEMA_2].join(', ') };
  const response = await fetch(`${url}/v2/${path}`, { headers });
  return {
    digest: response.headers.get('docker-content-digest'),
    mediaType: response.headers.get('content-type'),
    body: await response.json(),
  };
}

describeOnRealRegistries('pushing images', (start) => {
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await start({ inMemory: true });
  });

  it.each([
    { push: pushImage, mediaType: MANIFEST },
    { push: pushDockerSchema2, mediaType: SCHEMA_2 },
    { push: pushIndex, mediaType: INDEX },
  ])('$push.name puts a manifest of its type under the tag', async ({ push, mediaType }) => {
    const repository = `types/${push.name.toLowerCase()}`;

    const pushed = await push({ url: registry.url, repository, tag: '1.0.0', content: 'one' });

    const read = await readManifest(registry, `${repository}/manifests/1.0.0`);
    expect(read).toMatchObject({ digest: pushed.digest, mediaType });
    expect(pushed.mediaType).toBe(mediaType);
  });

  it('gives equal content the same digest, and other content another', async () => {
    const image = { url: registry.url, repository: 'same' };

    const first = await pushImage({ ...image, tag: '1', content: 'a' });
    const second = await pushImage({ ...image, tag: '2', content: 'a' });
    const third = await pushImage({ ...image, tag: '3', content: 'b' });

    expect(second.digest).toBe(first.digest);
    expect(third.digest).not.toBe(first.digest);
  });

  it('puts the children of an index under their digests only', async () => {
    const repository = 'multi/arch';
    const { children } = await pushIndex({
      url: registry.url,
      repository,
      tag: '1',
      content: 'x',
      platforms: ['linux/amd64', 'linux/s390x'],
    });

    const tags = await fetch(`${registry.url}/v2/${repository}/tags/list`);
    const index = await readManifest(registry, `${repository}/manifests/1`);

    expect(await tags.json()).toEqual({ name: repository, tags: ['1'] });
    expect(new Set(children.map(({ digest }) => digest)).size).toBe(2);
    expect(index.body).toMatchObject({
      manifests: [
        { ...children[0], platform: { os: 'linux', architecture: 'amd64' } },
        { ...children[1], platform: { os: 'linux', architecture: 's390x' } },
      ],
    });
  });

  it('uploads a layer that reads back as it was', async () => {
    const repository = 'layers';
    await pushImage({ url: registry.url, repository, tag: '1', content: 'hello' });
    const { body } = await readManifest(registry, `${repository}/manifests/1`);
    const { layers } = body as { layers: { digest: string }[] };

    const blob = await fetch(`${registry.url}/v2/${repository}/blobs/${layers[0]?.digest ?? ''}`);

    const tar = gunzipSync(Buffer.from(await blob.arrayBuffer()));
    expect(tar.subarray(512, 517).toString()).toBe('hello');
  });
});

describe(createTinyLayer.name, () => {
  it('makes the same bytes on every machine', () => {
    const { packed } = createTinyLayer('content');

    const digest = createHash('sha256').update(packed).digest('hex');
    expect(digest).toBe('b17e73fab8a0710c3156af6829e485cbc277d67251a379d081cfc4482db3a2eb');
  });

  it('holds one file, as tar reads it', () => {
    const { unpacked } = createTinyLayer('content');

    expect(unpacked.length % 512).toBe(0);
    expect(unpacked.subarray(0, 7).toString()).toBe('content');
    expect(unpacked.subarray(257, 262).toString()).toBe('ustar');
  });
});
