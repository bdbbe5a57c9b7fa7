import type { Digest, TagName } from './names';

export interface InventoryTag {
  readonly tag: TagName;
  readonly digest: Digest;
  /** When the tag last moved, from the ledger (UTC milliseconds); null when unknown. */
  readonly lastMoved: number | null;
  /** Whether the ledger does not know the tag on this digest yet. */
  readonly firstObserved: boolean;
}

/** The whole repository: nothing is decided from a part of it. */
export interface RetentionInventory {
  readonly tags: readonly InventoryTag[];
  /** Digests that an index lists, by the digest of the index; every tagged index is in it. */
  readonly children: ReadonlyMap<Digest, readonly Digest[]>;
}
