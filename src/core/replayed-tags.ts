import type { MoveKind } from './decision';
import { formerTargetsOf, type RecordedTarget } from './former-targets';
import type { InventoryTag } from './inventory';
import { isMovingTagShape } from './moving-tags';
import type { Digest, TagName } from './names';
import type { RepositoryRules } from './rules';
import { classifyTag } from './tag-class';

/** One applied move as history has it: where a tag went, or, with null, that it went away. */
export interface HistoricMove {
  readonly sequence: number;
  readonly tag: TagName;
  readonly to: Digest | null;
  /** UTC milliseconds. */
  readonly at: number;
  readonly kind: MoveKind;
}

/** The tags of a repository while its history is replayed, without what the replay has deleted. */
export class ReplayedTags {
  private readonly open = new Map<TagName, InventoryTag>();
  private readonly tagsOn = new Map<Digest, number>();
  private readonly endedMoving: RecordedTarget[] = [];
  private readonly seen = new Set<TagName>();
  private readonly described = new Set<Digest>();

  constructor(private readonly rules: RepositoryRules) {}

  /** A move as it was: it ends a lifetime, and begins one unless the tag went away. */
  apply({ tag, to, at, sequence }: HistoricMove): void {
    this.end(tag);
    if (to === null) return;
    const tagClass = classifyTag(tag, this.rules);
    if (tagClass.kind === 'dependant') this.described.add(tagClass.subject);
    this.open.set(tag, { tag, digest: to, lastMoved: at, sequence, firstObserved: false });
    this.tagsOn.set(to, (this.tagsOn.get(to) ?? 0) + 1);
  }

  /** Ends the lifetime of a tag: it is gone until it is moved again. One that is not there stays so. */
  end(tag: TagName): void {
    const ended = this.open.get(tag);
    if (ended === undefined) return;
    const { digest } = ended;
    this.open.delete(tag);
    this.tagsOn.set(digest, (this.tagsOn.get(digest) ?? 0) - 1);
    this.seen.add(tag);
    if (isMovingTagShape(tag, this.rules)) this.endedMoving.push({ tag, to: digest });
  }

  find(tag: TagName): InventoryTag | undefined {
    return this.open.get(tag);
  }

  /** Whether a tag points at a digest. */
  isTagged(digest: Digest): boolean {
    return (this.tagsOn.get(digest) ?? 0) > 0;
  }

  /** Whether a tag is or was named for a digest that it describes, as those of signatures are. */
  isDescribed(digest: Digest): boolean {
    return this.described.has(digest);
  }

  list(): readonly InventoryTag[] {
    return [...this.open.values()];
  }

  /** Tags that ended at some time, and may be there again. */
  listEverSeen(): readonly TagName[] {
    return [...this.seen];
  }

  formerTargets(): ReadonlyMap<TagName, readonly Digest[]> {
    const current = new Map(Array.from(this.open.values(), ({ tag, digest }) => [tag, digest]));
    return formerTargetsOf(this.endedMoving, current);
  }
}
