import { RegistryError } from './registry-error';
import type { RegistryTuning } from './registry-tuning';

/** What says that a registry does not work at all, whatever it is asked. */
const FAILURES = new Set<string>(['unreachable', 'timeout', 'server-error']);

/** Thrown instead of sending a request; the callers' own, longer waits serve better than retries. */
export class CircuitOpen extends RegistryError {}

/**
 * Keeps requests away from a registry that has failed several times in a row. After a while one
 * request may try; while it is under way the others wait for what becomes of it.
 */
export class CircuitBreaker {
  private failuresInARow = 0;
  /** Of `performance.now()`: elapsed time, not the Clock, which may be simulated or set back. */
  private openUntil = 0;
  private last: RegistryError | undefined;
  private trial: Promise<unknown> | undefined;

  constructor(
    private readonly registryId: string,
    private readonly tuning: RegistryTuning,
  ) {}

  /** Throws {@link CircuitOpen} without doing the work while the registry is given time. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isTripped()) return this.watch(work);
    // Whoever waited looks again: the trial may have failed, or another one may have begun.
    while (this.isTripped() && this.trial !== undefined) await this.trial;
    if (!this.isTripped()) return this.watch(work);
    this.refuseEarly();
    const trying = this.watch(work);
    this.trial = trying.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await trying;
    } finally {
      this.trial = undefined;
    }
  }

  private isTripped(): boolean {
    return this.failuresInARow >= this.tuning.maxFailuresInARow;
  }

  private async watch<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.failuresInARow = 0;
      return result;
    } catch (error) {
      if (error instanceof RegistryError) this.count(error);
      throw error;
    }
  }

  private count(error: RegistryError): void {
    if (!FAILURES.has(error.code)) {
      this.failuresInARow = 0;
      return;
    }
    this.failuresInARow += 1;
    this.last = error;
    if (this.isTripped()) this.openUntil = performance.now() + this.tuning.circuitOpenMs;
  }

  private refuseEarly(): void {
    const remaining = this.openUntil - performance.now();
    if (remaining <= 0) return;
    const sentence = `Registry ${this.registryId} has failed ${this.failuresInARow} times in a row and is given time to recover; at last: ${this.last?.message ?? ''}`;
    throw new CircuitOpen(this.last?.code ?? 'unreachable', sentence, {
      cause: this.last,
      retryable: true,
      retryAfterMs: Math.ceil(remaining),
    });
  }
}
