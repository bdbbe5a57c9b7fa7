import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { SETTINGS, type Settings } from '../config/settings';
import type { RepositoryName } from '../core/names';
import { JobRunStore } from '../database/job-run.store';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { Clock } from '../runtime/clock';
import { RetentionPlanner } from './retention-planner';
import { RetentionRunner } from './retention-runner';
import { RetentionStore } from './retention.store';

const JOB = 'retention';
const ACTOR = 'schedule';
const MINUTE_MS = 60_000;
const TIME_LIMIT_MS = 3_600_000;

/** Plans every repository that has a policy on schedule, and runs the plan where it is enforced. */
@Injectable()
export class RetentionSchedule implements OnApplicationBootstrap {
  private readonly logger = new Logger(RetentionSchedule.name);

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
    private readonly jobRuns: JobRunStore,
    private readonly repositories: KnownRepositoryStore,
    private readonly planner: RetentionPlanner,
    private readonly runner: RetentionRunner,
    private readonly store: RetentionStore,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
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

  /** Once for each slot, however many processes tick; the slot is the minute of the schedule. */
  async runSlot(): Promise<void> {
    const now = this.clock.now();
    const slot = now - (now % MINUTE_MS);
    if (!(await this.jobRuns.claim(JOB, slot, now, TIME_LIMIT_MS))) return;
    for (const repository of await this.repositories.listNames()) {
      const policy = this.planner.findPolicy(repository);
      if (policy === undefined || policy.mode === 'off') continue;
      await this.planAndRun(repository, policy.mode === 'enforce');
    }
    await this.jobRuns.finish(JOB, slot, this.clock.now());
  }

  /** A repository that cannot be planned does not keep the others back. */
  private async planAndRun(repository: RepositoryName, enforce: boolean): Promise<void> {
    try {
      const planId = await this.planner.plan(repository, ACTOR);
      const plan = await this.store.findPlan(planId);
      const deletions = (await this.store.listItems(planId, 'scheduled')).length;
      this.logger.log({ msg: 'made a retention plan', repository, planId, deletions, enforce });
      if (!enforce || plan?.outcome !== 'planned' || deletions === 0) return;
      await this.runner.execute(planId, plan.planHash, ACTOR);
    } catch (error) {
      this.logger.error({ msg: 'could not plan retention', repository, fault: String(error) });
    }
  }
}
