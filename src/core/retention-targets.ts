import { groupBy } from './group-by';
import { compareLanes } from './lanes';
import type { Digest, TagName } from './names';
import { resolveOwners } from './owners';
import type { RetentionMember } from './retention-member';
import { isVersion, type ProtectionInput, type Protector } from './retention-protector';

/**
 * Version tags on what moving tags point at, and on what they are about to point at: a tag may have
 * drifted, or the registry been down.
 */
export function movingTargets(
  members: readonly RetentionMember[],
  { releases, rules, now }: ProtectionInput,
): Protector {
  const moving = members.filter(({ class: { kind } }) => kind === 'moving');
  const present = new Set(moving.map(({ tag }) => tag));
  const owned = [...resolveOwners(releases, rules, now).lines.values()].flatMap(({ tag, owner }) =>
    owner !== undefined && present.has(tag) ? [{ tag, digest: owner.digest }] : [],
  );
  const targets = tagsByDigest([...moving, ...owned]);
  const targetsByName = new Map<TagName, readonly TagName[]>();
  for (const { tag, digest } of releases) {
    const tags = targets.get(digest);
    if (tags !== undefined) targetsByName.set(tag, tags);
  }
  return (member) => {
    const standing = isVersion(member) ? targets.get(member.digest) : undefined;
    // By name, too: a release tag that was pushed again is still the one that the ledger knows.
    const named = targetsByName.get(member.tag);
    if (standing === undefined && named === undefined) return undefined;
    const tags = new Set([...(standing ?? []), ...(named ?? [])]);
    return { code: 'moving-target', text: `kept: target of ${listed(tags)}` };
  };
}

/**
 * Version tags on what moving tags pointed at before; where a digest has none, whatever tags it has:
 * there must be something to go back to.
 */
export function rollbackTargets(
  members: readonly RetentionMember[],
  { policy, formerTargets }: ProtectionInput,
): Protector {
  const { rollbackDepth } = policy.protect;
  if (rollbackDepth === 0) return () => undefined;
  const former = tagsByDigest(
    Array.from(formerTargets, ([tag, digests]) =>
      digests.slice(0, rollbackDepth).map((digest) => ({ tag, digest })),
    ).flat(),
  );
  const named = new Set<Digest>();
  for (const member of members) {
    if (isVersion(member) && former.has(member.digest)) named.add(member.digest);
  }
  return (member) => {
    const tags = former.get(member.digest);
    if (tags === undefined || (named.has(member.digest) && !isVersion(member))) return undefined;
    return { code: 'rollback-target', text: `kept: ${listed(new Set(tags))} pointed at it before` };
  };
}

function tagsByDigest(
  pairs: readonly { readonly tag: TagName; readonly digest: Digest }[],
): ReadonlyMap<Digest, readonly TagName[]> {
  const groups = groupBy(pairs, ({ digest }) => digest);
  return new Map(Array.from(groups, ([digest, found]) => [digest, found.map(({ tag }) => tag)]));
}

/** `2, 2.2 and latest`, in the order of lanes. */
function listed(tags: ReadonlySet<TagName>): string {
  const sorted = [...tags].sort(compareLanes);
  const last = sorted.pop() ?? '';
  return sorted.length === 0 ? last : `${sorted.join(', ')} and ${last}`;
}
