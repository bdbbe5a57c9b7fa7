import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import type { InventoryTag, RetentionInventory } from '../core/inventory';
import { type Digest, isDigest, type RepositoryName } from '../core/names';
import { LifetimeStore } from '../history/lifetime.store';
import { ImageRegistry, type ManifestDescriptor } from '../registry/image-registry';

const INDEX_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** The fields of an index that matter here; the digest of a child is checked, not trusted. */
const ManifestIndex = z.object({
  manifests: z.array(
    z.object({ digest: z.string().refine(isDigest), mediaType: z.string().optional() }),
  ),
});

/** Lists a whole repository and reads every index that its tags reach. Writes nothing. */
@Injectable()
export class InventoryTaker {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly lifetimes: LifetimeStore,
  ) {}

  /**
   * The complete inventory, or an error: a part of one would let the rest look unneeded. Throws
   * what the registry throws, and `inventory-unreadable` for an index that is none.
   */
  async take(repository: RepositoryName): Promise<RetentionInventory> {
    const listed = await this.registry.listTags(repository);
    const known = await this.lifetimes.listOpen(repository);
    const found = await Promise.all(
      listed.map(async (tag) => ({
        tag,
        manifest: await this.registry.findManifest(repository, tag),
      })),
    );
    const roots = new Map<Digest, ManifestDescriptor>();
    const tags = found.flatMap(({ tag, manifest }): InventoryTag[] => {
      if (manifest === undefined) return [];
      const { digest } = manifest;
      roots.set(digest, manifest);
      const lifetime = known.get(tag);
      const firstObserved = lifetime?.digest !== digest;
      return [{ tag, digest, firstObserved, lastMoved: firstObserved ? null : lifetime.fromAt }];
    });
    return { tags, children: await this.readIndexes(repository, [...roots.values()]) };
  }

  /** Indexes may list indexes: each level is read until there is none below. */
  private async readIndexes(
    repository: RepositoryName,
    roots: readonly ManifestDescriptor[],
  ): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
    const children = new Map<Digest, readonly Digest[]>();
    let level = roots.filter(isIndex);
    while (level.length > 0) {
      const unread = level.filter(({ digest }) => !children.has(digest));
      const read = await Promise.all(
        unread.map(
          async ({ digest }) => [digest, await this.readIndex(repository, digest)] as const,
        ),
      );
      for (const [digest, listed] of read) {
        children.set(
          digest,
          listed.map((child) => child.digest),
        );
      }
      level = read.flatMap(([, listed]) => listed).filter(isIndex);
    }
    return children;
  }

  private async readIndex(
    repository: RepositoryName,
    digest: Digest,
  ): Promise<readonly ManifestDescriptor[]> {
    const { bytes } = await this.registry.getManifest(repository, digest);
    const parsed = ManifestIndex.safeParse(parseJson(bytes));
    if (!parsed.success) {
      const sentence = `the index ${digest} of ${repository} cannot be read, so nothing may be pruned`;
      throw new DomainError('inventory-unreadable', sentence, { cause: parsed.error });
    }
    return parsed.data.manifests.flatMap(({ digest: child, mediaType = '' }) =>
      isDigest(child) ? [{ digest: child, mediaType }] : [],
    );
  }
}

function isIndex({ mediaType }: ManifestDescriptor): boolean {
  return INDEX_TYPES.has(mediaType);
}

/** The bytes match their digest, so what is no JSON here was pushed so: it fails the schema. */
function parseJson(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value;
  } catch {
    return undefined;
  }
}
