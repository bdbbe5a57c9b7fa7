import type { Reason } from './decision';
import { groupBy } from './group-by';
import type { Digest, TagName } from './names';
import { formatAge } from './retention-conditions';
import type { RetentionMember } from './retention-member';
import { digestsInUse, pins } from './retention-needs';
import {
  isVersion,
  type ProtectionCode,
  type ProtectionInput,
  type Protector,
} from './retention-protector';
import { movingTargets, rollbackTargets } from './retention-targets';
import { releaseKey } from './retention-unit';

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
    const reasons: Reason<ProtectionCode>[] = [];
    for (const protector of protectors) {
      const reason = protector(member);
      if (reason !== undefined) reasons.push(reason);
    }
    if (reasons.length > 0) protections.set(member.tag, reasons);
  }
  return protections;
}

const MOVING_TAG = { code: 'moving-tag', text: 'kept: a moving tag is never pruned' } as const;

function movingTags(): Protector {
  return ({ class: { kind } }) => (kind === 'moving' ? MOVING_TAG : undefined);
}

function protectedNames({ policy }: ProtectionInput): Protector {
  return ({ tag }) => {
    const pattern = policy.protect.tags.find(({ matches }) => matches(tag));
    if (pattern === undefined) return undefined;
    return { code: 'protected-name', text: `kept: its name is protected by ${pattern.text}` };
  };
}

/** Two tags of one version on different digests: nobody knows which one is meant. */
function disputedVersions(members: readonly RetentionMember[]): Protector {
  const disputed = findDisputed(members);
  if (disputed.size === 0) return () => undefined;
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
  const keys = disputedKeys(members);
  if (keys.size === 0) return new Map();
  const groups = groupBy(
    members.filter((member) => isVersion(member) && keys.has(releaseKey(member.class.version))),
    (member) => (isVersion(member) ? releaseKey(member.class.version) : ''),
  );
  return new Map(Array.from(groups, ([key, tags]) => [key, tags.map(({ tag }) => tag).sort()]));
}

function disputedKeys(members: readonly RetentionMember[]): ReadonlySet<string> {
  const digests = new Map<string, Digest>();
  const disputed = new Set<string>();
  for (const member of members) {
    if (!isVersion(member)) continue;
    const key = releaseKey(member.class.version);
    const known = digests.get(key);
    if (known === undefined) digests.set(key, member.digest);
    else if (known !== member.digest) disputed.add(key);
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
