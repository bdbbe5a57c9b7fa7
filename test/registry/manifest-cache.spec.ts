import { ManifestCache } from '../../src/registry/manifest-cache';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import { ociImage } from '../support/fake-registry-manifests';

const UI = repo('local/gallery/ui');
const { pair } = useFakes();

describe('ManifestCache', () => {
  const images = ['a', 'b', 'c'].map(ociImage);

  it('drops what was not used for longest when it is full', () => {
    const [a, b, c] = images as [(typeof images)[0], (typeof images)[0], (typeof images)[0]];
    const cache = new ManifestCache(2 * (a.bytes.length + 512) + 10);
    cache.add('ui', a);
    cache.add('ui', b);
    cache.get('ui', a.digest);

    cache.add('ui', c);

    expect([a, b, c].map(({ digest }) => cache.get('ui', digest) !== undefined)).toEqual([
      ...[true, false, true],
    ]);
  });

  it('tells repositories apart', () => {
    const [image = ociImage('a')] = images;
    const cache = new ManifestCache();
    cache.add('ui', image);

    expect(cache.get('other', image.digest)).toBeUndefined();
  });
});

describe('manifests that were read before', () => {
  it('are not read again by their digest', async () => {
    const { fake, client } = await pair();
    const { digest } = fake.pushImage('gallery/ui', '1.0');
    const manifest = await client.getManifest(UI, tag('1.0'));
    fake.forgetRequests();

    expect(await client.getManifest(UI, digest)).toEqual(manifest);
    expect(fake.requests).toEqual([]);
  });

  it('are read again by their tag, which may have moved', async () => {
    const { fake, client } = await pair();
    fake.pushImage('gallery/ui', '1.0');
    await client.getManifest(UI, tag('1.0'));
    const moved = fake.pushImage('gallery/ui', '1.0', { seed: 'another' });

    expect((await client.getManifest(UI, tag('1.0'))).digest).toBe(moved.digest);
  });

  it('say nothing about what the registry still has', async () => {
    const { fake, client } = await pair();
    const { digest } = fake.pushImage('gallery/ui', '1.0');
    await client.getManifest(UI, tag('1.0'));
    fake.removeManifest('gallery/ui', digest);

    expect(await client.findManifest(UI, digest)).toBeUndefined();
    expect(await registryErrorOf(client.getManifest(UI, tag('1.0')))).toMatchObject({
      code: 'manifest-unknown',
    });
  });
});
