import { publishedTagsOf } from './moving-tags';
import type { Digest, TagName } from './names';
import { compareReleases, type Release } from './release';
import type { RepositoryRules } from './rules';

export type ReleasesByDigest = ReadonlyMap<Digest, readonly Release[]>;

export function groupByDigest(releases: readonly Release[]): ReleasesByDigest {
  const groups = new Map<Digest, Release[]>();
  for (const release of releases) {
    const group = groups.get(release.digest);
    if (group === undefined) groups.set(release.digest, [release]);
    else group.push(release);
  }
  return groups;
}

/**
 * The highest release of a moving tag's line that has the digest, missing and conflicting ones and
 * pre-releases included; undefined when the digest is none of the line's.
 */
export function findMember(
  tag: TagName,
  digest: Digest,
  byDigest: ReleasesByDigest,
  rules: RepositoryRules,
): Release | undefined {
  return (byDigest.get(digest) ?? [])
    .filter((release) => publishedTagsOf(release.version, rules).includes(tag))
    .sort((left, right) => compareReleases(right, left))[0];
}
