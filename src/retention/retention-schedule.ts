import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { SETTINGS, type Settings } from '../config/settings';
import type { RepositoryName } from '../core/names';
import type { RetentionPolicy } from '../core/retention-policy';
import { JobRunStore } from '../database/job-run.store';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { Clock } from '../runtime/clock';
import { Approval } from './approval';
import { RestoreReleases } from './restore-releases';
import { RetentionEvaluator } from './retention-evaluator';
import { RetentionPlanStore } from './retention-plan.store';
import { RetentionPlanner } from './retention-planner';
import { SCHEDULE_ACTOR } from './retention-run.store';
import { RetentionRunner } from './retention-runner';

const JOB = 'retention';
const DUE_JOB = 'retention-due';
const MINUTE_MS = 60_000;
const TIME_LIMIT_MS = 3_600_000;
/** How late a notice or a window may end. */
const LOOK_EVERY_MS = 5_000;

/** Plans every repository that has a policy on schedule, and carries out what has become due. */
@Injectable()
export class RetentionSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionSchedule.name);
  private looking = Promise.resolve();
  private stopping = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
    private readonly jobRuns: JobRunStore,
    private readonly repositories: KnownRepositoryStore,
    private readonly evaluator: RetentionEvaluator,
    private readonly planner: RetentionPlanner,
    private readonly approval: Approval,
    private readonly runner: RetentionRunner,
    private readonly releases: RestoreReleases,
    private readonly plans: RetentionPlanStore,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const look = setInterval(() => void this.lookForDue(), LOOK_EVERY_MS).unref();
    this.scheduler.addInterval(DUE_JOB, look);
    const { schedule } = this.settings.retention;
    if (schedule === undefined) return;
    const job = CronJob.from({
      cronTime: schedule,
      timeZone: 'UTC',
      onTick: () => this.runSlot(),
      errorHandler: (error) => {
        this.logger.error({ msg: 'the retention job failed', fault: String(error) });
      },
    });
    this.scheduler.addCronJob(JOB, job);
    job.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.looking;
  }

  /** Runs whose notice is over, and restore tags whose window is; one look after another. */
  async lookForDue(): Promise<void> {
    this.looking = this.looking.then(() => this.look());
    await this.looking;
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    if (this.stopping) return;
    try {
      await this.runner.runDue();
      await this.releases.releaseDue(() => this.stopping);
    } catch (error) {
      this.logger.error({ msg: 'could not look for what is due', fault: String(error) });
    }
  }

  /** Once for each slot, however many processes tick; the slot is the minute of the schedule. */
  async runSlot(): Promise<void> {
    const now = this.clock.now();
    const slot = now - (now % MINUTE_MS);
    if (!(await this.jobRuns.claim(JOB, slot, now, TIME_LIMIT_MS))) return;
    for (const repository of await this.repositories.listNames()) {
      const policy = this.evaluator.findPolicy(repository);
      if (policy === undefined || policy.mode === 'off' || this.stopping) continue;
      await this.planAndRun(repository, policy);
    }
    await this.jobRuns.finish(JOB, slot, this.clock.now());
  }

  /** A repository that cannot be planned does not keep the others back. */
  private async planAndRun(repository: RepositoryName, policy: RetentionPolicy): Promise<void> {
    try {
      const { enforced, ...why } = await this.approval.enforcementOf(repository, policy);
      const planId = await this.planner.plan(repository, SCHEDULE_ACTOR);
      const plan = await this.plans.find(planId);
      if (plan === undefined) return;
      const deletions = (await this.plans.listItems(planId, 'deletions')).length;
      const { outcome, reason } = plan;
      const facts = { repository, planId, outcome, deletions, enforced, ...why, reason };
      if (outcome === 'planned') this.logger.log({ msg: 'made a retention plan', ...facts });
      else this.logger.warn({ msg: 'a retention plan needs a look', ...facts });
      if (!enforced || outcome !== 'planned' || deletions === 0) return;
      await this.runner.execute(planId, plan.planHash, SCHEDULE_ACTOR);
    } catch (error) {
      this.logger.error({ msg: 'could not plan retention', repository, fault: String(error) });
    }
  }
}
