import { groupBy } from './group-by';
import type { RetentionMember } from './retention-member';
import type { RetentionRule } from './retention-policy';
import { type Version, versionKey } from './version';

/**
 * What a rule counts as one (retention.md 2.1): a version with all its spellings, or a digest with
 * all its tags. A unit that a condition keeps loses none of its tags.
 */
export interface RetentionUnit {
  readonly members: readonly RetentionMember[];
  /** Undefined for a build. */
  readonly version: Version | undefined;
  /** When a tag of it last moved (UTC milliseconds); null when that is unknown for all of them. */
  readonly movedAt: number | null;
  /** When a tag of it was last pulled; one never pulled counts as pulled when it moved. */
  readonly pulledAt: number | null;
  /** Decides between units that moved in the same millisecond. */
  readonly sequence: number;
  /** Decides where nothing else does, so that the order of the tags never does. */
  readonly name: string;
}

/** The units of the tags that a rule matches, in no order of meaning. */
export function unitsOf(
  rule: RetentionRule,
  matched: readonly RetentionMember[],
  now: number,
): readonly RetentionUnit[] {
  const groups = groupBy(matched, (member) =>
    rule.class === 'build' ? member.digest : versionOf(member),
  );
  return Array.from(groups.values(), (members) => toUnit(rule, members, now));
}

/** One version on two digests is two tags that dispute it; both are kept, and count once. */
function versionOf({ class: tagClass, tag }: RetentionMember): string {
  const isVersion = tagClass.kind === 'release' || tagClass.kind === 'prerelease';
  return isVersion ? releaseKey(tagClass.version) : tag;
}

/** The same for all spellings of one version; builds of it are versions of their own. */
export function releaseKey(version: Version): string {
  return version.metadata === ''
    ? versionKey(version)
    : `${versionKey(version)}+${version.metadata}`;
}

function toUnit(
  rule: RetentionRule,
  members: readonly RetentionMember[],
  now: number,
): RetentionUnit {
  const [first] = members;
  const tagClass = first?.class;
  const version =
    rule.class !== 'build' && (tagClass?.kind === 'release' || tagClass?.kind === 'prerelease')
      ? tagClass.version
      : undefined;
  let movedAt: number | null = null;
  let pulledAt: number | null = null;
  let sequence = -1;
  let name = '';
  for (const member of members) {
    const moved = movedAtOf(member, now);
    movedAt = later(movedAt, moved);
    pulledAt = later(pulledAt, member.lastPulled ?? moved);
    sequence = Math.max(sequence, member.sequence ?? -1);
    if (member.tag > name) name = member.tag;
  }
  return { members, version, movedAt, pulledAt, sequence, name };
}

/** When a tag last moved; the first observation starts the clock. Null when that is unknown. */
export function movedAtOf(
  { firstObserved, lastMoved }: Pick<RetentionMember, 'firstObserved' | 'lastMoved'>,
  now: number,
): number | null {
  return firstObserved ? now : lastMoved;
}

function later(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : Math.max(left, right);
}

/** Last moved first; what is not known stands last, where it takes no place from another. */
export function compareMoved(left: RetentionUnit, right: RetentionUnit): number {
  return compareTimes(left.movedAt, right.movedAt) || compareLast(left, right);
}

export function comparePulled(left: RetentionUnit, right: RetentionUnit): number {
  return compareTimes(left.pulledAt, right.pulledAt) || compareLast(left, right);
}

function compareTimes(left: number | null, right: number | null): number {
  return (right ?? -Infinity) === (left ?? -Infinity)
    ? 0
    : (right ?? -Infinity) - (left ?? -Infinity);
}

function compareLast(left: RetentionUnit, right: RetentionUnit): number {
  return (
    right.sequence - left.sequence ||
    (left.name < right.name ? 1 : Number(left.name > right.name) * -1)
  );
}
