import type { Reason } from './decision';
import { groupBy } from './group-by';
import { isInForce } from './hold';
import type { InUseReport } from './in-use';
import type { RetentionInventory } from './inventory';
import { compareLanes } from './lanes';
import type { Digest, TagName } from './names';
import { resolveOwners } from './owners';
import type { Pin } from './pin';
import type { Release } from './release';
import { formatAge } from './retention-conditions';
import { causesOf } from './retention-graph';
import type { RetentionMember } from './retention-member';
import type { RetentionPolicy } from './retention-policy';
import { releaseKey } from './retention-unit';
import type { RepositoryRules } from './rules';

export type ProtectionCode =
  | 'moving-tag'
  | 'moving-target'
  | 'rollback-target'
  | 'pinned'
  | 'protected-name'
  | 'in-use'
  | 'version-conflict'
  | 'first-observed'
  | 'unknown-age'
  | 'too-young';

export interface ProtectionInput {
  readonly policy: RetentionPolicy;
  readonly rules: RepositoryRules;
  readonly releases: readonly Release[];
  readonly inventory: RetentionInventory;
  /** What each moving tag pointed at before: distinct, last one first, without what it points at. */
  readonly formerTargets: ReadonlyMap<TagName, readonly Digest[]>;
  readonly pins: readonly Pin[];
  readonly inUse: readonly InUseReport[];
  /** UTC milliseconds. */
  readonly now: number;
}

export type Protections = ReadonlyMap<TagName, readonly Reason<ProtectionCode>[]>;

/**
 * What no rule may let go (retention.md 2.3 step 7), with every reason; a tag without one is not in
 * it. References are not looked at here: they depend on what stays.
 */
export function protectTags(
  members: readonly RetentionMember[],
  input: ProtectionInput,
): Protections {
  const protectors = [
    movingTags(),
    movingTargets(members, input),
    rollbackTargets(members, input),
    pins(input),
    protectedNames(input),
    digestsInUse(input),
    disputedVersions(members),
    ages(input),
  ];
  const protections = new Map<TagName, readonly Reason<ProtectionCode>[]>();
  for (const member of members) {
    const reasons = protectors.flatMap((protector) => protector(member) ?? []);
    if (reasons.length > 0) protections.set(member.tag, reasons);
  }
  return protections;
}

/** The reason for which one kind of protection keeps a tag. */
type Protector = (member: RetentionMember) => Reason<ProtectionCode> | undefined;

const MOVING_TAG = { code: 'moving-tag', text: 'kept: a moving tag is never pruned' } as const;

function movingTags(): Protector {
  return ({ class: { kind } }) => (kind === 'moving' ? MOVING_TAG : undefined);
}

/**
 * Version tags on what moving tags point at, and on what they are about to point at: a tag may have
 * drifted, or the registry been down.
 */
function movingTargets(
  members: readonly RetentionMember[],
  { releases, rules, now }: ProtectionInput,
): Protector {
  const moving = members.filter(({ class: { kind } }) => kind === 'moving');
  const present = new Set(moving.map(({ tag }) => tag));
  const owned = [...resolveOwners(releases, rules, now).lines.values()].flatMap(({ tag, owner }) =>
    owner !== undefined && present.has(tag) ? [{ tag, digest: owner.digest }] : [],
  );
  const targets = tagsByDigest([...moving, ...owned]);
  const published = new Map(releases.map((release) => [release.tag, release.digest]));
  return (member) => {
    if (!isVersion(member)) return undefined;
    // By name, too: a release tag that was pushed again is still the one that the ledger knows.
    const digests = [member.digest, published.get(member.tag) ?? member.digest];
    const tags = new Set(digests.flatMap((digest) => targets.get(digest) ?? []));
    if (tags.size === 0) return undefined;
    return { code: 'moving-target', text: `kept: target of ${listed(tags)}` };
  };
}

/**
 * Version tags on what moving tags pointed at before; where a digest has none, whatever tags it has:
 * there must be something to go back to.
 */
function rollbackTargets(
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
  const named = new Set(members.filter(isVersion).map(({ digest }) => digest));
  return (member) => {
    const tags = former.get(member.digest);
    if (tags === undefined || (named.has(member.digest) && !isVersion(member))) return undefined;
    return { code: 'rollback-target', text: `kept: ${listed(new Set(tags))} pointed at it before` };
  };
}

/** Of several pins the one that holds longest is named. */
function pins({ pins: all, inventory, now }: ProtectionInput): Protector {
  const inForce = all.filter((pin) => isInForce(pin, now)).sort(comparePins);
  const byTag = new Map<TagName, Pin>();
  const digests: { readonly digest: Digest; readonly cause: Pin }[] = [];
  for (const pin of inForce) {
    const { target } = pin;
    if (target.kind === 'digest') digests.push({ digest: target.digest, cause: pin });
    else if (!byTag.has(target.tag)) byTag.set(target.tag, pin);
  }
  const byDigest = causesOf(digests, inventory.manifests);
  return ({ tag, digest }) => {
    const pin = byTag.get(tag) ?? byDigest.get(digest);
    if (pin === undefined) return undefined;
    const until = pin.expiresAt === null ? '' : ` until ${new Date(pin.expiresAt).toISOString()}`;
    return { code: 'pinned', text: `kept: pinned${until}: ${pin.reason}` };
  };
}

function comparePins(left: Pin, right: Pin): number {
  const [leftEnd, rightEnd] = [left.expiresAt ?? Infinity, right.expiresAt ?? Infinity];
  if (leftEnd !== rightEnd) return rightEnd > leftEnd ? 1 : -1;
  return left.reason < right.reason ? -1 : Number(left.reason > right.reason);
}

function protectedNames({ policy }: ProtectionInput): Protector {
  return ({ tag }) => {
    const pattern = policy.protect.tags.find(({ matches }) => matches(tag));
    if (pattern === undefined) return undefined;
    return { code: 'protected-name', text: `kept: its name is protected by ${pattern.text}` };
  };
}

/** What runs protects every tag from which it can be reached; the first reporter by name is named. */
function digestsInUse({ inUse, inventory }: ProtectionInput): Protector {
  const reports = [...inUse].sort((left, right) => (left.reporter < right.reporter ? -1 : 1));
  const reporters = causesOf(
    reports.flatMap(({ reporter, digests }) =>
      digests.map((digest) => ({ digest, cause: reporter })),
    ),
    inventory.manifests,
  );
  return ({ digest }) => {
    const reporter = reporters.get(digest);
    if (reporter === undefined) return undefined;
    return { code: 'in-use', text: `kept: in use, says ${reporter}` };
  };
}

/** Two tags of one version on different digests: nobody knows which one is meant. */
function disputedVersions(members: readonly RetentionMember[]): Protector {
  const disputed = new Set(findDisputed(members).keys());
  return (member) => {
    if (!isVersion(member) || !disputed.has(releaseKey(member.class.version))) return undefined;
    const text = `kept: two tags name version ${member.class.version.text} with different digests`;
    return { code: 'version-conflict', text };
  };
}

/** Versions that several tags name with different digests, each with these tags. */
export function findDisputed(
  members: readonly RetentionMember[],
): ReadonlyMap<string, readonly TagName[]> {
  const groups = groupBy(members.filter(isVersion), ({ class: { version } }) =>
    releaseKey(version),
  );
  const disputed = new Map<string, readonly TagName[]>();
  for (const [key, tags] of groups) {
    if (tags.length < 2 || new Set(tags.map(({ digest }) => digest)).size < 2) continue;
    disputed.set(key, tags.map(({ tag }) => tag).sort());
  }
  return disputed;
}

function ages({ policy, now }: ProtectionInput): Protector {
  const youngest = formatAge(policy.minAgeMs);
  return ({ firstObserved, lastMoved }) => {
    if (firstObserved) return FIRST_OBSERVED;
    if (lastMoved === null) return UNKNOWN_AGE;
    if (now - lastMoved >= policy.minAgeMs) return undefined;
    return { code: 'too-young', text: `kept: moved less than ${youngest} ago` };
  };
}

const FIRST_OBSERVED = {
  code: 'first-observed',
  text: 'kept: the ledger does not know it on this digest yet',
} as const;
const UNKNOWN_AGE = {
  code: 'unknown-age',
  text: 'kept: it is not known when it last moved',
} as const;

type VersionMember = RetentionMember & {
  readonly class: Extract<RetentionMember['class'], { readonly kind: 'release' | 'prerelease' }>;
};

function isVersion(member: RetentionMember): member is VersionMember {
  return member.class.kind === 'release' || member.class.kind === 'prerelease';
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
