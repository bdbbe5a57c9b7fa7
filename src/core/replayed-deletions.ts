import type { Reason } from './decision';
import { restoreTagOf } from './internal-tags';
import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';
import type { ReplayedTags } from './replayed-tags';
import { addListed, type Listed } from './retention-graph';
import type { RetentionDecision } from './retention-decision';
import type { RetentionPolicy } from './retention-policy';

/** A tag that the policy would have deleted. */
export interface ReplayedDeletion {
  readonly tag: TagName;
  readonly digest: Digest;
  /** UTC milliseconds: the end of its notice. */
  readonly at: number;
  readonly rule?: string | undefined;
  readonly reasons: readonly Reason<string>[];
}

/** What the replay has deleted so far, and until when it could be brought back. */
export class ReplayedDeletions {
  private readonly all: ReplayedDeletion[] = [];
  private readonly byDigest = new Map<Digest, ReplayedDeletion[]>();
  private readonly restorableUntil = new Map<Digest, number>();
  /** What has lost a tag, and everything that it lists. */
  private readonly touched: Listed = new Map();
  private readonly windowMs: number;
  private readonly subjects: ReadonlySet<Digest>;

  constructor(
    private readonly tags: ReplayedTags,
    private readonly manifests: RetentionInventory['manifests'],
    { deletion }: RetentionPolicy,
  ) {
    this.windowMs = deletion.restoreTags ? deletion.restoreWindowMs : 0;
    this.subjects = new Set([...manifests.values()].flatMap(({ subject }) => subject ?? []));
  }

  get list(): readonly ReplayedDeletion[] {
    return this.all;
  }

  /** Deletes a tag at a time. */
  add({ tag, digest, rule, reasons }: RetentionDecision, at: number): void {
    this.tags.end(tag);
    const deletion = { tag, digest, at, rule, reasons };
    this.all.push(deletion);
    const known = this.byDigest.get(digest);
    if (known === undefined) this.byDigest.set(digest, [deletion]);
    else known.push(deletion);
    // Tags that share a restore tag share the latest of their windows.
    this.restorableUntil.set(digest, at + this.windowMs);
    addListed(this.touched, digest, tag, this.manifests);
    this.touched.set(digest, tag);
  }

  /** Whether a digest, or an index that lists it, has lost a tag. */
  touches(digest: Digest): boolean {
    return this.touched.has(digest);
  }

  of(digest: Digest): readonly ReplayedDeletion[] {
    return this.byDigest.get(digest) ?? [];
  }

  /** Whether a restore tag keeps a digest at a time. */
  isRestorable(digest: Digest, at: number): boolean {
    return (this.restorableUntil.get(digest) ?? 0) > at;
  }

  /**
   * The tags of an inventory with the restore tags that Tagward would have then. Only those decide
   * anything by which something else lives: what they list, and what describes them.
   */
  withRestoreTags(at: number): readonly InventoryTag[] {
    const digests = [...this.restorableUntil.keys()].filter(
      (digest) =>
        this.isRestorable(digest, at) && !this.tags.isTagged(digest) && this.isHolding(digest),
    );
    const restoreTags = digests.map((digest): InventoryTag => {
      return { tag: restoreTagOf(digest), digest, lastMoved: null, firstObserved: false };
    });
    return [...this.tags.list(), ...restoreTags];
  }

  private isHolding(digest: Digest): boolean {
    return this.manifests.has(digest) || this.subjects.has(digest) || this.tags.isDescribed(digest);
  }

  /** The known manifests without those that were lost by then: nothing lives by them any more. */
  manifestsAt(at: number): RetentionInventory['manifests'] {
    const lost = [...this.restorableUntil.keys()].filter(
      (digest) => this.manifests.has(digest) && this.isLost(digest, at),
    );
    if (lost.length === 0) return this.manifests;
    const left = new Map(this.manifests);
    for (const digest of lost) left.delete(digest);
    return left;
  }

  private isLost(digest: Digest, at: number): boolean {
    return !this.tags.isTagged(digest) && !this.isRestorable(digest, at);
  }
}
