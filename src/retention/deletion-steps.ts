import type { Reason } from '../core/decision';
import type { DeleteForm } from '../core/deletion';
import { groupBy } from '../core/group-by';
import type { Digest, TagName } from '../core/names';
import type { RetentionDecision } from '../core/retention-decision';

/** More tags than this do not stand on a dummy at the same time. */
const DUMMY_BATCH = 20;

export interface PlannedDeletion {
  readonly tag: TagName;
  readonly digest: Digest;
}

/** One request that deletes: a tag, or a manifest with all of its tags. */
export interface SingleStep {
  readonly form: Exclude<DeleteForm, 'batch-dummy'>;
  readonly digest: Digest;
  readonly tags: readonly TagName[];
  /** Tags on the same digest that stay: the tag form must leave them. */
  readonly siblings: readonly TagName[];
}

/** Tags of any digests that go together by one dummy. */
export interface DummyStep {
  readonly form: 'batch-dummy';
  readonly targets: readonly PlannedDeletion[];
  /** Tags that stay, by the digest that they share with a target. */
  readonly siblings: ReadonlyMap<Digest, readonly TagName[]>;
}

export type DeletionStep = SingleStep | DummyStep;

export interface RunSteps {
  readonly steps: readonly DeletionStep[];
  /** Planned, but not to be deleted any more. */
  readonly skipped: readonly { readonly tag: TagName; readonly reason: Reason<string> }[];
  readonly absent: readonly TagName[];
  /** Digests that no tag is left on when all steps are done. */
  readonly losing: ReadonlySet<Digest>;
}

/**
 * What a run does: the plan where a fresh evaluation agrees with it, so that it may shrink and
 * never grow (P28). `moved` names tags that moved in between. Under the digest form a manifest goes only when all of its tags were planned.
 */
export function stepsOf(
  planned: readonly PlannedDeletion[],
  fresh: readonly RetentionDecision[],
  moved: ReadonlySet<string> = new Set(),
): RunSteps {
  const decisions = new Map(fresh.map((decision) => [decision.tag, decision]));
  const plannedDigests = new Map(planned.map(({ tag, digest }) => [tag, digest]));
  const goes: Goes = ({ tag, digest, verdict }) =>
    verdict === 'delete' && plannedDigests.get(tag) === digest && !moved.has(tag);
  const byDigest = groupBy(fresh, ({ digest }) => digest);
  const steps = new Map<string, SingleStep>();
  const byDummy: PlannedDeletion[] = [];
  const skipped: { tag: TagName; reason: Reason<string> }[] = [];
  const absent: TagName[] = [];
  for (const deletion of planned) {
    const decision = decisions.get(deletion.tag);
    if (decision === undefined) {
      absent.push(deletion.tag);
      continue;
    }
    const onDigest = byDigest.get(decision.digest) ?? [];
    const reason = moved.has(deletion.tag)
      ? { code: 'moved', text: `skipped: ${deletion.tag} moved after the plan` }
      : reasonToSkip(deletion, decision, onDigest, goes);
    if (reason !== undefined) {
      skipped.push({ tag: deletion.tag, reason });
      continue;
    }
    if (decision.form === 'batch-dummy') {
      byDummy.push(deletion);
      continue;
    }
    const step = toStep(decision, decision.form ?? 'tag', onDigest, goes);
    steps.set(step.form === 'digest' ? step.digest : deletion.tag, step);
  }
  const dummies = dummySteps(byDummy, byDigest, goes);
  const losing = new Set<Digest>();
  for (const [digest, onDigest] of byDigest) if (onDigest.every(goes)) losing.add(digest);
  return { steps: [...steps.values(), ...dummies], skipped, absent, losing };
}

function dummySteps(
  targets: readonly PlannedDeletion[],
  byDigest: ReadonlyMap<Digest, readonly RetentionDecision[]>,
  goes: Goes,
): readonly DummyStep[] {
  const steps: DummyStep[] = [];
  for (let start = 0; start < targets.length; start += DUMMY_BATCH) {
    const some = targets.slice(start, start + DUMMY_BATCH);
    const siblings = some.map(({ digest }) => {
      const staying = (byDigest.get(digest) ?? []).filter((decision) => !goes(decision));
      return [digest, staying.map(({ tag }) => tag)] as const;
    });
    steps.push({ form: 'batch-dummy', targets: some, siblings: new Map(siblings) });
  }
  return steps;
}

/** Whether the run deletes a tag: it was planned on this digest, and may still go. */
type Goes = (decision: RetentionDecision) => boolean;

function reasonToSkip(
  planned: PlannedDeletion,
  fresh: RetentionDecision,
  onDigest: readonly RetentionDecision[],
  goes: Goes,
): Reason<string> | undefined {
  if (fresh.digest !== planned.digest) {
    const text = `skipped: ${planned.tag} moved to ${fresh.digest} after the plan`;
    return { code: 'moved', text };
  }
  if (fresh.verdict !== 'delete') {
    const why = fresh.reasons.map(({ text }) => text).join('; ');
    return { code: 'protected', text: `skipped: ${why}` };
  }
  const unplanned = onDigest.find((sibling) => !goes(sibling));
  if (fresh.form !== 'digest' || unplanned === undefined) return undefined;
  const text = `skipped: ${unplanned.tag} came to its digest after the plan`;
  return { code: 'protected', text };
}

function toStep(
  { tag, digest }: RetentionDecision,
  form: SingleStep['form'],
  onDigest: readonly RetentionDecision[],
  goes: Goes,
): SingleStep {
  if (form === 'digest') {
    return { form, digest, tags: onDigest.map((sibling) => sibling.tag), siblings: [] };
  }
  const siblings = onDigest.filter((sibling) => !goes(sibling));
  return { form, digest, tags: [tag], siblings: siblings.map((sibling) => sibling.tag) };
}
