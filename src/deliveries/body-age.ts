import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { SETTINGS, type Settings } from '../config/settings';
import { Clock } from '../runtime/clock';
import { DeliveryUpkeepStore } from './delivery-upkeep.store';

const LOOK_EVERY_MS = 60_000;

/** Bodies are there for people to look at, and not for ever: they are not ours. */
@Injectable()
export class BodyAge {
  private readonly logger = new Logger(BodyAge.name);
  /** Ids up to here have no body any more. */
  private done = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly store: DeliveryUpkeepStore,
    private readonly clock: Clock,
  ) {}

  /** Drops what is older than `inbox.keepBodies`, in small steps. */
  @Interval(LOOK_EVERY_MS)
  async drop(): Promise<void> {
    const before = this.clock.now() - this.settings.keepBodiesMs;
    try {
      for (;;) {
        const last = await this.store.dropBodies(before, this.done);
        if (last === undefined) return;
        this.done = last;
      }
    } catch (error) {
      // The next look tries again from where this one stopped.
      this.logger.warn({ msg: 'could not drop old bodies', fault: String(error) });
    }
  }
}
