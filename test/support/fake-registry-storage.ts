import { z } from 'zod';
import type { Digest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';

export interface FakeRepository {
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<string, Manifest>;
  readonly blobs: Map<string, Buffer>;
}

const IndexBody = z.object({
  manifests: z.array(z.object({ digest: z.string() })).catch([]),
});

/** What a fake registry holds, by repository path such as `gallery/ui`. */
export class FakeStorage {
  readonly repositories = new Map<string, FakeRepository>();

  find(path: string): FakeRepository | undefined {
    return this.repositories.get(path);
  }

  get(path: string): FakeRepository {
    const known = this.repositories.get(path);
    if (known !== undefined) return known;
    const created = { tags: new Map(), manifests: new Map(), blobs: new Map() };
    this.repositories.set(path, created);
    return created;
  }

  /** The manifest that a tag or digest stands for. */
  resolve(path: string, reference: string): Manifest | undefined {
    const repository = this.find(path);
    return repository?.manifests.get(repository.tags.get(reference) ?? reference);
  }

  /** Stores a manifest, and points the tag at it if there is one. */
  put(path: string, manifest: Manifest, tag?: string): void {
    const repository = this.get(path);
    repository.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) repository.tags.set(tag, manifest.digest);
  }
}

/** The digests that an index refers to; empty for an image. */
export function childrenOf({ bytes }: Pick<Manifest, 'bytes'>): readonly string[] {
  try {
    return IndexBody.parse(JSON.parse(bytes.toString('utf8'))).manifests.map(
      ({ digest }) => digest,
    );
  } catch {
    // A fake stores what it is given.
    return [];
  }
}
