import { publishedTagsOf } from './moving-tags';
import type { TagName } from './names';
import { compareReleases, isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';
import type { Version } from './version';

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
  const tagsOf = memoizedTags(rules);
  for (const release of releases) {
    if (isPrerelease(release)) continue;
    const eligible = !release.missing && !conflicting.has(release.tag);
    for (const tag of tagsOf(release.version)) {
      const line = lines.get(tag);
      const extended = extendLine(line, { tag, release, eligible });
      if (extended !== line) lines.set(tag, extended);
    }
  }
  return { lines, conflicting };
}

/** The line with one more release; the same object when it changes nothing, as most do. */
function extendLine(
  line: Line | undefined,
  next: { readonly tag: TagName; readonly release: Release; readonly eligible: boolean },
): Line {
  const { tag, release, eligible } = next;
  const owner = eligible ? higherOf(release, line?.owner) : line?.owner;
  const highest = higherOf(release, line?.highest);
  return line?.owner === owner && line?.highest === highest ? line : { tag, owner, highest };
}

/** Releases of one minor share their moving tags, and there are far fewer minors than releases. */
function memoizedTags(rules: RepositoryRules): (version: Version) => readonly TagName[] {
  const known = new Map<string, readonly TagName[]>();
  return (version) => {
    const key = `${version.prefixed ? 'v' : ''}${version.major}.${version.minor}`;
    const tags = known.get(key) ?? publishedTagsOf(version, rules);
    known.set(key, tags);
    return tags;
  };
}

function higherOf(release: Release, other: Release | undefined): Release {
  return other === undefined || compareReleases(release, other) > 0 ? release : other;
}

/**
 * Tags of releases that name one version on different digests (rule K1): two tags of one version
 * differ in their `v`, so only versions that some tag spells with it can be in conflict.
 */
export function findConflicts(releases: readonly Release[]): ReadonlySet<TagName> {
  const prefixed = new Map<string, Release>();
  for (const release of releases) {
    if (release.version.prefixed && !release.missing) prefixed.set(release.version.text, release);
  }
  const conflicting = new Set<TagName>();
  if (prefixed.size === 0) return conflicting;
  for (const release of releases) {
    if (release.missing) continue;
    const other = prefixed.get(release.version.text);
    if (other === undefined || other.digest === release.digest) continue;
    conflicting.add(other.tag).add(release.tag);
  }
  return conflicting;
}
