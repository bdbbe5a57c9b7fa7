import { Injectable } from '@nestjs/common';
import type { InventoryTag, ManifestLinks, RetentionInventory } from '../core/inventory';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { LifetimeStore } from '../history/lifetime.store';
import { ImageRegistry, type ManifestDescriptor } from '../registry/image-registry';
import { isIndex, readLinks } from './manifest-links.schema';

export interface TakenInventory extends RetentionInventory {
  /** How many tags the ledger knew when this was taken. */
  readonly ledgerTagCount: number;
}

/** Lists a whole repository and reads every index that its tags reach. Writes nothing. */
@Injectable()
export class InventoryTaker {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly lifetimes: LifetimeStore,
  ) {}

  /**
   * The complete inventory, or an error: a part of one would let the rest look unneeded. `roots`
   * are digests that are needed without a tag; those that are there are read as well. Throws what
   * the registry throws, and `inventory-unreadable` for an index that is none.
   */
  async take(
    repository: RepositoryName,
    roots: ReadonlySet<Digest> = new Set(),
  ): Promise<TakenInventory> {
    const listed = await this.registry.listTags(repository);
    const known = await this.lifetimes.listOpen(repository);
    const found = await this.findAll(repository, listed);
    const rooted = await this.findAll(repository, [...roots]);
    const tags = Array.from(found, ([tag, { digest }]): InventoryTag => {
      const lifetime = known.get(tag);
      if (lifetime?.digest !== digest) return { tag, digest, firstObserved: true, lastMoved: null };
      const { fromAt, fromSequence } = lifetime;
      return { tag, digest, firstObserved: false, lastMoved: fromAt, sequence: fromSequence };
    });
    const manifests = await this.readIndexes(repository, [...found.values(), ...rooted.values()]);
    return { tags, manifests, ledgerTagCount: known.size };
  }

  /** What one manifest refers to. Throws as {@link take} does. */
  async readLinks(repository: RepositoryName, digest: Digest): Promise<ManifestLinks> {
    return readLinks(repository, await this.registry.getManifest(repository, digest));
  }

  private async findAll<Reference extends TagName | Digest>(
    repository: RepositoryName,
    references: readonly Reference[],
  ): Promise<ReadonlyMap<Reference, ManifestDescriptor>> {
    const looks = references.map(async (reference) => {
      const manifest = await this.registry.findManifest(repository, reference);
      return manifest === undefined ? [] : [[reference, manifest] as const];
    });
    return new Map((await Promise.all(looks)).flat());
  }

  /** Indexes may list indexes: each level is read until there is none below. */
  private async readIndexes(
    repository: RepositoryName,
    roots: readonly ManifestDescriptor[],
  ): Promise<ReadonlyMap<Digest, ManifestLinks>> {
    const links = new Map<Digest, ManifestLinks>();
    let level = roots.filter(isIndex);
    while (level.length > 0) {
      const unread = new Set(
        level.map(({ digest }) => digest).filter((digest) => !links.has(digest)),
      );
      const read = await Promise.all(
        Array.from(unread, async (digest) => {
          const manifest = await this.registry.getManifest(repository, digest);
          return [digest, readLinks(repository, manifest)] as const;
        }),
      );
      for (const [digest, { children, subject }] of read) links.set(digest, { children, subject });
      level = read.flatMap(([, { listed }]) => listed).filter(isIndex);
    }
    return links;
  }
}
