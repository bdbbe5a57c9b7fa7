import type { Reason } from './decision';
import type { DeletionCapabilities } from './deletion';
import { isInForce } from './hold';
import type { RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';
import {
  decide,
  isDeleted,
  type RetentionDecision,
  type StopCode,
  takenOut,
} from './retention-decision';
import { listedBy, reachableFrom } from './retention-graph';
import {
  breachedGuards,
  findInventoryDrop,
  findStaleReport,
  findUnreadable,
  type PlanGuard,
} from './retention-guards';
import { type LintCode, lintInventory } from './retention-lint';
import { type RetentionMember, splitInternal } from './retention-member';
import { protectTags } from './retention-protection';
import type { ProtectionInput } from './retention-protector';
import { judgeCandidates } from './retention-reach';
import { applyRules, keeps } from './retention-rules';

export interface RetentionInput extends ProtectionInput {
  readonly capabilities: DeletionCapabilities;
  /** How many tags the ledger knows now; undefined without a ledger. */
  readonly ledgerTagCount: number | undefined;
  /** Every tag that the ledger ever knew: a pattern that names one of them is no typing error. */
  readonly tagsEverSeen: readonly TagName[];
}

/**
 * - `planned`: may be executed.
 * - `needs-approval`: a guard was breached; a person may execute it.
 * - `refused`: a rule names nothing; it has to be mended first.
 * - `skipped`: something has to be waited for.
 * - `aborted`: something could not be read, or not all of it.
 */
export const RETENTION_OUTCOMES = [
  'planned',
  'needs-approval',
  'refused',
  'skipped',
  'aborted',
] as const;
export type RetentionOutcome = (typeof RETENTION_OUTCOMES)[number];

export interface RetentionEvaluation {
  readonly outcome: RetentionOutcome;
  /** The gravest reason of an outcome other than `planned`. */
  readonly reason?: Reason<StopCode | PlanGuard | 'zero-match'>;
  /** All guards that a person would have to override, the gravest first. */
  readonly breaches: readonly Reason<PlanGuard>[];
  readonly warnings: readonly Reason<LintCode>[];
  /** One for every tag but Tagward's own, in the order of the inventory. */
  readonly decisions: readonly RetentionDecision[];
  /** Reachable from the tags before the plan and from none that stays; restore tags are not counted. */
  readonly unreachable: readonly Digest[];
}

/**
 * Decides for every tag of a repository whether it may go (retention.md 2.3 steps 5 to 10). Keep is
 * the default (invariant 7): a tag goes only when a rule is about it, no rule keeps it, nothing
 * protects it, nothing that stays refers to it, and a form of deletion is proven that takes nothing
 * else along. Pure; the order of tags, rules and pins changes nothing. No tags give no decisions.
 */
export function evaluateRetention(input: RetentionInput): RetentionEvaluation {
  const { policy, inventory, releases, rules } = input;
  const { members, internal } = splitInternal(inventory, releases, rules);
  if (policy.mode === 'off') return keepEverything(members, 'planned', POLICY_OFF);
  const stop = findStop(input, members.length);
  if (stop !== undefined) {
    const outcome = stop.code === 'stale-in-use-report' ? 'skipped' : 'aborted';
    return { ...keepEverything(members, outcome, stop), reason: stop };
  }
  const { decisions, warnings } = decideAll(members, internal, input);
  const lint = lintInventory(members, input);
  return {
    ...conclude(input, decisions, lint),
    warnings: [...lint, ...warnings],
    decisions,
    unreachable: findUnreachable(inventory, members, decisions),
  };
}

const POLICY_OFF = { code: 'no-rule', text: 'kept: the policy is off' } as const;

/** What no person can approve: the picture that a decision would be based on is not whole. */
function findStop(
  { policy, inventory, inUse, ledgerTagCount, now }: RetentionInput,
  found: number,
): Reason<StopCode> | undefined {
  return (
    findInventoryDrop(policy, { found, known: ledgerTagCount }) ??
    findUnreadable(inventory) ??
    findStaleReport(policy, inUse, now)
  );
}

function keepEverything(
  members: readonly RetentionMember[],
  outcome: RetentionOutcome,
  reason: Reason<StopCode | 'no-rule'>,
): RetentionEvaluation {
  const decisions = members.map(({ tag, digest }): RetentionDecision => {
    return { tag, digest, verdict: 'keep', reasons: [reason] };
  });
  return { outcome, breaches: [], warnings: [], decisions, unreachable: [] };
}

function decideAll(
  members: readonly RetentionMember[],
  internal: RetentionInventory['tags'],
  input: RetentionInput,
): Pick<RetentionEvaluation, 'decisions' | 'warnings'> {
  const protections = protectTags(members, input);
  const { findings, warnings } = applyRules(input.policy.rules, {
    members,
    uncounted: takenOut(protections),
    withdrawn: withdrawnOf(input),
    now: input.now,
  });
  const isKept = ({ tag, class: { kind } }: RetentionMember): boolean =>
    protections.has(tag) || (findings.get(tag)?.some(keeps) ?? kind !== 'dependant');
  const { references, verdicts } = judgeCandidates({
    ...{ members, internal, isKept, roots: neededDigests(input) },
    ...input,
  });
  const decisions = members.map((member) =>
    decide(member, {
      protections: protections.get(member.tag) ?? [],
      parent: references.listed.get(member.digest),
      findings: findings.get(member.tag) ?? [],
      verdict: verdicts.get(member.tag),
    }),
  );
  return { decisions, warnings };
}

function withdrawnOf({ releases }: RetentionInput): ReadonlySet<TagName> {
  return new Set(releases.filter(({ withdrawn }) => withdrawn !== undefined).map(({ tag }) => tag));
}

function neededDigests({ inUse, pins, now }: RetentionInput): ReadonlySet<Digest> {
  const pinned = pins.flatMap((pin) =>
    pin.target.kind === 'digest' && isInForce(pin, now) ? [pin.target.digest] : [],
  );
  return new Set([...pinned, ...inUse.flatMap(({ digests }) => digests)]);
}

/** The gravest finding of all decides the outcome of a whole plan: never the first N of it. */
function conclude(
  { policy }: RetentionInput,
  decisions: readonly RetentionDecision[],
  lint: readonly Reason<LintCode>[],
): Pick<RetentionEvaluation, 'outcome' | 'reason' | 'breaches'> {
  const deletions = decisions.filter(isDeleted).length;
  const breaches = breachedGuards(policy, { deletions, tags: decisions.length });
  const zero = lint.find(({ code }) => code === 'zero-match');
  if (zero !== undefined && policy.mode === 'enforce') {
    return { outcome: 'refused', reason: { code: 'zero-match', text: zero.text }, breaches };
  }
  const [gravest] = breaches;
  if (gravest === undefined) return { outcome: 'planned', breaches };
  return { outcome: 'needs-approval', reason: gravest, breaches };
}

function findUnreachable(
  { manifests }: RetentionInventory,
  members: readonly RetentionMember[],
  decisions: readonly RetentionDecision[],
): readonly Digest[] {
  const staying = decisions.filter((decision) => !isDeleted(decision));
  if (staying.length === decisions.length) return [];
  const after = reachableFrom(staying, manifests);
  const unreachable = new Set<Digest>();
  for (const { digest } of members) if (!after.has(digest)) unreachable.add(digest);
  for (const digest of listedBy(members, manifests).keys()) {
    if (!after.has(digest)) unreachable.add(digest);
  }
  return [...unreachable];
}
