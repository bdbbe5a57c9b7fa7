import { movingTagsOf } from './moving-tags';
import type { Digest, TagName } from './names';
import { isPrerelease, type Release } from './release';
import type { RepositoryRules, Scheme } from './rules';
import { type Version, versionKey } from './version';

/** Releases with what only the whole set can say about them. */
export interface ReleaseSet {
  /** Those that take part: without tags that turn out to be moving tags. */
  readonly releases: readonly Release[];
  /**
   * Tags of releases that name one version on different digests (rule K1): none of them is eligible
   * until one is gone.
   */
  readonly conflicting: ReadonlySet<TagName>;
  /** Release tags that are named as the moving tag of longer releases on other digests (rule K2). */
  readonly colliding: ReadonlySet<TagName>;
}

/** Looks at releases as a set (rules K1, K2 and N1). The order of the input is irrelevant. */
export function examineReleases(releases: readonly Release[], rules: RepositoryRules): ReleaseSet {
  const suspects = releases.filter((release) => mayHaveMovingName(release, rules));
  const digests = digestsOfLines(suspects, releases, rules);
  const moving = new Set<Release>();
  const colliding = new Set<TagName>();
  for (const suspect of suspects) {
    const members = digests.get(suspect.tag);
    if (members === undefined) continue;
    const isFull = rules.revisions && !isPrerelease(suspect);
    if (isFull || members.has(suspect.digest)) moving.add(suspect);
    else colliding.add(suspect.tag);
  }
  const remaining =
    moving.size === 0 ? releases : releases.filter((release) => !moving.has(release));
  return { releases: remaining, conflicting: findConflicts(remaining), colliding };
}

/** The count of numbers below which a version is short (rule P6). */
const FULL_COUNT: Readonly<Record<Scheme, number>> = {
  semver: 3,
  'two-part': 2,
  'four-part': 4,
  calver: 3,
};

/** A short release, one that revisions would move, or a pre-release like `19.0-rc` (K2, N1, C1). */
function mayHaveMovingName({ version }: Release, rules: RepositoryRules): boolean {
  const { numbers, revision, prerelease } = version;
  if (prerelease.length > 0)
    return prerelease.length === 1 && Object.keys(rules.channels).length > 0;
  if (revision !== undefined) return false;
  return rules.revisions || numbers.length < FULL_COUNT[rules.scheme];
}

/** The digests of the other releases whose moving tags the suspects are named like. */
function digestsOfLines(
  suspects: readonly Release[],
  releases: readonly Release[],
  rules: RepositoryRules,
): ReadonlyMap<TagName, ReadonlySet<Digest>> {
  const digests = new Map<TagName, Set<Digest>>();
  if (suspects.length === 0) return digests;
  const names = new Set(suspects.map(({ tag }) => tag));
  for (const release of releases) {
    for (const name of movingTagsOf(release, rules)) {
      if (!names.has(name) || name === release.tag) continue;
      const group = digests.get(name);
      if (group === undefined) digests.set(name, new Set([release.digest]));
      else group.add(release.digest);
    }
  }
  return digests;
}

/**
 * Tags of releases that name one version on different digests (rule K1). Two tags of one version
 * differ in how they spell it, so only versions that some tag spells unusually can be in conflict.
 */
export function findConflicts(releases: readonly Release[]): ReadonlySet<TagName> {
  const present = releases.filter(({ missing, withdrawn }) => !missing && withdrawn === undefined);
  const unusual = new Set<string>();
  for (const { version } of present) if (isUnusual(version)) unusual.add(versionKey(version));
  const conflicting = new Set<TagName>();
  if (unusual.size === 0) return conflicting;
  const groups = new Map<string, Release[]>();
  for (const release of present) {
    const key = versionKey(release.version);
    if (!unusual.has(key)) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [release]);
    else group.push(release);
  }
  for (const group of groups.values()) {
    if (group.every(({ digest }) => digest === group[0]?.digest)) continue;
    for (const { tag } of group) conflicting.add(tag);
  }
  return conflicting;
}

/** Whether another tag could name the same version in the plain way. */
function isUnusual(version: Version): boolean {
  const { prefixed, metadata, numbers, text, prerelease, revision } = version;
  if (prefixed || metadata !== '' || numbers.length !== 3 || revision !== undefined) return true;
  return prerelease.length > 1 || text.startsWith('0') || LEADING_ZERO.test(text);
}

const LEADING_ZERO = /[.-]0\d/;
