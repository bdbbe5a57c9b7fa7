import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import type { RetentionPolicy } from '../core/retention-policy';
import { JobRunStore } from '../database/job-run.store';
import { UnitOfWork } from '../database/unit-of-work';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { Clock } from '../runtime/clock';
import { Approval } from './approval';
import { RetentionEvaluator } from './retention-evaluator';
import type { RetentionPlanEntity } from './retention-plan.entity';
import { RetentionPlanStore } from './retention-plan.store';
import { RetentionPlanner } from './retention-planner';
import { RetentionRunStore, SCHEDULE_ACTOR } from './retention-run.store';
import { RetentionRunner } from './retention-runner';

const JOB = 'retention';
/** A process that works on a slot says so this often; one that is silent for the limit is dead. */
const RENEW_EVERY_MS = 30_000;
const SILENT_LIMIT_MS = 150_000;
/** How long plans are kept; what was executed of them is kept for ever. */
const KEEP_PLANS_MS = 90 * 86_400_000;

/** The work of a slot of the schedule: every repository that has a policy, once in the cluster. */
@Injectable()
export class RetentionSlots implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionSlots.name);
  private working: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly jobRuns: JobRunStore,
    private readonly repositories: KnownRepositoryStore,
    private readonly evaluator: RetentionEvaluator,
    private readonly planner: RetentionPlanner,
    private readonly approval: Approval,
    private readonly runner: RetentionRunner,
    private readonly plans: RetentionPlanStore,
    private readonly runs: RetentionRunStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.working?.catch(() => undefined);
  }

  /** Begins a slot (UTC milliseconds), or nothing where another process has it. */
  async run(slot: number): Promise<void> {
    await this.working;
    if (this.stopping || !(await this.claim(slot))) return;
    this.working = this.carryOut(slot).finally(() => (this.working = undefined));
    await this.working;
  }

  /** Goes on with a slot that a process left unfinished when it stopped or died. */
  async resume(): Promise<void> {
    if (this.working !== undefined) return;
    const slot = await this.jobRuns.findUnfinished(JOB);
    if (slot !== undefined) await this.run(slot);
  }

  private claim(slot: number): Promise<boolean> {
    return this.jobRuns.claim(JOB, slot, this.clock.now(), SILENT_LIMIT_MS);
  }

  private async carryOut(slot: number): Promise<void> {
    const renewal = setInterval(() => void this.renew(slot), RENEW_EVERY_MS);
    try {
      for (const repository of await this.repositories.listNames()) {
        if (this.stopping) {
          await this.jobRuns.release(JOB, slot);
          return;
        }
        const policy = this.evaluator.findPolicy(repository);
        if (policy === undefined || policy.mode === 'off') continue;
        await this.planAndRun(repository, policy, slot);
      }
      await this.forgetOldPlans();
      await this.jobRuns.finish(JOB, slot, this.clock.now());
    } finally {
      clearInterval(renewal);
    }
  }

  /** A renewal that fails leaves the slot to others, which plan no repository again. */
  private async renew(slot: number): Promise<void> {
    try {
      await this.jobRuns.renew(JOB, slot, this.clock.now());
    } catch (error) {
      this.logger.error({ msg: 'could not renew a retention slot', slot, fault: String(error) });
    }
  }

  /** A plan at a time: a large one has a row for each of a million tags. */
  private async forgetOldPlans(): Promise<void> {
    const old = await this.plans.listForgettable(this.clock.now() - KEEP_PLANS_MS);
    for (const id of old) {
      if (this.stopping) return;
      await this.unitOfWork.run((transaction) => this.plans.forget(transaction, id));
    }
  }

  /** A repository that cannot be planned does not keep the others back. */
  private async planAndRun(
    repository: RepositoryName,
    policy: RetentionPolicy,
    slot: number,
  ): Promise<void> {
    try {
      const { enforced, ...why } = await this.approval.enforcementOf(repository, policy);
      const plan = await this.planOnce(repository, slot);
      if (plan === undefined) return;
      const { id: planId, outcome, reason, planHash } = plan;
      const deletions = (await this.plans.listItems(planId, 'deletions')).length;
      const facts = { repository, planId, outcome, deletions, enforced, ...why, reason };
      if (outcome === 'planned') this.logger.log({ msg: 'made a retention plan', ...facts });
      else this.logger.warn({ msg: 'a retention plan needs a look', ...facts });
      if (!enforced || outcome !== 'planned' || deletions === 0) return;
      await this.runner.execute(planId, planHash, SCHEDULE_ACTOR);
    } catch (error) {
      this.logger.error({ msg: 'could not plan retention', repository, fault: String(error) });
    }
  }

  /** Undefined where the slot's plan is executed already: only the end of the slot was missing. */
  private async planOnce(
    repository: RepositoryName,
    slot: number,
  ): Promise<RetentionPlanEntity | undefined> {
    const known = await this.plans.findLatest(repository);
    const isOfSlot = known?.createdBy === SCHEDULE_ACTOR && known.createdAt >= slot;
    if (!isOfSlot) return this.plans.find(await this.planner.plan(repository, SCHEDULE_ACTOR));
    return (await this.runs.findOfPlan(known.id)) === undefined ? known : undefined;
  }
}
