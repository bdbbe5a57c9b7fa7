import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { RepositoryLease } from '../tagging/lease';
import { stepsOf } from './deletion-steps';
import { RetentionExecutor } from './retention-executor';
import type { RetentionItemEntity } from './retention-item.entity';
import type { RetentionPlanEntity } from './retention-plan.entity';
import { RetentionLedger } from './retention-ledger';
import { isUnreadable, RetentionPlanner } from './retention-planner';
import { RetentionStore } from './retention.store';
import type { RunContext } from './run-context';

/** Executes plans, each once, under the repository's lease. */
@Injectable()
export class RetentionRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionRunner.name);
  private readonly running = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly store: RetentionStore,
    private readonly planner: RetentionPlanner,
    private readonly executor: RetentionExecutor,
    private readonly ledger: RetentionLedger,
    private readonly lease: RepositoryLease,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** A run that a crash cut off goes on: it settles what is open, and does what is left. */
  async onApplicationBootstrap(): Promise<void> {
    for (const { id, planId, actor } of await this.store.listRunning()) {
      const plan = await this.store.findPlan(planId);
      if (plan !== undefined) this.runInBackground(plan, id, actor);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  /**
   * Begins the run of a plan and gives its id; the run goes on in the background. Throws
   * `plan-unknown`, `plan-stale` for another hash, `plan-expired` and `plan-not-executable`.
   */
  async execute(planId: number, planHash: string, actor: string): Promise<number> {
    const plan = await this.store.findPlan(planId);
    if (plan === undefined) throw new DomainError('plan-unknown', `there is no plan ${planId}`);
    if (plan.planHash !== planHash) {
      const sentence = `plan ${planId} has another hash than the one in If-Match: read it again`;
      throw new DomainError('plan-stale', sentence);
    }
    if (plan.outcome !== 'planned') {
      const sentence = `plan ${planId} is ${plan.outcome} and lets nothing go`;
      throw new DomainError('plan-not-executable', sentence);
    }
    const now = this.clock.now();
    if (plan.expiresAt <= now) {
      throw new DomainError('plan-expired', `plan ${planId} has expired: compute a new one`);
    }
    const runId = await this.unitOfWork.run((transaction) =>
      this.store.beginRun(transaction, planId, actor, now),
    );
    this.runInBackground(plan, runId, actor);
    return runId;
  }

  private runInBackground(plan: RetentionPlanEntity, runId: number, actor: string): void {
    const run = this.run(plan, runId, actor).finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Never rejects: a run ends as done, as failed, or is left to the next start. */
  private async run(plan: RetentionPlanEntity, runId: number, actor: string): Promise<void> {
    const { id: planId, repository } = plan;
    const facts = { repository, planId, runId, actor };
    try {
      await this.lease.run(repository, (lease) => this.runHeld(plan, { ...facts, lease }));
    } catch (error) {
      await this.recordFailure(facts, error);
    }
  }

  private async runHeld(plan: RetentionPlanEntity, context: RunContext): Promise<void> {
    const { repository, planId, runId, lease } = context;
    await lease.confirm();
    await this.executor.settleOpen(context);
    const policy = this.planner.findPolicy(repository);
    if (policy?.name !== plan.policy || policy.mode === 'off') {
      const sentence = `the policy ${plan.policy} no longer applies to ${repository}`;
      throw new DomainError('policy-missing', sentence);
    }
    const { decisions } = await this.planner.evaluate(repository, policy);
    const items = await this.store.listItems(planId, 'scheduled');
    const open = items.filter(({ state }) => state === 'scheduled' || state === 'intended');
    const { steps, skipped, absent } = stepsOf(open, decisions);
    for (const { tag, reason } of skipped) await this.ledger.skip([tag], reason, context);
    await this.recordAbsent(planId, absent, open);
    for (const step of steps) {
      if (this.stopping) return;
      await this.executor.execute(step, context);
    }
    await this.unitOfWork.run((transaction) =>
      this.store.finishRun(transaction, runId, { status: 'done', reason: null }, this.clock.now()),
    );
    this.logger.log({ msg: 'executed a retention plan', repository, planId, runId });
  }

  /** A tag that this run meant to delete before it was cut off was deleted by it. */
  private async recordAbsent(
    planId: number,
    absent: readonly TagName[],
    items: readonly RetentionItemEntity[],
  ): Promise<void> {
    const intended = new Set(
      items.filter(({ state }) => state === 'intended').map(({ tag }) => tag),
    );
    const own = absent.filter((tag) => intended.has(tag));
    const foreign = absent.filter((tag) => !intended.has(tag));
    await this.unitOfWork.run(async (transaction) => {
      await this.store.setStates(transaction, planId, own, 'pruned');
      await this.store.setStates(transaction, planId, foreign, 'already-absent');
    });
  }

  private async recordFailure(
    { repository, planId, runId }: Omit<RunContext, 'lease'>,
    error: unknown,
  ): Promise<void> {
    const known = error instanceof DomainError || error instanceof RegistryError;
    const text = known ? error.message : 'an internal error; the log has it';
    const reason = { code: known ? error.code : 'internal', text };
    const status = isUnreadable(error) ? 'aborted' : 'failed';
    const stack = error instanceof Error ? error.stack : String(error);
    this.logger.error({
      msg: 'a retention run did not end well',
      status,
      repository,
      runId,
      ...reason,
      stack,
    });
    try {
      await this.unitOfWork.run(async (transaction) => {
        await this.store.failOpenItems(transaction, planId, reason);
        await this.store.finishRun(transaction, runId, { status, reason }, this.clock.now());
      });
    } catch (storeError) {
      // The run stays `running`, and the next start goes on with it.
      this.logger.error({ msg: 'could not record a failed run', runId, fault: String(storeError) });
    }
  }
}
