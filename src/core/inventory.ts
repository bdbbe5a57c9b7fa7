import type { Digest, TagName } from './names';

export interface InventoryTag {
  readonly tag: TagName;
  readonly digest: Digest;
  /** When the tag last moved, from the ledger (UTC milliseconds); null when unknown. */
  readonly lastMoved: number | null;
  /** Number of that move in history: decides between moves of one millisecond. */
  readonly sequence?: number | undefined;
  /** When it was last pulled, where somebody counts (UTC milliseconds). */
  readonly lastPulled?: number | undefined;
  /** Whether the ledger does not know the tag on this digest yet. */
  readonly firstObserved: boolean;
}

/** What a manifest refers to. */
export interface ManifestLinks {
  /** Digests that an index lists; empty for an image. */
  readonly children: readonly Digest[];
  /** The manifest that it describes, as a signature does. */
  readonly subject?: Digest | undefined;
  /** It is there, and what it refers to cannot be read. */
  readonly unreadable?: boolean | undefined;
}

/** The whole repository: nothing is decided from a part of it. */
export interface RetentionInventory {
  readonly tags: readonly InventoryTag[];
  /** Every index and every manifest with a subject that the tags reach; others may be left out. */
  readonly manifests: ReadonlyMap<Digest, ManifestLinks>;
}
