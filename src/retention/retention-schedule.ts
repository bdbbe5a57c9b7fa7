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
import { Clock } from '../runtime/clock';
import { RestoreReleases } from './restore-releases';
import { RetentionRunner } from './retention-runner';
import { RetentionSlots } from './retention-slots';

const JOB = 'retention';
const DUE_JOB = 'retention-due';
const MINUTE_MS = 60_000;
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
    private readonly slots: RetentionSlots,
    private readonly runner: RetentionRunner,
    private readonly releases: RestoreReleases,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const look = setInterval(() => void this.lookForWork(), LOOK_EVERY_MS).unref();
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

  private async lookForWork(): Promise<void> {
    await Promise.all([this.lookForDue(), this.resumeSlot()]);
  }

  /** Never rejects. */
  private async resumeSlot(): Promise<void> {
    try {
      await this.slots.resume();
    } catch (error) {
      this.logger.error({ msg: 'could not resume a slot', fault: String(error) });
    }
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
    await this.slots.run(now - (now % MINUTE_MS));
  }
}
