import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { registryIdOf, type RepositoryName } from '../core/names';

/** Spreads the deletions of all runs at one registry over time. */
@Injectable()
export class RegistryPace {
  /** When the next deletion may begin at each registry, by the monotonic clock. */
  private readonly next = new Map<string, number>();

  /** Resolves when it is this deletion's turn; at once where `perSecond` is undefined. */
  async turn(repository: RepositoryName, perSecond: number | undefined): Promise<void> {
    if (perSecond === undefined) return;
    const registry = registryIdOf(repository);
    const start = Math.max(this.next.get(registry) ?? 0, performance.now());
    this.next.set(registry, start + 1000 / perSecond);
    const delay = start - performance.now();
    if (delay > 0) await wait(delay);
  }
}
