import type { Manifest } from '../../src/registry/image-registry';
import type { FakeRegistry } from '../support/fake-registry';
import { errorAnswer } from '../support/fake-registry-behaviour';
import { registryErrorOf, repo, useFakes } from '../support/fake-registry-client';
import {
  manifestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  ociImage,
  ociIndex,
} from '../support/fake-registry-manifests';

const PATH = 'gallery/ui';
const UI = repo(`local/${PATH}`);
const { pair } = useFakes();

/** A signature by `subject`. */
function signatureOf({ digest, mediaType, bytes }: Manifest): Manifest {
  const subject = { digest, mediaType, size: bytes.length };
  return manifestOf(OCI_MANIFEST, { artifactType: 'application/vnd.example.sig', subject });
}

function push(fake: FakeRegistry, tag: string | undefined, ...manifests: Manifest[]): void {
  for (const manifest of manifests) fake.pushManifest(PATH, tag, manifest);
}

describe('deleteUnreached', () => {
  const [amd64, arm64, s390x] = ['amd64', 'arm64', 's390x'].map(ociImage) as [
    Manifest,
    Manifest,
    Manifest,
  ];
  const old = ociIndex([amd64, arm64]);
  const current = ociIndex([arm64, s390x]);

  it('deletes an index and its children, except those that a kept one lists', async () => {
    const { fake, client } = await pair();
    push(fake, undefined, amd64, arm64, s390x, old);
    push(fake, 'latest', current);

    const deleted = await client.deleteUnreached(UI, [old.digest], new Set([current.digest]));

    expect(deleted).toEqual([old.digest, amd64.digest]);
    expect([old, amd64].map(({ digest }) => fake.manifest(PATH, digest))).toEqual([
      ...[undefined, undefined],
    ]);
    expect([current, arm64, s390x].map(({ digest }) => fake.manifest(PATH, digest))).toEqual([
      ...[current, arm64, s390x],
    ]);
  });

  it('deletes nothing of what is kept itself, at any depth', async () => {
    const { fake, client } = await pair();
    const outer = ociIndex([old]);
    push(fake, undefined, amd64, arm64, old);
    push(fake, 'latest', outer);

    expect(
      await client.deleteUnreached(UI, [old.digest, amd64.digest], new Set([outer.digest])),
    ).toEqual([]);
    expect(fake.writes).toEqual([]);
  });

  it('takes referrers along, and keeps those of what stays', async () => {
    const { fake, client } = await pair({ referrers: 'api' });
    const [gone, kept] = [signatureOf(old), signatureOf(arm64)];
    push(fake, undefined, amd64, arm64, s390x, old, gone, kept);
    push(fake, 'latest', current);

    await client.deleteUnreached(UI, [old.digest], new Set([current.digest]));

    expect(fake.manifest(PATH, gone.digest)).toBeUndefined();
    expect(fake.manifest(PATH, kept.digest)).toEqual(kept);
  });

  it('takes signatures along that are tags named after their subject', async () => {
    const { fake, client } = await pair();
    const signature = ociImage('a signature');
    push(fake, undefined, amd64, arm64, s390x, old);
    push(fake, `${old.digest.replace(':', '-')}.sig`, signature);

    await client.deleteUnreached(UI, [old.digest], new Set());

    expect(fake.tags(PATH).size).toBe(0);
    expect(fake.manifest(PATH, signature.digest)).toBeUndefined();
  });

  it('deletes nothing when one manifest cannot be read', async () => {
    const { fake, client } = await pair();
    push(fake, undefined, amd64, arm64, s390x, old);
    push(fake, 'latest', current);
    fake.failNext(({ path }) => path.endsWith(current.digest), errorAnswer(403, 'DENIED'));

    const error = await registryErrorOf(
      client.deleteUnreached(UI, [old.digest], new Set([current.digest])),
    );

    expect(error.code).toBe('denied');
    expect(fake.writes).toEqual([]);
  });

  it('deletes nothing when a kept index cannot be understood', async () => {
    const { fake, client } = await pair();
    const strange = manifestOf(OCI_INDEX, {
      manifests: [{ digest: 'sha512:abc', mediaType: 'x' }],
    });
    push(fake, undefined, amd64, arm64, old);
    push(fake, 'strange', strange);

    const error = await registryErrorOf(
      client.deleteUnreached(UI, [old.digest], new Set([strange.digest])),
    );

    expect(error).toMatchObject({ code: 'unexpected-answer', retryable: false });
    expect(fake.writes).toEqual([]);
  });

  it('keeps what an index lists that refers to something kept', async () => {
    const { fake, client } = await pair({ referrers: 'api' });
    const { digest, mediaType, bytes } = current;
    const attestations = manifestOf(OCI_INDEX, {
      subject: { digest, mediaType, size: bytes.length },
      manifests: [{ mediaType: amd64.mediaType, digest: amd64.digest, size: amd64.bytes.length }],
    });
    push(fake, undefined, amd64, arm64, s390x, old, attestations);
    push(fake, 'latest', current);

    expect(await client.deleteUnreached(UI, [old.digest], new Set([digest]))).toEqual([old.digest]);
    expect(fake.manifest(PATH, amd64.digest)).toEqual(amd64);
  });

  it('deletes an index first: some registries protect children while it is there', async () => {
    const { fake, client } = await pair({ digestDelete: 'protects-children' });
    push(fake, undefined, amd64, arm64, old);

    const roots = [amd64.digest, old.digest];

    expect(await client.deleteUnreached(UI, roots, new Set())).toHaveLength(3);
  });
});
