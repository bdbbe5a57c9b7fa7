import { groupBy } from './group-by';
import type { InUseReport } from './in-use';
import type { RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';
import type { ReplayedDeletion, ReplayedDeletions } from './replayed-deletions';
import type { HistoricMove, ReplayedTags } from './replayed-tags';
import { addListed, type Listed, reaching } from './retention-graph';

/**
 * - `moved-to`: a tag was moved to it, by whatever cause.
 * - `rolled-back`, `restored`: somebody went back to it.
 * - `in-use`: a reporter named it.
 */
export const REGRET_KINDS = ['rolled-back', 'restored', 'moved-to', 'in-use'] as const;
type RegretKind = (typeof REGRET_KINDS)[number];

/** Something that the policy would have deleted and that was needed afterwards. */
export interface Regret {
  readonly kind: RegretKind;
  readonly tag: TagName;
  readonly digest: Digest;
  /** UTC milliseconds, as is `neededAt`. */
  readonly deletedAt: number;
  readonly neededAt: number;
  /** The tags that were moved, or the reporter. */
  readonly by: readonly string[];
  /** Whether nothing could have brought it back by then. */
  readonly lost: boolean;
  readonly text: string;
}

/** What somebody wanted of the repository at a time. */
interface Need {
  readonly kind: RegretKind;
  readonly digest: Digest;
  readonly at: number;
  readonly by: readonly string[];
  /** Tags that were pointed at the digest. */
  readonly moved: ReadonlySet<TagName>;
}

/** Looks at every move and report of the past for what the replay has deleted before. */
export class ReplayRegrets {
  private readonly found: Regret[] = [];
  private readonly known = new Set<ReplayedDeletion>();

  constructor(
    private readonly tags: ReplayedTags,
    private readonly deletions: ReplayedDeletions,
    private readonly manifests: RetentionInventory['manifests'],
  ) {}

  get list(): readonly Regret[] {
    return this.found;
  }

  /** Moves of one time, before they are applied. */
  lookAtMoves(moves: readonly HistoricMove[], at: number): void {
    const targets = groupBy(
      moves.filter(({ to }) => to !== null),
      ({ to }) => to,
    );
    for (const [digest, group] of targets) {
      if (digest === null) continue;
      const kinds = group.map(({ kind }) => kind);
      const kind = REGRET_KINDS.find((one) => kinds.some((other) => other === one)) ?? 'moved-to';
      const by = group.map(({ tag }) => tag);
      this.look({ kind, digest, at, by, moved: new Set(by) });
    }
  }

  lookAtReport({ reporter, reportedAt, digests }: InUseReport): void {
    for (const digest of digests) {
      this.look({ kind: 'in-use', digest, at: reportedAt, by: [reporter], moved: new Set() });
    }
  }

  /** What is pointed at or runs is needed with all that it lists. */
  private look(need: Need): void {
    const needed: Listed = new Map([[need.digest, need.digest]]);
    addListed(needed, need.digest, need.digest, this.manifests);
    for (const digest of needed.keys()) {
      if (this.deletions.touches(digest)) this.lookAt(digest, need);
    }
  }

  /** A digest is there while something that is tagged reaches it. */
  private lookAt(digest: Digest, need: Need): void {
    const holders = [...reaching([digest], this.manifests)];
    const isThere = holders.some((holder) => this.tags.isTagged(holder));
    const isRestorable = holders.some((holder) => this.deletions.isRestorable(holder, need.at));
    for (const deletion of holders.flatMap((holder) => this.deletions.of(holder))) {
      const isWanted = deletion.digest === need.digest && need.moved.has(deletion.tag);
      if (this.known.has(deletion) || (isThere && !isWanted)) continue;
      this.known.add(deletion);
      const lost = !isThere && !isRestorable;
      const { tag, at: deletedAt } = deletion;
      const { kind, at: neededAt, by } = need;
      const what = nameOf(deletion.digest, digest, need.digest);
      const text = describe(deletion, need, { what, lost, isThere });
      this.found.push({ kind, tag, digest: deletion.digest, deletedAt, neededAt, by, lost, text });
    }
  }
}

/** What was needed, as seen from what was deleted; `reached` belongs to both. */
function nameOf(deleted: Digest, reached: Digest, needed: Digest): string {
  if (deleted === needed) return 'it';
  return deleted === reached ? 'an index that lists it' : 'an image that it lists';
}

function describe(
  { tag, at }: ReplayedDeletion,
  { kind, at: neededAt, by }: Need,
  {
    what,
    lost,
    isThere,
  }: { readonly what: string; readonly lost: boolean; readonly isThere: boolean },
): string {
  const event = happening(kind, by.join(', '), what);
  const text = `${tag} would have been gone for ${formatTime(neededAt - at)} when ${event}`;
  if (isThere) return `${text}; its digest had other tags`;
  const chance = lost ? 'could no longer have been restored' : 'could still have been restored';
  return `${text}; it ${chance}`;
}

function happening(kind: RegretKind, names: string, what: string): string {
  switch (kind) {
    case 'rolled-back':
      return `${names} was rolled back to ${what}`;
    case 'restored':
      return `${names} was restored to ${what}`;
    case 'moved-to':
      return `${names} moved to ${what}`;
    case 'in-use':
      return `${names} reported ${what} in use`;
  }
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `19 days`, `5 hours`, `less than an hour`. */
function formatTime(ms: number): string {
  if (ms < HOUR_MS) return 'less than an hour';
  const [count, unit] =
    ms < DAY_MS ? [Math.floor(ms / HOUR_MS), 'hour'] : [Math.floor(ms / DAY_MS), 'day'];
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
