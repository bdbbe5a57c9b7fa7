import { z } from 'zod';
import type { Digest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import { OCI_INDEX } from './fake-registry-manifests';

export interface FakeRepository {
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<string, Manifest>;
  /** Digests that are answered by their tags only, since somebody has deleted them. */
  readonly hidden: Set<string>;
  readonly blobs: Map<string, Buffer>;
}

const ManifestParts = z.object({
  manifests: z.array(z.object({ digest: z.string() })).catch([]),
  artifactType: z.string().optional().catch(undefined),
  config: z
    .object({ mediaType: z.string(), digest: z.string().optional() })
    .optional()
    .catch(undefined),
  layers: z.array(z.object({ digest: z.string() })).catch([]),
  annotations: z.record(z.string(), z.string()).optional().catch(undefined),
  subject: z.object({ digest: z.string() }).optional().catch(undefined),
});
type ManifestParts = z.infer<typeof ManifestParts>;

/** What a fake registry holds, by repository path such as `gallery/ui`. */
export class FakeStorage {
  readonly repositories = new Map<string, FakeRepository>();

  find(path: string): FakeRepository | undefined {
    return this.repositories.get(path);
  }

  get(path: string): FakeRepository {
    const known = this.repositories.get(path);
    if (known !== undefined) return known;
    const created = {
      ...{ tags: new Map(), manifests: new Map() },
      ...{ hidden: new Set<string>(), blobs: new Map() },
    };
    this.repositories.set(path, created);
    return created;
  }

  /** The manifest that a tag or digest stands for. */
  resolve(path: string, reference: string): Manifest | undefined {
    const repository = this.find(path);
    if (repository?.hidden.has(reference) === true) return undefined;
    return repository?.manifests.get(repository.tags.get(reference) ?? reference);
  }

  /** Stores a manifest, and points the tags at it. */
  put(path: string, manifest: Manifest, tags: readonly string[] = []): void {
    const repository = this.get(path);
    repository.manifests.set(manifest.digest, manifest);
    repository.hidden.delete(manifest.digest);
    for (const tag of tags) repository.tags.set(tag, manifest.digest);
  }

  /** What names the digest as its `subject`. */
  referrersOf(path: string, digest: string): readonly Manifest[] {
    const manifests = [...(this.find(path)?.manifests.values() ?? [])];
    return manifests.filter((manifest) => partsOf(manifest).subject?.digest === digest);
  }
}

/** The digests that an index refers to; empty for an image. */
export function childrenOf(manifest: Pick<Manifest, 'bytes'>): readonly string[] {
  return partsOf(manifest).manifests.map(({ digest }) => digest);
}

/** The blobs that an image is made of; empty for an index. */
export function blobsOf(manifest: Pick<Manifest, 'bytes'>): readonly string[] {
  const { config, layers } = partsOf(manifest);
  return [config?.digest ?? [], layers.map(({ digest }) => digest)].flat();
}

/** The digest that a manifest refers to; undefined when it is no referrer. */
export function subjectOf(manifest: Pick<Manifest, 'bytes'>): string | undefined {
  return partsOf(manifest).subject?.digest;
}

/** How a referrer is listed: an image without a type of its own has that of its config. */
export function descriptorOf(manifest: Manifest): { readonly artifactType?: string } {
  const { artifactType, config, annotations } = partsOf(manifest);
  const { digest, mediaType, bytes } = manifest;
  const own = artifactType ?? (mediaType === OCI_INDEX ? undefined : config?.mediaType);
  return {
    ...{ mediaType, digest, size: bytes.length },
    ...(own === undefined ? {} : { artifactType: own }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

export function isTagged(repository: FakeRepository | undefined, digest: string): boolean {
  return [...(repository?.tags.values() ?? [])].some((held) => held === digest);
}

export function isChild(repository: FakeRepository | undefined, digest: string): boolean {
  const manifests = [...(repository?.manifests.values() ?? [])];
  return manifests.some((manifest) => childrenOf(manifest).includes(digest));
}

function partsOf({ bytes }: Pick<Manifest, 'bytes'>): ManifestParts {
  try {
    return ManifestParts.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    // A fake stores what it is given.
    return { manifests: [], layers: [] };
  }
}
