import { setTimeout as wait } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { nextTryAfterMs } from '../core/backoff';
import { DomainError } from '../core/domain-error';
import type { TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import { RepositoryLease } from '../tagging/lease';
import { Approval } from './approval';
import type { RetentionPlanEntity } from './retention-plan.entity';
import { RetentionPlanStore } from './retention-plan.store';
import { isUnreadable } from './retention-planner';
import type { RetentionRunEntity } from './retention-run.entity';
import { type Overrides, RetentionRunStore } from './retention-run.store';
import { type RunEnd, RunWork } from './run-work';

/** Executes plans, each once, under the repository's lease, when their notice is over. */
@Injectable()
export class RetentionRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionRunner.name);
  private readonly running = new Map<number, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly plans: RetentionPlanStore,
    private readonly runs: RetentionRunStore,
    private readonly approval: Approval,
    private readonly work: RunWork,
    private readonly lease: RepositoryLease,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** A run that a crash cut off goes on: it settles what is open, and does what is left. */
  async onApplicationBootstrap(): Promise<void> {
    await this.runDue();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running.values());
  }

  /**
   * Begins the run of a plan and gives its id; the run goes on in the background, at the end of the
   * plan's notice. Throws `plan-unknown`, `plan-stale` for another hash, `plan-expired`,
   * `approval-missing` and `plan-not-executable`.
   */
  async execute(
    planId: number,
    planHash: string,
    actor: string,
    overrides: Overrides | null = null,
  ): Promise<number> {
    const plan = await this.approval.check(planId, planHash, overrides);
    const now = this.clock.now();
    const runId = await this.unitOfWork.run((transaction) =>
      this.runs.begin(transaction, plan, { actor, overrides, now }),
    );
    await this.runDue();
    return runId;
  }

  /**
   * Keeps deletions from happening that have not happened yet: those named, or all. Waits for what
   * is under way. Throws `run-unknown`, and `conflict` when nothing of it is left to cancel.
   */
  async cancel(
    runId: number,
    tags: readonly TagName[] | undefined,
    { by, reason }: { readonly by: string; readonly reason: string },
  ): Promise<void> {
    const run = await this.runs.find(runId);
    const plan = run && (await this.plans.find(run.planId));
    if (plan === undefined)
      throw new DomainError('run-unknown', `there is no retention run ${runId}`);
    const why = { code: 'cancelled', text: `skipped: cancelled by ${by}: ${reason}` };
    const cancelled = await this.lease.run(plan.repository, async (lease) => {
      await lease.confirm();
      return this.unitOfWork.run((transaction) =>
        this.runs.cancel(transaction, plan.id, tags, why),
      );
    });
    if (cancelled.length > 0) return;
    throw new DomainError('conflict', `run ${runId} has no such deletion left to cancel`);
  }

  /** Goes on with every run that is not under way here and whose notice is over. */
  async runDue(): Promise<void> {
    for (const run of await this.runs.listRunning()) {
      if (this.running.has(run.id) || this.stopping.signal.aborted) continue;
      const plan = await this.plans.find(run.planId);
      if (plan === undefined || plan.dueAt > this.clock.now() || this.running.has(run.id)) continue;
      const ended = this.run(plan, run).finally(() => this.running.delete(run.id));
      this.running.set(run.id, ended);
    }
  }

  /** Never rejects: a run ends, or is left to the next start. */
  private async run(plan: RetentionPlanEntity, run: RetentionRunEntity): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        const end = await this.runOnce(plan, run);
        if (end !== undefined) await this.finish(plan, run, end);
        return;
      } catch (error) {
        const waitMs = waitAfter(error, tries);
        if (waitMs === undefined) {
          await this.recordFailure(plan, run, error);
          return;
        }
        const { repository } = plan;
        const fault = String(error);
        this.logger.warn({
          msg: 'a retention run waits',
          repository,
          runId: run.id,
          waitMs,
          fault,
        });
        if (!(await this.waited(waitMs))) return;
      }
    }
  }

  private runOnce(
    plan: RetentionPlanEntity,
    { id: runId, actor, overrides }: RetentionRunEntity,
  ): Promise<RunEnd | undefined> {
    const { id: planId, repository } = plan;
    const facts = { repository, planId, runId, actor, overrides: this.approval.read(overrides) };
    return this.lease.run(repository, async (lease) => {
      const current = await this.runs.find(runId);
      if (current?.status !== 'running') return undefined;
      return this.work.carryOut(plan, { ...facts, lease }, () => this.stopping.signal.aborted);
    });
  }

  /** False when the service stops meanwhile. */
  private async waited(ms: number): Promise<boolean> {
    try {
      await wait(ms, undefined, { signal: this.stopping.signal });
      return true;
    } catch {
      // Aborted: the next start goes on with the run.
      return false;
    }
  }

  private async finish(
    { id: planId }: RetentionPlanEntity,
    { id: runId }: RetentionRunEntity,
    end: RunEnd,
  ): Promise<void> {
    const reason = end.reason ?? { code: end.status, text: `the run ended as ${end.status}` };
    await this.unitOfWork.run(async (transaction) => {
      const state = end.status === 'failed' ? 'failed' : 'skipped';
      await this.runs.closeOpenItems(transaction, planId, state, reason);
      await this.runs.finish(transaction, runId, end, this.clock.now());
    });
    this.metrics.retentionRuns.inc({ result: end.status });
    if (end.status === 'done') {
      this.metrics.retentionLastSuccess.set(this.clock.now() / 1_000);
      return;
    }
    this.logger.warn({ msg: 'a retention run did not end as done', planId, runId, ...end });
  }

  private async recordFailure(
    plan: RetentionPlanEntity,
    run: RetentionRunEntity,
    error: unknown,
  ): Promise<void> {
    const known = error instanceof DomainError || error instanceof RegistryError;
    const text = known ? error.message : 'an internal error; the log has it';
    const reason = { code: known ? error.code : 'internal', text };
    const status = isUnreadable(error) ? 'aborted' : 'failed';
    const stack = error instanceof Error ? error.stack : String(error);
    this.logger.error({ msg: 'a retention run did not end well', runId: run.id, ...reason, stack });
    try {
      await this.finish(plan, run, { status, reason });
    } catch (storeError) {
      // The run stays `running`, and the next start goes on with it.
      this.logger.error({
        msg: 'could not record a run',
        runId: run.id,
        fault: String(storeError),
      });
    }
  }
}

/** Milliseconds until the next try; undefined when trying again cannot help. */
function waitAfter(error: unknown, tries: number): number | undefined {
  if (!(error instanceof DomainError || error instanceof RegistryError)) return undefined;
  const retryAfterMs = error instanceof RegistryError ? error.retryAfterMs : undefined;
  return nextTryAfterMs({
    tries,
    retryable: error.retryable,
    // Somebody deleted it in a moment when it was needed: a fresh look shows what is left.
    missingManifest: error.code === 'manifest-unknown',
    retryAfterMs,
    random: Math.random(),
  });
}
