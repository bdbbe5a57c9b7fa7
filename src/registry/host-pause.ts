import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock';

/** One registry's wish to be left alone for a while; all requests to it wait together. */
export class HostPause {
  private until = 0;

  constructor(private readonly clock: Clock) {}

  /** From now on for so long; a pause that lasts longer stays. */
  begin(ms: number): void {
    this.until = Math.max(this.until, this.clock.now() + ms);
  }

  remainingMs(): number {
    return Math.max(0, this.until - this.clock.now());
  }

  /** Resolves when the pause is over. Rejects when the signal aborts. */
  async over(signal: AbortSignal): Promise<void> {
    const until = this.until;
    await delay(this.remainingMs(), undefined, { signal });
    // The time has been waited for, whatever the clock says: a simulated one stands still.
    if (this.until === until) this.until = 0;
  }
}
