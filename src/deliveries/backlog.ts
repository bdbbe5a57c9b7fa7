import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings';
import { Metrics } from '../runtime/metrics';
import { DeliveryUpkeepStore } from './delivery-upkeep.store';

/** While the inbox is full, a count answers for as long as a sender takes to come again. */
const COUNT_HOLDS_MS = 200;

/**
 * How many deliveries wait. What is settled lowers the numbers only when they are counted anew,
 * which happens when a bound seems to be reached: below it, no request waits for a query.
 */
@Injectable()
export class Backlog {
  private bySource: Map<string, number> | undefined;
  private total = 0;
  private countedAt = -Infinity;
  private counting: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly store: DeliveryUpkeepStore,
    metrics: Metrics,
  ) {
    metrics.beforeAnswer(async () => {
      metrics.pendingDeliveries.reset();
      const counts = await store.countPending();
      for (const source of settings.sources.keys()) {
        metrics.pendingDeliveries.set({ source }, counts.get(source) ?? 0);
      }
    });
  }

  /** Whether a source has as many deliveries waiting as it may, or all of them together have. */
  async isFull(source: string): Promise<boolean> {
    if (this.bySource !== undefined && !this.seemsFull(source)) return false;
    await this.count();
    return this.seemsFull(source);
  }

  add(source: string): void {
    this.bySource?.set(source, (this.bySource.get(source) ?? 0) + 1);
    this.total += 1;
  }

  private seemsFull(source: string): boolean {
    const { pendingPerSource, pendingInTotal } = this.settings.limits;
    const ofSource = this.bySource?.get(source) ?? 0;
    return ofSource >= pendingPerSource || this.total >= pendingInTotal;
  }

  /** Those who ask at the same time share one query. */
  private async count(): Promise<void> {
    if (performance.now() - this.countedAt < COUNT_HOLDS_MS) return;
    this.counting ??= this.countAnew().finally(() => {
      this.counting = undefined;
    });
    await this.counting;
  }

  private async countAnew(): Promise<void> {
    const counted = await this.store.countPending();
    this.bySource = new Map(counted);
    this.total = [...counted.values()].reduce((sum, count) => sum + count, 0);
    this.countedAt = performance.now();
  }
}
