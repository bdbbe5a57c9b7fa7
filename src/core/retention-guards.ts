import type { Reason } from './decision';
import type { InUseReport } from './in-use';
import type { RetentionInventory } from './inventory';
import { formatAge } from './retention-conditions';
import type { RetentionPolicy } from './retention-policy';

/** A limit that a person may override, the gravest first (retention.md 2.4). */
export const PLAN_GUARDS = [
  'max-delete',
  'max-delete-percent',
  'min-remaining',
  'approve-above',
] as const;
export type PlanGuard = (typeof PLAN_GUARDS)[number];

export interface PlanSize {
  /** Tags that the plan deletes. */
  readonly deletions: number;
  /** All tags of the repository but Tagward's own. */
  readonly tags: number;
}

/** The limits that a plan breaches, the gravest first; none for a plan that deletes nothing. */
export function breachedGuards(
  { guards }: RetentionPolicy,
  { deletions, tags }: PlanSize,
): readonly Reason<PlanGuard>[] {
  if (deletions === 0) return [];
  const { maxDelete, maxDeletePercent, minRemaining, approveAbove } = guards;
  const breaches: Reason<PlanGuard>[] = [];
  const breach = (code: PlanGuard, text: string): void => void breaches.push({ code, text });
  if (maxDelete !== undefined && deletions > maxDelete) {
    breach('max-delete', `it deletes ${deletions} tags, and maxDelete is ${maxDelete}`);
  }
  if (maxDeletePercent !== undefined && deletions * 100 > tags * maxDeletePercent) {
    const text = `it deletes ${deletions} of ${tags} tags, and maxDeletePercent is ${maxDeletePercent}`;
    breach('max-delete-percent', text);
  }
  if (minRemaining !== undefined && tags - deletions < minRemaining) {
    const text = `it leaves ${tags - deletions} tags, and minRemaining is ${minRemaining}`;
    breach('min-remaining', text);
  }
  if (approveAbove !== undefined && deletions > approveAbove) {
    breach('approve-above', `it deletes ${deletions} tags, and approveAbove is ${approveAbove}`);
  }
  return breaches;
}

/** Where the policy says nothing: a partial list is noticed, one tag that somebody deleted is not. */
const DEFAULT_DROP = { percent: 10, atLeast: 5 };

/**
 * Whether far fewer tags were found than the ledger knows, as when a page of a list got lost (P21).
 * `known` is the number of tags that the ledger knows now; undefined when there is no ledger.
 */
export function findInventoryDrop(
  { guards }: RetentionPolicy,
  { found, known }: { readonly found: number; readonly known: number | undefined },
): Reason<'inventory-drop'> | undefined {
  if (known === undefined) return undefined;
  const percent = guards.maxInventoryDropPercent;
  const limit = percent === undefined ? DEFAULT_DROP : { percent, atLeast: 1 };
  const missing = known - found;
  if (missing < limit.atLeast || missing * 100 <= known * limit.percent) return undefined;
  const text = `the registry lists ${found} tags, the ledger knows ${known}: more than ${limit.percent} % are missing`;
  return { code: 'inventory-drop', text };
}

/** Names one manifest that cannot be read, the first by digest. */
export function findUnreadable({
  manifests,
}: RetentionInventory): Reason<'unreadable-manifest'> | undefined {
  const unreadable = Array.from(manifests).flatMap(([digest, links]) =>
    links.unreadable === true ? [digest] : [],
  );
  const [first] = unreadable.sort();
  if (first === undefined) return undefined;
  const text = `the manifest ${first} cannot be read, so nothing may be pruned`;
  return { code: 'unreadable-manifest', text };
}

/** A reporter that is late may run anything by now; where nobody ever reported, nobody knows (P13). */
export function findStaleReport(
  { protect }: RetentionPolicy,
  reports: readonly InUseReport[],
  now: number,
): Reason<'stale-in-use-report'> | undefined {
  const { maxReportAgeMs } = protect;
  if (maxReportAgeMs === undefined) return undefined;
  if (reports.length === 0) {
    const text = 'nobody has reported what is in use: PUT /api/v1/in-use/{reporter}';
    return { code: 'stale-in-use-report', text };
  }
  const stale = reports.filter(({ reportedAt }) => now - reportedAt > maxReportAgeMs);
  const [first] = stale.map(({ reporter }) => reporter).sort();
  if (first === undefined) return undefined;
  const text = `the last in-use report of ${first} is older than ${formatAge(maxReportAgeMs)}`;
  return { code: 'stale-in-use-report', text };
}
