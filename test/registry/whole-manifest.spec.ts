import { pushImage, pushIndex } from '../../scripts/push-image';
import { parseDigest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import { type FakeRegistry, requestTo } from '../support/fake-registry';
import { registryErrorOf, repo, useFakes } from '../support/fake-registry-client';
import {
  DOCKER_LIST,
  manifestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  ociImage,
  ociIndex,
} from '../support/fake-registry-manifests';
import { blobsOf } from '../support/fake-registry-storage';
import { describeOnRealRegistries } from '../support/real-registries';

const PATH = 'gallery/ui';
const UI = repo(`local/${PATH}`);
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const { pair, connect } = useFakes();

const [amd64, arm64, s390x] = ['amd64', 'arm64', 's390x'].map(ociImage) as [
  Manifest,
  Manifest,
  Manifest,
];
const inner = ociIndex([arm64, s390x]);
const outer = ociIndex([amd64, arm64, inner]);

function pushAll(fake: FakeRegistry): void {
  for (const manifest of [amd64, arm64, s390x, inner]) {
    fake.pushManifest(PATH, undefined, manifest);
  }
  fake.pushManifest(PATH, 'latest', outer);
}

function blobDigest(number: number): string {
  return `sha256:${String(number).repeat(64)}`;
}

describe('verifyManifest', () => {
  it('finds nothing missing of what is whole, and reads each digest once', async () => {
    const { fake, client } = await pair();
    pushAll(fake);

    expect(await client.verifyManifest(UI, outer.digest)).toEqual([]);

    const asked = fake.requests.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
    const manifests = [outer, amd64, arm64, inner, s390x].map(({ digest }) => digest);
    const blobs = [amd64, arm64, s390x].flatMap(blobsOf);
    expect([...asked].sort()).toEqual([...manifests, ...blobs].sort());
    expect(fake.writes).toEqual([]);
  });

  it.each([
    ['itself', outer.digest],
    ['a child', amd64.digest],
    ['a child of a child', s390x.digest],
    ['a configuration', parseDigest(blobsOf(s390x)[0] ?? '')],
    ['a layer', parseDigest(blobsOf(s390x)[1] ?? '')],
  ])('names %s that is gone', async (_what, digest) => {
    const { fake, client } = await pair();
    pushAll(fake);
    fake.removeManifest(PATH, digest);
    fake.removeBlob(PATH, digest);

    expect(await client.verifyManifest(UI, digest)).toEqual([digest]);
    expect(await client.verifyManifest(UI, outer.digest)).toEqual([digest]);
  });

  it('asks the registry for what was read before, too', async () => {
    const { fake, client } = await pair();
    pushAll(fake);
    await client.getManifest(UI, amd64.digest);
    fake.removeManifest(PATH, amd64.digest);

    expect(await client.verifyManifest(UI, outer.digest)).toEqual([amd64.digest]);
  });

  it('names a digest of an unknown repository', async () => {
    const { client } = await pair();

    expect(await client.verifyManifest(UI, amd64.digest)).toEqual([amd64.digest]);
  });

  it.each([
    ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', undefined],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', undefined],
    [LAYER, ['https://example.org/layer']],
  ])('does not look for a layer that lies elsewhere: %s, at %p', async (mediaType, urls) => {
    const { fake, client } = await pair();
    const layer = { mediaType, digest: blobDigest(1), size: 1, urls };
    const own = { mediaType: LAYER, digest: blobDigest(2), size: 1, urls: [] };
    const windows = manifestOf(OCI_MANIFEST, { layers: [layer, own] });
    fake.pushManifest(PATH, 'windows', windows);
    fake.removeBlob(PATH, blobDigest(1));

    expect(await client.verifyManifest(UI, windows.digest)).toEqual([]);
    fake.removeBlob(PATH, blobDigest(2));
    expect(await client.verifyManifest(UI, windows.digest)).toEqual([blobDigest(2)]);
  });

  it.each([OCI_INDEX, DOCKER_LIST])(
    'takes what a build cache lists for blobs: %s',
    async (type) => {
      const { fake, client } = await pair({ indexNeedsAccept: false });
      const [kept = '', lost = ''] = blobsOf(amd64);
      const manifests = [kept, lost].map((digest) => ({ mediaType: LAYER, digest, size: 1 }));
      const cache = manifestOf(type, { manifests });
      fake.pushManifest(PATH, 'cache', cache);
      fake.pushManifest(PATH, undefined, amd64);
      fake.removeBlob(PATH, lost);

      expect(await client.verifyManifest(UI, cache.digest)).toEqual([lost]);
    },
  );

  it.each([
    { manifests: [{ mediaType: OCI_MANIFEST, digest: 'sha512:abc' }] },
    { layers: [{ mediaType: LAYER }] },
    { config: 'none' },
  ])('throws where parts cannot be read: %j', async (parts) => {
    const { fake, client } = await pair();
    const strange = manifestOf(OCI_INDEX, parts);
    fake.pushManifest(PATH, 'strange', strange);

    expect(await registryErrorOf(client.verifyManifest(UI, strange.digest))).toMatchObject({
      ...{ code: 'unexpected-answer', retryable: false },
    });
  });

  it.each([
    ['HEAD', '/blobs/'],
    ['GET', '/manifests/'],
  ])('is not misled by trouble of a moment at a %s', async (method, part) => {
    const { fake, client } = await pair();
    pushAll(fake);
    fake.failNext((request) => request.method === method && request.path.includes(part), {
      status: 500,
    });

    expect(await client.verifyManifest(UI, outer.digest)).toEqual([]);
  });

  it('throws rather than say that something is missing', async () => {
    const { fake, client } = await pair();
    pushAll(fake);
    fake.failNext(requestTo('HEAD'), { status: 403 }, 20);

    expect(await registryErrorOf(client.verifyManifest(UI, outer.digest))).toMatchObject({
      code: 'denied',
    });
  });

  it('takes the word of a registry that keeps its blobs elsewhere, and goes nowhere', async () => {
    const { fake: storage } = await pair();
    const { fake, client } = await pair({ blobStorage: { url: `${storage.url}/store/blob` } });
    pushAll(fake);
    const [, layer = ''] = blobsOf(s390x);
    fake.removeBlob(PATH, layer);

    expect(await client.verifyManifest(UI, outer.digest)).toEqual([layer]);
    expect(storage.requests).toEqual([]);
  });

  it('does not take a redirect to the same blob elsewhere for one', async () => {
    const { fake: other } = await pair();
    const { fake, client } = await pair();
    pushAll(fake);
    const [, layer = ''] = blobsOf(s390x);
    const location = `${other.url}/v2/${PATH}/blobs/${layer}`;
    fake.failNext(requestTo('HEAD', layer), { status: 308, headers: { location } });

    expect(await registryErrorOf(client.verifyManifest(UI, outer.digest))).toMatchObject({
      code: 'redirect-refused',
    });
    expect(other.requests).toEqual([]);
  });
});

describeOnRealRegistries('verifyManifest', (start) => {
  let url: string;

  beforeAll(async () => {
    ({ url } = await start({ inMemory: true }));
  });

  async function remove(repository: string, kind: string, digest: string): Promise<number> {
    const target = `${url}/v2/${repository}/${kind}/${digest}`;
    return (await fetch(target, { method: 'DELETE' })).status;
  }

  it('finds nothing missing of an index and its images', async () => {
    const { digest } = await pushIndex({ url, repository: 'whole', tag: '1.0', content: 'whole' });

    expect(await connect(url).verifyManifest(repo('local/whole'), parseDigest(digest))).toEqual([]);
  });

  it('names the blobs and images that were deleted', async () => {
    const repository = 'broken';
    const where = repo(`local/${repository}`);
    const index = await pushIndex({ url, repository, tag: '1.0', content: 'broken' });
    const [kept, gone] = index.children.map(({ digest }) => parseDigest(digest));
    const client = connect(url);
    const { bytes } = await client.getManifest(where, kept ?? parseDigest(''));
    const [, layer = ''] = blobsOf({ bytes });
    const root = parseDigest(index.digest);

    expect(await client.verifyManifest(where, root)).toEqual([]);
    expect(await remove(repository, 'blobs', layer)).toBe(202);
    expect(await remove(repository, 'manifests', gone ?? '')).toBe(202);
    expect([...(await client.verifyManifest(where, root))].sort()).toEqual([layer, gone].sort());
  });

  it('finds an image whole again that was pushed again', async () => {
    const image = { url, repository: 'again', tag: '1.0', content: 'again' };
    const digest = parseDigest((await pushImage(image)).digest);
    const where = repo('local/again');
    const client = connect(url);
    const { bytes } = await client.getManifest(where, digest);
    const [config = ''] = blobsOf({ bytes });

    expect(await remove('again', 'blobs', config)).toBe(202);
    expect(await client.verifyManifest(where, digest)).toEqual([config]);
    await pushImage(image);
    expect(await client.verifyManifest(where, digest)).toEqual([]);
  });
});
