import { membershipsOf } from './memberships';
import type { Digest, TagName } from './names';
import { compareReleases, isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';

export type ReleasesByDigest = ReadonlyMap<Digest, readonly Release[]>;

/** Groups releases by their digest; with `wanted`, only those on one of these digests. */
export function groupByDigest(
  releases: readonly Release[],
  wanted?: ReadonlySet<Digest | null>,
): ReleasesByDigest {
  const groups = new Map<Digest, Release[]>();
  for (const release of releases) {
    if (wanted?.has(release.digest) === false) continue;
    const group = groups.get(release.digest);
    if (group === undefined) groups.set(release.digest, [release]);
    else group.push(release);
  }
  return groups;
}

export interface MemberSearch {
  readonly byDigest: ReleasesByDigest;
  readonly rules: RepositoryRules;
  /** The release that the tag was moved to, where that is on record. */
  readonly movedTo: TagName | null;
}

/**
 * The release of a moving tag's line that a digest stands for; undefined when it is none of the
 * line's. Of several on one digest it is the one that the tag was moved to, else the highest that
 * can own tags, else the highest: missing, withdrawn and conflicting ones and pre-releases count.
 */
export function findMember(
  tag: TagName,
  digest: Digest,
  { byDigest, rules, movedTo }: MemberSearch,
): Release | undefined {
  const members = (byDigest.get(digest) ?? [])
    .filter((release) => belongsTo(release, tag, rules))
    .sort((left, right) => rank(right) - rank(left) || compareReleases(right, left));
  return members.find((release) => release.tag === movedTo) ?? members[0];
}

/** A tag may stand on what was taken for a release before it was announced as a pre-release. */
function belongsTo(release: Release, tag: TagName, rules: RepositoryRules): boolean {
  const memberships = membershipsOf(rules);
  const { version } = release;
  const own = isPrerelease(release) ? memberships.ofPrerelease(version) : [];
  return [...memberships.ofStable(version), ...own].some(({ names }) => names.includes(tag));
}

function rank(release: Release): number {
  const isOut = isPrerelease(release) || release.missing || release.withdrawn !== undefined;
  return isOut ? 0 : 1;
}
