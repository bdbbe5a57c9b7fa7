import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { SETTINGS, type Settings } from '../config/settings';
import { repositorySettingsFor } from '../config/repository-settings';
import { JobRunStore } from '../database/job-run.store';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { Clock } from '../runtime/clock';
import { ReconcileQueue } from './reconcile-queue';

const JOB = 'sweep';

/** The periodic reconcile of all: it repairs what lost webhooks left, and finds drift. */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Sweep.name);

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
    private readonly jobRuns: JobRunStore,
    private readonly repositories: KnownRepositoryStore,
    private readonly queue: ReconcileQueue,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const every = this.settings.sweepEveryMs;
    const timer = setInterval(() => void this.tick(), every);
    this.scheduler.addInterval(JOB, timer);
    await this.queueAll();
  }

  onApplicationShutdown(): void {
    if (this.scheduler.doesExist('interval', JOB)) this.scheduler.deleteInterval(JOB);
  }

  /** A tick that fails is reported and not repeated: the next one looks at everything anyway. */
  private async tick(): Promise<void> {
    try {
      await this.sweepSlot();
    } catch (error) {
      this.logger.error({ msg: 'the sweep could not start', fault: String(error) });
    }
  }

  /** One sweep for each slot of the interval, however many processes tick. */
  async sweepSlot(): Promise<void> {
    const every = this.settings.sweepEveryMs;
    const now = this.clock.now();
    const slot = now - (now % every);
    if (!(await this.jobRuns.claim(JOB, slot, now, every))) return;
    await this.queueAll();
    await this.jobRuns.finish(JOB, slot, this.clock.now());
  }

  /** Queues every known repository that the configuration still names. */
  private async queueAll(): Promise<void> {
    for (const repository of await this.repositories.listNames()) {
      if (repositorySettingsFor(this.settings, repository) === undefined) continue;
      this.queue.add(repository, { full: true });
    }
  }
}
