import type { Reason } from './decision';
import type { InventoryTag } from './inventory';
import { compareLanes } from './lanes';
import type { Digest, TagName } from './names';
import { type Owners, resolveOwners } from './owners';
import type { Release } from './release';
import type { RepositoryRules } from './rules';
import type { TagClass } from './tag-class';
import { versionKey } from './version';

export interface RetentionMember extends InventoryTag {
  readonly class: TagClass;
}

export interface ProtectionInput {
  readonly releases: readonly Release[];
  readonly rules: RepositoryRules;
  /** UTC milliseconds. */
  readonly now: number;
}

/**
 * What no rule may let go: version tags on the digest of a moving tag, releases that own one,
 * two tags of one version on different digests, and tags whose age is not known for sure.
 */
export function protectTags(
  members: readonly RetentionMember[],
  { releases, rules, now }: ProtectionInput,
): ReadonlyMap<TagName, Reason<string>> {
  const targets = movingTagsByDigest(members);
  const owned = movingTagsOwned(resolveOwners(releases, rules, now));
  const published = new Map(releases.map((release) => [release.tag, release.digest]));
  const disputed = disputedVersions(members);
  const reasons = new Map<TagName, Reason<string>>();
  for (const member of members) {
    if (member.class.kind !== 'release' && member.class.kind !== 'prerelease') continue;
    // By name, too: a release tag that was pushed again is still the one that the ledger knows.
    const digests = [member.digest, published.get(member.tag) ?? member.digest];
    const moving = digests.flatMap((digest) => [
      ...(targets.get(digest) ?? []),
      ...(owned.get(digest) ?? []),
    ]);
    const reason = protectionOf(member, [...new Set(moving)], disputed);
    if (reason !== undefined) reasons.set(member.tag, reason);
  }
  return reasons;
}

function protectionOf(
  member: RetentionMember,
  movingTags: readonly TagName[],
  disputed: ReadonlySet<string>,
): Reason<string> | undefined {
  if (movingTags.length > 0) {
    return { code: 'moving-target', text: `kept: target of ${listed(movingTags)}` };
  }
  const { class: tagClass } = member;
  if (tagClass.kind === 'release' && disputed.has(versionKey(tagClass.version))) {
    const text = `kept: two tags name version ${tagClass.version.text} with different digests`;
    return { code: 'version-conflict', text };
  }
  if (member.firstObserved) {
    return { code: 'first-observed', text: 'kept: the ledger does not know it on this digest yet' };
  }
  if (member.lastMoved !== null) return undefined;
  return { code: 'unknown-age', text: 'kept: it is not known when it last moved' };
}

/** `2, 2.2 and latest`, in the order of lanes. */
function listed(tags: readonly TagName[]): string {
  const sorted = [...tags].sort(compareLanes);
  const last = sorted.pop() ?? '';
  return sorted.length === 0 ? last : `${sorted.join(', ')} and ${last}`;
}

function movingTagsByDigest(
  members: readonly RetentionMember[],
): ReadonlyMap<Digest, readonly TagName[]> {
  const moving = members.filter((member) => member.class.kind === 'moving');
  return collect(moving.map(({ digest, tag }) => [digest, tag]));
}

/** A move that is still to come counts, too: the tag may have drifted, or the registry been down. */
function movingTagsOwned(owners: Owners): ReadonlyMap<Digest, readonly TagName[]> {
  const lines = [...owners.lines.values()];
  return collect(lines.flatMap(({ tag, owner }) => (owner ? [[owner.digest, tag] as const] : [])));
}

function disputedVersions(members: readonly RetentionMember[]): ReadonlySet<string> {
  const digests = new Map<string, Digest>();
  const disputed = new Set<string>();
  for (const { digest, class: tagClass } of members) {
    if (tagClass.kind !== 'release') continue;
    const key = versionKey(tagClass.version);
    if ((digests.get(key) ?? digest) !== digest) disputed.add(key);
    digests.set(key, digest);
  }
  return disputed;
}

function collect(pairs: readonly (readonly [Digest, TagName])[]): Map<Digest, TagName[]> {
  const groups = new Map<Digest, TagName[]>();
  for (const [key, tag] of pairs) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [tag]);
    else group.push(tag);
  }
  return groups;
}
