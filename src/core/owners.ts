import { publishedTagsOf } from './moving-tags';
import type { TagName } from './names';
import { compareReleases, isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';

/** One moving tag with the releases that count for it. */
export interface Line {
  readonly tag: TagName;
  /** The release that the tag should point at; undefined when none is eligible. */
  readonly owner: Release | undefined;
  /** The highest stable release of the line, eligible or not: differs from the owner in trouble. */
  readonly highest: Release;
}

export interface Owners {
  readonly lines: ReadonlyMap<TagName, Line>;
  /**
   * Releases of which two tags name one version on different digests: none of them is eligible
   * until one is gone (rule K1).
   */
  readonly conflicting: ReadonlySet<TagName>;
}

/**
 * Finds the owner of each moving tag from the whole set of releases, never from one delivery
 * (rules L1 and L2): the highest stable release of the line that is present and in no conflict.
 * Linear in the number of releases; no releases give no lines. The order of the input is
 * irrelevant.
 */
export function resolveOwners(releases: readonly Release[], rules: RepositoryRules): Owners {
  const conflicting = findConflicts(releases);
  const lines = new Map<TagName, Line>();
  for (const release of releases) {
    if (isPrerelease(release)) continue;
    const eligible = !release.missing && !conflicting.has(release.tag);
    for (const tag of publishedTagsOf(release.version, rules)) {
      const line = lines.get(tag);
      lines.set(tag, {
        tag,
        owner: eligible ? higherOf(release, line?.owner) : line?.owner,
        highest: higherOf(release, line?.highest),
      });
    }
  }
  return { lines, conflicting };
}

function higherOf(release: Release, other: Release | undefined): Release {
  return other === undefined || compareReleases(release, other) > 0 ? release : other;
}

/** Tags of releases that name one version on different digests (rule K1). */
export function findConflicts(releases: readonly Release[]): ReadonlySet<TagName> {
  const byVersion = new Map<string, Release>();
  const conflicting = new Set<TagName>();
  for (const release of releases) {
    if (release.missing) continue;
    const other = byVersion.get(release.version.text);
    if (other === undefined) {
      byVersion.set(release.version.text, release);
    } else if (other.digest !== release.digest) {
      conflicting.add(other.tag).add(release.tag);
    }
  }
  return conflicting;
}
