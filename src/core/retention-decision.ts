import type { Reason } from './decision';
import type { BlockCode, DeleteForm } from './deletion';
import type { Digest, TagName } from './names';
import type { RetentionMember } from './retention-member';
import type { ProtectionCode } from './retention-protector';
import { type CandidateVerdict, childOf } from './retention-reach';
import { keeps, type RuleFinding } from './retention-rules';

export type RetentionVerdict = 'keep' | 'delete' | 'blocked';

type RetentionReasonCode =
  | ProtectionCode
  | StopCode
  | BlockCode
  | RuleFinding['reason']['code']
  | 'referenced'
  | 'follows-subject'
  | 'subject-gone'
  | 'no-rule';

export interface RetentionDecision {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly verdict: RetentionVerdict;
  /** How the tag is deleted; only with `delete`. */
  readonly form?: DeleteForm;
  /** The rule that decided, where one did. */
  readonly rule?: string;
  /** Never empty. */
  readonly reasons: readonly Reason<RetentionReasonCode>[];
}

/** Why nothing may be deleted now, whoever asks. */
export type StopCode = 'inventory-drop' | 'unreadable-manifest' | 'stale-in-use-report';

/** Everything that was found out about one tag. */
export interface Evidence {
  readonly protections: readonly Reason<ProtectionCode>[];
  /** A tag that stays and whose index lists the digest. */
  readonly parent: string | undefined;
  readonly findings: readonly RuleFinding[];
  /** Only where nothing of the above keeps it. */
  readonly verdict: CandidateVerdict | undefined;
}

/** The verdict on a tag, with every reason that speaks for it. */
export function decide(member: RetentionMember, evidence: Evidence): RetentionDecision {
  const { verdict, findings } = evidence;
  const kept = keepReasons(member, evidence);
  const isKept = kept.length > 0;
  const rule = findings.find((finding) => !isKept || keeps(finding))?.rule;
  if (isKept || verdict === undefined || verdict.verdict === 'keep') {
    return toDecision(member, rule, 'keep', kept);
  }
  if (verdict.verdict === 'blocked') return toDecision(member, rule, 'blocked', verdict.reasons);
  const reasons = findings.length === 0 ? [SUBJECT_GONE] : distinct(findings);
  return toDeletion(member, rule, verdict.form, reasons);
}

/** Name by name, here and below: a repository may have a million of them. */
function toDecision(
  { tag, digest }: RetentionMember,
  rule: string | undefined,
  verdict: 'keep' | 'blocked',
  reasons: RetentionDecision['reasons'],
): RetentionDecision {
  if (rule === undefined) return { tag, digest, verdict, reasons };
  return { tag, digest, rule, verdict, reasons };
}

function toDeletion(
  { tag, digest }: RetentionMember,
  rule: string | undefined,
  form: DeleteForm,
  reasons: RetentionDecision['reasons'],
): RetentionDecision {
  if (rule === undefined) return { tag, digest, verdict: 'delete', form, reasons };
  return { tag, digest, rule, verdict: 'delete', form, reasons };
}

const SUBJECT_GONE = {
  code: 'subject-gone',
  text: 'deleted: what it describes is gone',
} as const;
const NO_RULE = { code: 'no-rule', text: 'kept: no rule is about it' } as const;

function keepReasons(
  { class: { kind } }: RetentionMember,
  { protections, parent, findings, verdict }: Evidence,
): RetentionDecision['reasons'] {
  const reasons: Reason<RetentionReasonCode>[] = protections.slice();
  if (parent !== undefined && kind !== 'moving') reasons.push(childOf(parent));
  for (const finding of findings) if (keeps(finding)) reasons.push(finding.reason);
  const isRuled = findings.length > 0 || kind === 'moving' || kind === 'dependant';
  if (!isRuled && !protections.some(takesOut)) reasons.push(NO_RULE);
  if (verdict?.verdict === 'keep' && verdict.reason.code !== 'referenced') {
    reasons.push(verdict.reason);
  }
  return reasons;
}

/** Two rules that let a tag go for the same reason give it once. */
function distinct(findings: readonly RuleFinding[]): RetentionDecision['reasons'] {
  if (findings.length === 1) return findings.map(({ reason }) => reason);
  return [...new Map(findings.map(({ reason }) => [reason.text, reason])).values()];
}

/** Pins and protected names use no budget; every other protected tag is counted where it stands. */
export function takenOut(
  protections: ReadonlyMap<TagName, readonly Reason<ProtectionCode>[]>,
): ReadonlySet<TagName> {
  const uncounted = new Set<TagName>();
  for (const [tag, reasons] of protections) {
    if (reasons.some(takesOut)) uncounted.add(tag);
  }
  return uncounted;
}

function takesOut({ code }: Reason<ProtectionCode>): boolean {
  return code === 'pinned' || code === 'protected-name';
}

export function isDeleted({ verdict }: Pick<RetentionDecision, 'verdict'>): boolean {
  return verdict === 'delete';
}
