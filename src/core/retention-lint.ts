import type { Reason } from './decision';
import type { RetentionMember } from './retention-member';
import { type RetentionPolicy, ruleLabel } from './retention-policy';
import { findDisputed } from './retention-protection';
import { isAbout } from './retention-rules';
import type { RepositoryRules } from './rules';
import { classifyTag } from './tag-class';
import type { Version } from './version';

export type LintCode =
  'zero-match' | 'rules-overlap' | 'undotted-counter' | 'same-timestamp' | 'version-conflict';

export interface LintInput {
  readonly policy: RetentionPolicy;
  readonly rules: RepositoryRules;
  /** Every tag that the ledger ever knew. */
  readonly tagsEverSeen: readonly string[];
}

/**
 * What is doubtful about a repository or its policy before anything is decided (retention.md 2.3
 * step 6): a pattern that names nothing, counters that other tools sort by text, versions that two
 * tags dispute.
 */
export function lintInventory(
  members: readonly RetentionMember[],
  input: LintInput,
): readonly Reason<LintCode>[] {
  return [
    ...findZeroMatches(members, input).toSorted(byText),
    ...findUndottedCounters(members),
    ...findConflicts(members).toSorted(byText),
  ];
}

function byText({ text: left }: Reason<LintCode>, { text: right }: Reason<LintCode>): number {
  return left < right ? -1 : Number(left > right);
}

function findConflicts(members: readonly RetentionMember[]): readonly Reason<'version-conflict'>[] {
  return Array.from(findDisputed(members).values(), (tags) => ({
    code: 'version-conflict',
    text: `${tags.join(' and ')} name one version with different digests: both are kept`,
  }));
}

/** A keep rule that matches nothing would let everything go (P31): a typing error is enough. */
function findZeroMatches(
  members: readonly RetentionMember[],
  { policy, rules, tagsEverSeen }: LintInput,
): readonly Reason<'zero-match'>[] {
  if (!members.some(({ class: { kind } }) => kind === 'unknown')) return [];
  const unmatched = policy.rules.filter(
    (rule) =>
      rule.class === 'build' &&
      !members.some((member) => isAbout(rule, member)) &&
      !tagsEverSeen.some((tag) => isAbout(rule, { tag, class: classifyTag(tag, rules) })),
  );
  return unmatched.map((rule) => ({
    code: 'zero-match',
    text: `the rule "${ruleLabel(rule)}" names no tag of the repository, now or before: mend its pattern`,
  }));
}

function findUndottedCounters(
  members: readonly RetentionMember[],
): readonly Reason<'undotted-counter'>[] {
  const tags = members.flatMap(({ tag, class: tagClass }) =>
    tagClass.kind === 'prerelease' && hasUndottedCounter(tagClass.version) ? [tag] : [],
  );
  const [first] = tags.sort();
  if (first === undefined) return [];
  const text = `${first} counts without a dot: other tools sort such tags by text, rc10 below rc9`;
  return [{ code: 'undotted-counter', text }];
}

function hasUndottedCounter({ text, prerelease }: Version): boolean {
  return prerelease.some((word, place) => {
    const number = prerelease[place + 1];
    if (typeof word !== 'string' || typeof number !== 'number') return false;
    return text.toLowerCase().includes(`${word}${number}`);
  });
}
