import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { SETTINGS, type Settings } from '../config/settings';
import { Clock } from '../runtime/clock';
import { AuditStore, type NewAuditRecord } from './audit.store';
import { type RefusedCall, RefusedCalls } from './refused-calls';

const FLUSH_EVERY_MS = 60_000;
const DROP_EVERY_MS = 3_600_000;

/**
 * Who was refused and who did what. A privileged call is stored before it is answered; of refused
 * ones, which anybody can make as many of as he likes, only counters are kept, by the minute: the
 * last of them are lost when the process is killed.
 */
@Injectable()
export class AuditTrail implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AuditTrail.name);
  private readonly refused = new RefusedCalls();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly store: AuditStore,
    private readonly clock: Clock,
  ) {}

  /** Never throws: what was done is done, and the log has what could not be stored. */
  async add(call: Omit<NewAuditRecord, 'kind' | 'at' | 'untilAt' | 'count'>): Promise<void> {
    const now = this.clock.now();
    await this.keep([{ ...call, kind: 'privileged', at: now, untilAt: now, count: 1 }]);
  }

  countRefused(call: RefusedCall): void {
    this.refused.count(call, this.clock.now());
  }

  /** Stores what was counted. Never throws. */
  @Interval(FLUSH_EVERY_MS)
  async flush(): Promise<void> {
    await this.keep(this.refused.take());
  }

  @Interval(DROP_EVERY_MS)
  async drop(): Promise<void> {
    try {
      await this.store.dropBefore(this.clock.now() - this.settings.keepAuditMs);
    } catch (error) {
      this.logger.warn({ msg: 'could not drop old audit records', fault: String(error) });
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private async keep(records: readonly NewAuditRecord[]): Promise<void> {
    try {
      await this.store.add(records);
    } catch (error) {
      this.logger.error({ msg: 'could not store audit records', records, fault: String(error) });
    }
  }
}
