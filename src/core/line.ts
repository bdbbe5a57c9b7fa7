import type { KeepReason, Reason } from './decision';
import type { Membership } from './memberships';
import type { TagName } from './names';
import { compareReleases, type Release } from './release';

/** Why a line has no owner although releases belong to it. */
export type Bar = Reason<KeepReason>;

/** One moving tag with the releases that count for it. */
export interface Line {
  readonly tag: TagName;
  /** The release that the tag should point at; undefined when none is eligible. */
  readonly owner: Release | undefined;
  /** The highest release of the line, eligible or not: differs from the owner in trouble. */
  readonly highest: Release;
  /** Why there is no owner, where the rules say so. */
  readonly barred: Bar | undefined;
  /** Whether only a withdrawal takes the tag to a lower version, not even other rules (rule C5). */
  readonly neverBack: boolean;
  /** Whether the rules want the tag gone when it has no owner (rules W2 and C1). */
  readonly removed: boolean;
}

/** A line while its releases are gone through. */
export class GrowingLine {
  /** The highest release that may own the tag, as far as the line itself can tell. */
  top: Release | undefined;
  /** The highest release that is kept out although it is eligible otherwise, and why. */
  private keptOut: { readonly release: Release; readonly bar: Bar } | undefined;
  highest: Release;
  /** Whether every release so far was withdrawn: then the line is empty (rule W2). */
  allWithdrawn = true;

  constructor(
    readonly tag: TagName,
    readonly membership: Membership,
    first: Release,
  ) {
    this.highest = first;
  }

  /** Why the highest of the releases that are kept out is. */
  get barred(): Bar | undefined {
    return this.keptOut?.bar;
  }

  keepOut(release: Release, bar: Bar): void {
    if (this.keptOut !== undefined && compareReleases(release, this.keptOut.release) < 0) return;
    this.keptOut = { release, bar };
  }

  /** Takes in a release of the line; one that may not own it can be the highest only. */
  add(release: Release, mayOwn: boolean): void {
    if (release !== this.highest && compareReleases(release, this.highest) > 0) {
      this.highest = release;
    }
    if (release.withdrawn === undefined) this.allWithdrawn = false;
    if (!mayOwn) return;
    if (this.top === undefined || compareReleases(release, this.top) > 0) this.top = release;
  }
}
