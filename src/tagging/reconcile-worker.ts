import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { MoveStore } from '../history/move.store';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { HoldStore } from './hold.store';
import { Inbox } from './inbox';
import { Reconciler } from './reconciler';
import { ReconcileQueue, type ReconcileRequest } from './reconcile-queue';

/** The waits of a delivery start at 1 s, so a coarser look would round them up. */
const REFILL_EVERY_MS = 1_000;

/** Runs what the queue hands out, and fills the queue with what the inbox still holds. */
@Injectable()
export class ReconcileWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ReconcileWorker.name);

  constructor(
    private readonly queue: ReconcileQueue,
    private readonly reconciler: Reconciler,
    private readonly inbox: Inbox,
    private readonly moves: MoveStore,
    private readonly holds: HoldStore,
    private readonly clock: Clock,
  ) {}

  /** Settles what the last process left intended, and takes up what it left pending. */
  async onApplicationBootstrap(): Promise<void> {
    for (const repository of await this.moves.listRepositoriesWithIntended()) {
      this.queue.add(repository, { full: false });
    }
    await this.refill();
    this.queue.start((repository, request) => this.work(repository, request));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.queue.stop();
  }

  /** Deliveries whose next try is due and holds that end have nobody else to remind of them. */
  @Interval(REFILL_EVERY_MS)
  async refill(): Promise<void> {
    const now = this.clock.now();
    const due = await this.inbox.listRepositoriesDue(now);
    const ended = await this.holds.listRepositoriesEnded(now);
    for (const repository of new Set([...due, ...ended])) {
      this.queue.add(repository, { full: false });
    }
  }

  private async work(repository: RepositoryName, request: ReconcileRequest): Promise<void> {
    try {
      await this.reconciler.reconcile(repository, request);
    } catch (error) {
      this.report(repository, error);
    }
  }

  private report(repository: RepositoryName, error: unknown): void {
    if (error instanceof RegistryError || error instanceof DomainError) {
      const { code, message } = error;
      this.logger.warn({ msg: 'could not reconcile', repository, code, fault: message });
      return;
    }
    const stack = error instanceof Error ? error.stack : String(error);
    this.logger.error({ msg: 'could not reconcile', repository, code: 'internal', stack });
  }
}
