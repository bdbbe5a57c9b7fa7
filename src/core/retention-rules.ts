import type { Reason } from './decision';
import { groupBy } from './group-by';
import type { Digest, TagName } from './names';
import { coreOf, formatAge, unitsKeptBy } from './retention-conditions';
import type { RetentionMember } from './retention-member';
import { type RetentionRule, ruleLabel } from './retention-policy';
import { movedAtOf, type RetentionUnit, unitsOf } from './retention-unit';
import type { TagClass } from './tag-class';

/** What the rules say about a tag that at least one of them is about. */
export interface RuleFinding {
  readonly rule: string;
  /** Tells rules apart that are about the same. */
  readonly place: number;
  readonly reason: Reason<
    'kept-by-rule' | 'rule-suspended' | 'no-condition-keeps' | 'dropped-after-release'
  >;
}

export interface RuledTags {
  /** By tag; one that no rule is about is not in it. */
  readonly findings: ReadonlyMap<TagName, readonly RuleFinding[]>;
  readonly warnings: readonly Reason<'rules-overlap' | 'same-timestamp'>[];
}

export interface RuleInput {
  readonly members: readonly RetentionMember[];
  /** Tags that are taken out before anything is counted: they use no budget. */
  readonly uncounted: ReadonlySet<TagName>;
  /** Releases that were taken back: they release no pre-release from being kept. */
  readonly withdrawn: ReadonlySet<TagName>;
  /** UTC milliseconds. */
  readonly now: number;
}

/** Whether a finding keeps its tag. */
export function keeps({ reason }: RuleFinding): boolean {
  return reason.code === 'kept-by-rule' || reason.code === 'rule-suspended';
}

/** Whether a rule is about a tag; moving tags and dependants have no rules (retention.md 2.1). */
export function isAbout(
  rule: RetentionRule,
  { class: { kind }, tag }: { readonly class: Pick<TagClass, 'kind'>; readonly tag: string },
): boolean {
  if (rule.class !== 'build') return kind === rule.class;
  if (kind !== 'release' && kind !== 'prerelease' && kind !== 'unknown') return false;
  return rule.match.some((pattern) => pattern.matches(tag));
}

/** Applies every rule to all tags that it is about; the order of rules and tags has no meaning. */
export function applyRules(rules: readonly RetentionRule[], input: RuleInput): RuledTags {
  const matches = inOrder(rules).map((rule) => ({
    rule,
    matched: input.members.filter((member) => isAbout(rule, member)),
  }));
  const shared = rules.some(looksAtMoves)
    ? findSharedTimestamp(matches.flatMap(({ matched }) => matched))
    : undefined;
  const finals = rules.some(dropsReleased) ? finalsOf(input) : NO_FINALS;
  const findings = new Map<TagName, readonly RuleFinding[]>();
  for (const [place, { rule, matched }] of matches.entries()) {
    const suspended = shared !== undefined && looksAtMoves(rule);
    const toFinding = findingsOf(ruleLabel(rule), place);
    for (const [unit, reasons] of judgeUnits(rule, matched, { ...input, suspended, finals })) {
      const found = toFinding(reasons);
      for (const { tag } of unit.members) {
        if (input.uncounted.has(tag)) continue;
        const known = findings.get(tag);
        if (known === undefined) findings.set(tag, found);
        else findings.set(tag, [...known, ...found]);
      }
    }
  }
  return { findings, warnings: [...warnOfOverlap(findings), ...(shared ?? [])] };
}

type Reasons = readonly RuleFinding['reason'][];

/** What lets most tags go is the same reason for all of them, and one finding for all. */
function findingsOf(rule: string, place: number): (reasons: Reasons) => readonly RuleFinding[] {
  const toFindings = (reasons: Reasons): readonly RuleFinding[] =>
    reasons.map((reason) => ({ rule, place, reason }));
  const common = toFindings(NOTHING_KEEPS);
  return (reasons) => (reasons === NOTHING_KEEPS ? common : toFindings(reasons));
}

/** The same whatever the order in which they are written, so that reasons are, too. */
function inOrder(rules: readonly RetentionRule[]): readonly RetentionRule[] {
  const keyed = rules.map((rule) => ({ rule, key: JSON.stringify(rule) }));
  return keyed.sort((left, right) => (left.key < right.key ? -1 : 1)).map(({ rule }) => rule);
}

interface Circumstances extends Pick<RuleInput, 'uncounted' | 'now'> {
  readonly suspended: boolean;
  readonly finals: ReadonlyMap<string, number>;
}

function judgeUnits(
  rule: RetentionRule,
  matched: readonly RetentionMember[],
  { suspended, finals, uncounted, now }: Circumstances,
): readonly (readonly [RetentionUnit, Reasons])[] {
  // A tag that is taken out still says when its digest moved: the others on it must not seem older.
  const units = unitsOf(rule, matched, now).filter(({ members }) =>
    members.some(({ tag }) => !uncounted.has(tag)),
  );
  if (suspended) return units.map((unit) => [unit, SUSPENDED]);
  const kept = unitsKeptBy(rule, units, now);
  return units.map((unit) => {
    const dropped = dropReasonOf(rule, unit, finals, now);
    return [unit, dropped === undefined ? (kept.get(unit) ?? NOTHING_KEEPS) : [dropped]];
  });
}

const SUSPENDED = [
  {
    code: 'rule-suspended',
    text: 'kept: its rule looks at when tags moved, and too many moved in the same second',
  },
] as const;
const NOTHING_KEEPS = [
  { code: 'no-condition-keeps', text: 'deleted: no condition keeps it' },
] as const;

function looksAtMoves({ conditions }: RetentionRule): boolean {
  return conditions.some(({ kind }) => kind === 'moved-within');
}

function dropsReleased(rule: RetentionRule): boolean {
  return rule.class === 'prerelease' && rule.dropReleasedAfterMs !== undefined;
}

const NO_FINALS: ReadonlyMap<string, number> = new Map();

/** Once the final version has existed for long enough, no condition keeps what led up to it. */
function dropReasonOf(
  rule: RetentionRule,
  { version }: RetentionUnit,
  finals: ReadonlyMap<string, number>,
  now: number,
): RuleFinding['reason'] | undefined {
  if (rule.class !== 'prerelease' || version === undefined) return undefined;
  const releasedAt = finals.get(coreOf(version));
  if (rule.dropReleasedAfterMs === undefined || releasedAt === undefined) return undefined;
  if (now - releasedAt < rule.dropReleasedAfterMs) return undefined;
  const text = `deleted: ${coreOf(version)} was released more than ${formatAge(rule.dropReleasedAfterMs)} ago`;
  return { code: 'dropped-after-release', text };
}

/** When each final version came out, as far as that is known. */
function finalsOf({ members, withdrawn, now }: RuleInput): ReadonlyMap<string, number> {
  const finals = new Map<string, number>();
  for (const member of members) {
    const { class: tagClass, tag } = member;
    if (tagClass.kind !== 'release' || withdrawn.has(tag)) continue;
    const movedAt = movedAtOf(member, now);
    if (movedAt === null) continue;
    const core = coreOf(tagClass.version);
    finals.set(core, Math.min(finals.get(core) ?? movedAt, movedAt));
  }
  return finals;
}

const MOST_SHARED = 0.2;

/**
 * An import or a rebuild of metadata stamps everything with one time, which then says nothing
 * (P25): more than a fifth of the digests that rules match, and at least two, share a second.
 */
function findSharedTimestamp(
  matched: readonly RetentionMember[],
): readonly [Reason<'same-timestamp'>] | undefined {
  const dated = matched.filter(
    ({ lastMoved, firstObserved }) => lastMoved !== null && !firstObserved,
  );
  // Most seconds have one tag: nothing is made for those.
  const counts = new Map<number, number>();
  for (const member of dated) counts.set(secondOf(member), (counts.get(secondOf(member)) ?? 0) + 1);
  const together = dated.filter((member) => (counts.get(secondOf(member)) ?? 0) > 1);
  let most = new Set<Digest>();
  for (const members of groupBy(together, secondOf).values()) {
    const sharing = new Set(members.map(({ digest }) => digest));
    if (sharing.size > most.size) most = sharing;
  }
  if (most.size < 2) return undefined;
  const digests = new Set(matched.map(({ digest }) => digest));
  if (most.size <= digests.size * MOST_SHARED) return undefined;
  const text = `${most.size} of ${digests.size} digests moved in the same second: rules with movedWithin let nothing go`;
  return [{ code: 'same-timestamp', text }];
}

function secondOf({ lastMoved }: RetentionMember): number {
  return Math.floor((lastMoved ?? 0) / 1000);
}

/** One warning for each set of rules that are about the same tags. */
function warnOfOverlap(findings: RuledTags['findings']): readonly Reason<'rules-overlap'>[] {
  const overlaps = new Map<string, TagName>();
  for (const [tag, found] of findings) {
    if (found.every(({ place }) => place === found[0]?.place)) continue;
    const rules = new Map(found.map(({ place, rule }) => [place, `"${rule}"`]));
    const key = [...rules.values()].join(' and ');
    const first = overlaps.get(key);
    if (first === undefined || tag < first) overlaps.set(key, tag);
  }
  const sorted = [...overlaps].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.map(([rules, tag]) => ({
    code: 'rules-overlap',
    text: `the rules ${rules} are about the same tags, such as ${tag}: what one of them keeps is kept`,
  }));
}
