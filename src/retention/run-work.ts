import { Injectable, Logger } from '@nestjs/common';
import type { Reason } from '../core/decision';
import { DomainError } from '../core/domain-error';
import { isInternalTag } from '../core/internal-tags';
import { isMovingTagShape } from '../core/moving-tags';
import type { RepositoryName } from '../core/names';
import { breachedGuards } from '../core/retention-guards';
import type { RetentionPolicy } from '../core/retention-policy';
import { UnitOfWork } from '../database/unit-of-work';
import { ImageRegistry } from '../registry/image-registry';
import { Clock } from '../runtime/clock';
import { type RunSteps, stepsOf } from './deletion-steps';
import type { InventoryOptions } from './inventory-taker';
import { runPaced } from './paced';
import { RegistryPace } from './registry-pace';
import { type FreshEvaluation, RetentionEvaluator } from './retention-evaluator';
import { RetentionExecutor } from './retention-executor';
import type { RetentionItemEntity } from './retention-item.entity';
import { RetentionLedger } from './retention-ledger';
import type { RetentionPlanEntity } from './retention-plan.entity';
import { RetentionPlanStore } from './retention-plan.store';
import type { RetentionRunStatus } from './retention-run.entity';
import { type Overrides, RetentionRunStore } from './retention-run.store';
import type { RunContext } from './run-context';

export interface RunEnd {
  readonly status: Exclude<RetentionRunStatus, 'running'>;
  readonly reason: Reason<string> | null;
}

/** Carries out one run under the lease: plan ∩ fresh evaluation, step by step (retention.md 2.3). */
@Injectable()
export class RunWork {
  private readonly logger = new Logger(RunWork.name);

  constructor(
    private readonly evaluator: RetentionEvaluator,
    private readonly executor: RetentionExecutor,
    private readonly ledger: RetentionLedger,
    private readonly registry: ImageRegistry,
    private readonly pace: RegistryPace,
    private readonly plans: RetentionPlanStore,
    private readonly runs: RetentionRunStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Settles what an earlier try left open and does what is left. Gives undefined when `isStopping`
   * interrupted it: the run goes on later. Throws what leaves its outcome open.
   */
  async carryOut(
    plan: RetentionPlanEntity,
    facts: Omit<RunContext, 'restore'> & { readonly overrides: Overrides | null },
    isStopping: () => boolean,
  ): Promise<RunEnd | undefined> {
    const { repository } = facts;
    await facts.lease.confirm();
    await this.executor.settleOpen(facts);
    const policy = this.policyOf(plan);
    const items = await this.plans.listItems(plan.id, 'deletions');
    const open = items.filter(({ state }) => state === 'scheduled' || state === 'intended');
    const fresh = await this.evaluateFresh(plan, policy, open);
    if (fresh.outcome !== 'planned' && fresh.outcome !== 'needs-approval') {
      return { status: fresh.outcome, reason: fresh.reason ?? null };
    }
    const steps = stepsOf(open, fresh.decisions, movedSince(fresh, plan.createdAt));
    const breach = this.findBreach(policy, fresh, steps, facts.overrides);
    if (breach !== undefined) return { status: 'needs-approval', reason: breach };
    for (const { tag, reason } of steps.skipped) await this.ledger.skip([tag], reason, facts);
    await this.recordAbsent(steps.absent, open, facts);
    const context = { ...facts, restore: this.restoreTermsOf(policy, steps) };
    const end = await this.execute(steps, context, policy, isStopping);
    if (end !== undefined) this.logger.log({ msg: 'a retention run ended', repository, ...end });
    return end;
  }

  private policyOf({ repository, policy: name }: RetentionPlanEntity): RetentionPolicy {
    const policy = this.evaluator.findPolicy(repository);
    if (policy?.name === name && policy.mode !== 'off') return policy;
    const sentence = `the policy ${name} no longer applies to ${repository}`;
    throw new DomainError('policy-missing', sentence);
  }

  /** Proves first that deleting a tag takes nothing else along: that decides the forms (P18). */
  private async evaluateFresh(
    { repository }: RetentionPlanEntity,
    policy: RetentionPolicy,
    open: readonly RetentionItemEntity[],
  ): Promise<FreshEvaluation> {
    await this.registry.proveTagDelete(repository);
    const now = this.clock.now();
    const lookAt = this.neededLooks(repository, open);
    let fresh = await this.evaluator.evaluate(repository, policy, now, lookAt);
    // A digest takes every tag along: it goes only on a look at all of them.
    if (fresh.decisions.some(({ form }) => form === 'digest')) {
      fresh = await this.evaluator.evaluate(repository, policy, now);
    }
    const internal = fresh.tags.map(({ tag }) => tag).filter(isInternalTag);
    await this.registry.dropScratch(repository, internal);
    return fresh;
  }

  /** Whatever goes is looked at with what shares its digest, and every moving tag (P22). */
  private neededLooks(
    repository: RepositoryName,
    open: readonly RetentionItemEntity[],
  ): NonNullable<InventoryOptions['lookAt']> {
    const rules = this.evaluator.rulesOf(repository);
    const tags = new Set(open.map(({ tag }) => tag));
    const digests = new Set(open.map(({ digest }) => digest));
    return (tag, recorded) =>
      tags.has(tag) || digests.has(recorded) || isMovingTagShape(tag, rules);
  }

  /** A plan may shrink until it is executed; where the rest of the repository did, a guard may speak. */
  private findBreach(
    policy: RetentionPolicy,
    { decisions }: FreshEvaluation,
    { steps }: RunSteps,
    overrides: Overrides | null,
  ): Reason<string> | undefined {
    const deletions = steps.reduce((count, step) => count + sizeOf(step), 0);
    const overridden = new Set(['approve-above', ...(overrides?.guards ?? [])]);
    const breaches = breachedGuards(policy, { deletions, tags: decisions.length });
    return breaches.find(({ code }) => !overridden.has(code));
  }

  private restoreTermsOf(
    { deletion }: RetentionPolicy,
    { losing }: RunSteps,
  ): RunContext['restore'] {
    if (deletion.restoreWindowMs === 0) return undefined;
    const untilAt = this.clock.now() + deletion.restoreWindowMs;
    return { untilAt, losing: deletion.restoreTags ? losing : new Set(), secured: new Map() };
  }

  private async execute(
    { steps }: RunSteps,
    context: RunContext,
    { execution }: RetentionPolicy,
    isStopping: () => boolean,
  ): Promise<RunEnd | undefined> {
    let refused = 0;
    await runPaced(steps, execution.concurrency, async (step) => {
      await this.pace.turn(context.repository, execution.perSecond);
      if (isStopping()) return 'stop';
      if ((await this.executor.execute(step, context)) === 'refused') refused += 1;
      return refused === execution.stopAfterErrors ? 'stop' : 'go-on';
    });
    if (isStopping()) return undefined;
    if (refused !== execution.stopAfterErrors) return { status: 'done', reason: null };
    const text = `the registry refused ${refused} deletions, and stopAfterErrors is ${refused}`;
    return { status: 'failed', reason: { code: 'stop-after-errors', text } };
  }

  /** A tag that this run meant to delete before it was cut off was deleted by it. */
  private async recordAbsent(
    absent: RunSteps['absent'],
    items: readonly RetentionItemEntity[],
    { planId, repository }: Pick<RunContext, 'planId' | 'repository'>,
  ): Promise<void> {
    const intended = new Set(
      items.filter(({ state }) => state === 'intended').map(({ tag }) => tag),
    );
    const own = absent.filter((tag) => intended.has(tag));
    await this.unitOfWork.run((transaction) =>
      this.runs.setStates(transaction, planId, own, 'pruned'),
    );
    const foreign = absent.filter((tag) => !intended.has(tag));
    await this.ledger.recordAbsent(foreign, { planId, repository });
  }
}

function sizeOf(step: RunSteps['steps'][number]): number {
  return step.form === 'batch-dummy' ? step.targets.length : step.tags.length;
}

/** Tags that moved after a time, be it there and back: a move cancels what was planned for its tag. */
function movedSince({ tags }: FreshEvaluation, time: number): ReadonlySet<string> {
  const moved = tags.filter(({ lastMoved }) => lastMoved !== null && lastMoved > time);
  return new Set(moved.map(({ tag }) => tag));
}
