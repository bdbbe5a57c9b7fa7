import type { KeepReason, Reason } from './decision';
import type { LineLevel } from './line-names';
import type { TagName } from './names';
import { compareReleases, type Release } from './release';

/** Why a line has no owner although releases belong to it. */
export type Bar = Reason<KeepReason>;

/** One moving tag with the releases that count for it. */
export interface Line {
  readonly tag: TagName;
  readonly level: LineLevel;
  /** The release that the tag should point at; undefined when none is eligible. */
  readonly owner: Release | undefined;
  /** The highest release of the line, eligible or not: differs from the owner in trouble. */
  readonly highest: Release;
  /** Why there is no owner, where the rules say so. */
  readonly barred: Bar | undefined;
  /** Whether the rules want the tag gone when it has no owner (rules W2 and C1). */
  readonly removed: boolean;
}

/** A line while its releases are gone through. */
export class GrowingLine {
  owner: Release | undefined;
  barred: Bar | undefined;
  removed = false;
  highest: Release;
  /** Whether every release so far was withdrawn: then the line is empty (rule W2). */
  allWithdrawn: boolean;

  constructor(
    readonly tag: TagName,
    readonly level: LineLevel,
    first: Release,
  ) {
    this.highest = first;
    this.allWithdrawn = true;
  }

  /** Takes in a release of the line; one that is not eligible can be the highest only. */
  add(release: Release, isEligible: boolean): void {
    if (release !== this.highest && compareReleases(release, this.highest) > 0) {
      this.highest = release;
    }
    if (release.withdrawn === undefined) this.allWithdrawn = false;
    if (!isEligible) return;
    if (this.owner === undefined || compareReleases(release, this.owner) > 0) this.owner = release;
  }

  /** Takes the owner away. */
  bar(barred: Bar): void {
    this.owner = undefined;
    this.barred = barred;
  }
}
