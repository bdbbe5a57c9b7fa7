import { Injectable } from '@nestjs/common';
import type { InventoryTag, ManifestLinks, RetentionInventory } from '../core/inventory';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { LifetimeStore, type OpenLifetime } from '../history/lifetime.store';
import { ImageRegistry, type ManifestDescriptor } from '../registry/image-registry';
import { KnownLinks, plainLinks } from './known-links';
import { isIndex, type ReadLinks, readLinks } from './manifest-links.schema';

export interface TakenInventory extends RetentionInventory {
  /** How many tags the ledger knew when this was taken. */
  readonly ledgerTagCount: number;
}

export interface InventoryOptions {
  /** Digests that are needed without a tag; those that are there are read as well. */
  readonly roots?: ReadonlySet<Digest>;
  /**
   * Which tags the registry is asked about; all unless given. The others are taken from the ledger
   * where it knows them and what they point at (P22): they can only keep.
   */
  readonly lookAt?: ((tag: TagName, recorded: Digest) => boolean) | undefined;
}

/** Lists a whole repository and reads every index that its tags reach. Writes nothing. */
@Injectable()
export class InventoryTaker {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly lifetimes: LifetimeStore,
    private readonly known: KnownLinks,
  ) {}

  /**
   * The complete inventory, or an error: a part of one would let the rest look unneeded. Throws what
   * the registry throws, and `inventory-unreadable` for an index that is none.
   */
  async take(
    repository: RepositoryName,
    { roots = new Set(), lookAt }: InventoryOptions = {},
  ): Promise<TakenInventory> {
    const listed = await this.registry.listTags(repository);
    const recorded = await this.lifetimes.listOpen(repository);
    const trusted = lookAt === undefined ? [] : this.trustedOf(listed, recorded, lookAt);
    const skipped = new Set(trusted.map(({ tag }) => tag));
    const found = await this.findAll(
      repository,
      listed.filter((tag) => !skipped.has(tag)),
    );
    const rooted = await this.findAll(repository, [...roots]);
    this.known.note([...found.values(), ...rooted.values()]);
    const tags = [
      ...trusted,
      ...Array.from(found, ([tag, { digest }]) => toInventoryTag(tag, digest, recorded.get(tag))),
    ];
    const heads = [...found.values(), ...rooted.values()].filter(isIndex);
    const indexes = [...trusted, ...heads].map(({ digest }) => digest);
    const manifests = await this.readIndexes(repository, indexes);
    return { tags, manifests, ledgerTagCount: recorded.size };
  }

  /** What one manifest refers to. Throws as {@link take} does. */
  async readLinks(repository: RepositoryName, digest: Digest): Promise<ManifestLinks> {
    return plainLinks(await this.linksOf(repository, digest));
  }

  private trustedOf(
    listed: readonly TagName[],
    recorded: ReadonlyMap<TagName, OpenLifetime>,
    lookAt: NonNullable<InventoryOptions['lookAt']>,
  ): readonly InventoryTag[] {
    return listed.flatMap((tag) => {
      const lifetime = recorded.get(tag);
      if (lifetime === undefined || lookAt(tag, lifetime.digest)) return [];
      const isKnown = this.known.findListed(lifetime.digest) !== undefined;
      return isKnown ? [toInventoryTag(tag, lifetime.digest, lifetime)] : [];
    });
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

  /** Indexes may list indexes: each level is read until there is none below. Images are left out. */
  private async readIndexes(
    repository: RepositoryName,
    roots: readonly Digest[],
  ): Promise<ReadonlyMap<Digest, ManifestLinks>> {
    const links = new Map<Digest, ManifestLinks>();
    let level = new Set(roots.filter((digest) => !this.isImage(digest)));
    while (level.size > 0) {
      const read = await Promise.all(
        Array.from(
          level,
          async (digest) => [digest, await this.linksOf(repository, digest)] as const,
        ),
      );
      for (const [digest, found] of read) links.set(digest, plainLinks(found));
      const below = read.flatMap(([, { listed }]) => listed).filter(isIndex);
      level = new Set(below.map(({ digest }) => digest).filter((digest) => !links.has(digest)));
    }
    return links;
  }

  private isImage(digest: Digest): boolean {
    return this.known.find(digest) === undefined && this.known.findListed(digest)?.length === 0;
  }

  private async linksOf(repository: RepositoryName, digest: Digest): Promise<ReadLinks> {
    const known = this.known.find(digest);
    if (known !== undefined) return known;
    const links = readLinks(repository, await this.registry.getManifest(repository, digest));
    this.known.keep(digest, links);
    return links;
  }
}

function toInventoryTag(
  tag: TagName,
  digest: Digest,
  lifetime: OpenLifetime | undefined,
): InventoryTag {
  if (lifetime?.digest !== digest) return { tag, digest, firstObserved: true, lastMoved: null };
  const { fromAt, fromSequence } = lifetime;
  return { tag, digest, firstObserved: false, lastMoved: fromAt, sequence: fromSequence };
}
