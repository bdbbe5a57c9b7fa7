import { type FakeRegistry, requestTo } from '../support/fake-registry';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import {
  DOCKER_MANIFEST,
  dockerImage,
  dockerList,
  manifestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  ociImage,
  ociIndex,
} from '../support/fake-registry-manifests';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const { pair, start, connect } = useFakes();

const children = [ociImage('a'), ociImage('b')];
const kinds = [
  ['an OCI manifest', ociImage('1.0.0')],
  ['an OCI index', ociIndex(children)],
  ['a Docker manifest', dockerImage('1.0.0')],
  ['a Docker list', dockerList(children)],
] as const;

function holdChildren(fake: FakeRegistry): void {
  for (const child of children) fake.pushManifest(PATH, undefined, child);
}

describe('getManifest', () => {
  it.each(kinds)('keeps the bytes of %s exactly as they came', async (_name, manifest) => {
    const { fake, client } = await pair();
    fake.pushManifest(PATH, '1.0.0', manifest);

    expect(await client.getManifest(UI, tag('1.0.0'))).toEqual(manifest);
    expect(await client.getManifest(UI, manifest.digest)).toEqual(manifest);
  });

  it('drops the parameters of the content type', async () => {
    const { fake, client } = await pair();
    const image = ociImage('x');
    const headers = { 'content-type': `${OCI_MANIFEST}; charset=utf-8` };
    fake.failNext(requestTo('GET'), { status: 200, headers, body: image.bytes });

    expect((await client.getManifest(UI, tag('x'))).mediaType).toBe(OCI_MANIFEST);
  });

  it.each(['application/json', 'application/octet-stream', ''])(
    'takes the media type from the manifest when the header says "%s"',
    async (type) => {
      const { fake, client } = await pair();
      const image = dockerImage('x');
      const headers = type === '' ? {} : { 'content-type': type };
      fake.failNext(requestTo('GET'), { status: 200, headers, body: image.bytes });

      expect((await client.getManifest(UI, tag('x'))).mediaType).toBe(DOCKER_MANIFEST);
    },
  );

  it('says manifest-unknown, not to be tried again, when there is none', async () => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0.0');

    const error = await registryErrorOf(client.getManifest(UI, tag('2.0.0')));

    expect(error).toMatchObject({ code: 'manifest-unknown', retryable: false, status: 404 });
    expect(fake.requests).toHaveLength(1);
  });

  it.each(['wrongBytes', 'wrong digest header'])(
    'says digest-mismatch after tries with %s',
    async (what) => {
      const { fake, client } = await pair(
        what === 'wrongBytes' ? { wrongBytes: true } : { digestHeader: 'wrong' },
      );
      const image = fake.pushImage(PATH, '1.0.0');

      const error = await registryErrorOf(client.getManifest(UI, image.digest));

      expect(error).toMatchObject({ code: 'digest-mismatch', retryable: true });
      expect(fake.requests).toHaveLength(5);
    },
  );

  it('checks the bytes of a tag against the digest of the answer', async () => {
    const { fake, client } = await pair({ wrongBytes: true });
    fake.pushImage(PATH, '1.0.0');

    expect(await registryErrorOf(client.getManifest(UI, tag('1.0.0')))).toMatchObject({
      code: 'digest-mismatch',
    });
  });

  it('checks the bytes of a digest without the header, too', async () => {
    const { fake, client } = await pair({ wrongBytes: true, digestHeader: 'missing' });
    const image = fake.pushImage(PATH, '1.0.0');

    expect(await registryErrorOf(client.getManifest(UI, image.digest))).toMatchObject({
      code: 'digest-mismatch',
    });
  });

  it('reads the right bytes after wrong ones', async () => {
    const { fake, client } = await pair({ wrongBytes: true });
    const image = fake.pushImage(PATH, '1.0.0');
    fake.beforeNext(
      requestTo('GET'),
      () => {
        if (fake.requests.length === 1) fake.behaviour.wrongBytes = false;
      },
      2,
    );

    expect(await client.getManifest(UI, image.digest)).toEqual(image);
  });

  it.each([
    ['a web page', { 'content-type': 'text/html' }, '<html>'],
    ['broken JSON', { 'content-type': OCI_MANIFEST }, '{"schemaVersion":'],
    ['no object', { 'content-type': OCI_MANIFEST }, '[]'],
    ['no manifest', { 'content-type': 'application/json' }, '{}'],
  ])('says unexpected-answer to %s', async (_name, headers, body) => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('GET'), { status: 200, headers, body });

    expect(await registryErrorOf(client.getManifest(UI, tag('x')))).toMatchObject({
      code: 'unexpected-answer',
      retryable: false,
    });
  });

  it('says answer-too-large to more bytes than the cap', async () => {
    const { fake, client } = await pair({ tuning: { maxManifestBytes: 1_000 } });
    const large = manifestOf(OCI_MANIFEST, { annotations: { pad: 'x'.repeat(1_000) } });
    fake.pushManifest(PATH, '1.0.0', large);

    expect(await registryErrorOf(client.getManifest(UI, tag('1.0.0')))).toMatchObject({
      code: 'answer-too-large',
    });
    expect(await client.findManifest(UI, tag('1.0.0'))).toMatchObject({ digest: large.digest });
  });

  it('reads a manifest of exactly the cap', async () => {
    const image = ociImage('1.0.0');
    const { fake, client } = await pair({ tuning: { maxManifestBytes: image.bytes.length } });
    fake.pushManifest(PATH, '1.0.0', image);

    expect(await client.getManifest(UI, tag('1.0.0'))).toEqual(image);
  });
});

describe('findManifest', () => {
  it.each(kinds)('knows %s from a HEAD alone', async (_name, manifest) => {
    const { fake, client } = await pair();
    fake.pushManifest(PATH, '1.0.0', manifest);

    const { digest, mediaType } = manifest;
    expect(await client.findManifest(UI, tag('1.0.0'))).toEqual({ digest, mediaType });
    expect(fake.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('finds nothing for a tag or repository that is not there', async () => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0.0');

    expect(await client.findManifest(UI, tag('2.0.0'))).toBeUndefined();
    expect(await client.findManifest(repo('local/nobody/knows'), tag('1.0.0'))).toBeUndefined();
  });

  it('reads and hashes the manifest when the header is missing', async () => {
    const { fake, client } = await pair({ digestHeader: 'missing' });
    const index = fake.pushIndex(PATH, '1.0.0');

    expect(await client.findManifest(UI, tag('1.0.0'))).toMatchObject({
      digest: index.digest,
      mediaType: OCI_INDEX,
    });
    expect(fake.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('says digest-mismatch when a digest is answered with another', async () => {
    const { fake, client } = await pair({ digestHeader: 'wrong' });
    const image = fake.pushImage(PATH, '1.0.0');

    expect(await registryErrorOf(client.findManifest(UI, image.digest))).toMatchObject({
      code: 'digest-mismatch',
    });
  });

  it('says unexpected-answer to a web page', async () => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('HEAD'), { status: 200, headers: { 'content-type': 'text/html' } });

    expect(await registryErrorOf(client.findManifest(UI, tag('x')))).toMatchObject({
      code: 'unexpected-answer',
    });
  });

  it('keeps its connections over many HEADs', async () => {
    const { fake, client } = await pair({ settings: { concurrency: 1 } });
    fake.pushImage(PATH, '1.0.0');
    const ports = new Set<string>();
    fake.beforeNext(requestTo('HEAD'), ({ from }) => void ports.add(from), 20);

    for (let count = 0; count < 20; count += 1) await client.findManifest(UI, tag('1.0.0'));

    expect(ports.size).toBeLessThan(4);
  });
});

describe('putManifest', () => {
  it.each(kinds)('writes the bytes of %s unchanged', async (_name, manifest) => {
    const { fake, client } = await pair();
    holdChildren(fake);
    fake.pushManifest(PATH, '1.0.0', manifest);

    await client.putManifest(UI, tag('1.0'), await client.getManifest(UI, tag('1.0.0')));

    expect(fake.manifest(PATH, '1.0')).toEqual(manifest);
    expect(fake.writes).toHaveLength(1);
  });

  it.each([200, 201, 202])('takes %d without a digest as done', async (status) => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('PUT'), { status });

    await client.putManifest(UI, tag('1.0'), ociImage('x'));

    expect(fake.writes.map((write) => write.status)).toEqual([status]);
  });

  it('looks and writes again when the answer has another digest', async () => {
    const { fake, client } = await pair();
    const image = ociImage('x');
    const headers = { 'docker-content-digest': ociImage('other').digest };
    fake.failNext(requestTo('PUT'), { status: 201, headers });

    await client.putManifest(UI, tag('1.0'), image);

    expect(fake.tags(PATH).get('1.0')).toBe(image.digest);
    expect(fake.requests.map(({ method }) => method)).toEqual(['PUT', 'HEAD', 'PUT']);
  });

  it('says manifest-blob-unknown, to be tried later, when a child is not there', async () => {
    const { fake, client } = await pair();

    const error = await registryErrorOf(client.putManifest(UI, tag('1.0'), ociIndex(children)));

    expect(error).toMatchObject({
      code: 'manifest-blob-unknown',
      retryable: true,
      registryCodes: ['MANIFEST_BLOB_UNKNOWN'],
    });
    expect(fake.requests).toHaveLength(1);
  });

  it('sends no manifest that is too large for registries', async () => {
    const { fake, client } = await pair({ tuning: { maxPushedManifestBytes: 100 } });

    expect(await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')))).toMatchObject({
      code: 'manifest-invalid',
    });
    expect(fake.requests).toEqual([]);
  });

  it.each([409, 412] as const)('says refused to a %d', async (immutableTags) => {
    const { fake, client } = await pair({ immutableTags });
    fake.pushImage(PATH, '1.0');

    expect(await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')))).toMatchObject({
      code: 'refused',
      retryable: false,
    });
  });
});

describe('an address with a base path', () => {
  it.each(['', '/'])('puts it before the API ("%s" at its end)', async (end) => {
    const fake = await start({ basePath: '/artifactory/api/docker', paging: 'link', pageSize: 2 });
    const client = connect(fake.url + end);
    const image = fake.pushImage(PATH, '1.0.0');

    expect(await client.getManifest(UI, tag('1.0.0'))).toEqual(image);
  });
});

describe('a repository of a registry that is not configured', () => {
  it('is refused by every method', async () => {
    const { client } = await pair();
    const elsewhere = repo('elsewhere/gallery/ui');
    const image = ociImage('x');

    for (const call of [
      () => client.listTags(elsewhere),
      () => client.findManifest(elsewhere, tag('x')),
      () => client.getManifest(elsewhere, tag('x')),
      () => client.putManifest(elsewhere, tag('x'), image),
      () => client.deleteTag(elsewhere, tag('x')),
      () => client.deleteManifest(elsewhere, image.digest),
      () => client.probeDeletion(elsewhere),
    ]) {
      expect(await registryErrorOf(call())).toMatchObject({ code: 'registry-unknown' });
    }
  });
});
