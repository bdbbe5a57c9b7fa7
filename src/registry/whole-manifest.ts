import type { Digest } from '../core/names';
import { type Descriptor, type ManifestParts, readManifestParts } from './answers.schema';
import { hasBlob } from './blobs';
import { readManifest } from './manifests';
import { isReadManifest } from './media-types';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

/** Layers that registries need not have: they lie at their `urls`, or are not for distribution. */
const FOREIGN =
  /^application\/vnd\.(?:docker\.image\.rootfs\.foreign|oci\.image\.layer\.nondistributable)/;
const NOTHING: ManifestParts = { manifests: [], config: undefined, layers: [] };

/** What of a manifest is not in the registry; see {@link ImageRegistry.verifyManifest}. */
export async function findMissing(
  transport: RegistryTransport,
  path: string,
  root: Digest,
): Promise<readonly Digest[]> {
  return new MissingSearch(transport, path).run(root);
}

class MissingSearch {
  private readonly seen = new Set<Digest>();
  private readonly missing: Digest[] = [];

  constructor(
    private readonly transport: RegistryTransport,
    private readonly path: string,
  ) {}

  /** Level by level; each digest is asked for once, however many manifests share it. */
  async run(root: Digest): Promise<readonly Digest[]> {
    let level: readonly Descriptor[] = [{ digest: root }];
    while (level.length > 0) {
      const found = await Promise.all(this.unseen(level).map((one) => this.read(one)));
      await this.lookFor(found.flatMap(blobsOf));
      level = found.flatMap(({ manifests }) => manifests);
    }
    return this.missing;
  }

  private async read({ digest, mediaType }: Descriptor): Promise<ManifestParts> {
    const { transport, path } = this;
    // Never from memory: the question is what the registry has now.
    const manifest = await transport.retrying(() => readManifest(transport, path, digest));
    if (manifest !== undefined) {
      const parts = readManifestParts(manifest.bytes);
      if (parts === undefined) throw unreadable(transport, path, digest);
      return parts;
    }
    // Build caches list layers where other indexes list images.
    const mayBeBlob = mediaType !== undefined && !isReadManifest(mediaType);
    if (!mayBeBlob || !(await hasBlob(transport, path, digest))) this.missing.push(digest);
    return NOTHING;
  }

  private async lookFor(blobs: readonly Descriptor[]): Promise<void> {
    const looks = this.unseen(blobs).map(async ({ digest }) => {
      return (await hasBlob(this.transport, this.path, digest)) ? [] : [digest];
    });
    this.missing.push(...(await Promise.all(looks)).flat());
  }

  private unseen(some: readonly Descriptor[]): readonly Descriptor[] {
    return some.filter(({ digest }) => {
      const isNew = !this.seen.has(digest);
      this.seen.add(digest);
      return isNew;
    });
  }
}

function blobsOf({ config, layers }: ManifestParts): readonly Descriptor[] {
  const own = layers.filter(({ urls, mediaType = '' }) => {
    return (urls ?? []).length === 0 && !FOREIGN.test(mediaType);
  });
  return config === undefined ? own : [config, ...own];
}

function unreadable({ registry }: RegistryTransport, path: string, digest: Digest): RegistryError {
  const sentence = `${registry.id}/${path} ${digest} names its parts in a way that cannot be read; whether they are all there cannot be said.`;
  return new RegistryError('unexpected-answer', sentence);
}
