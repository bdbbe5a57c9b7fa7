import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import type { Clock } from '../runtime/clock';

const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 20_000;

/** The right to write to a repository, taken while its holder is still looking around. */
export interface HeldLease {
  /**
   * Resolves when the lease is in the database; nothing may be written before. Throws `lease-held`
   * when another process has it.
   */
  confirm(): Promise<void>;

  /** Throws `lease-lost` when it was not renewed in time; asked before every write to the registry. */
  check(): void;
}

/** UTC milliseconds. */
export interface LeaseMoment {
  readonly now: number;
  readonly until: number;
}

/** One acquisition, renewed on a timer until it is ended. */
export class RenewedLease implements HeldLease {
  private readonly acquired: Promise<boolean>;
  private readonly renewal: NodeJS.Timeout;
  private idle: NodeJS.Timeout | undefined;
  /** By the monotonic clock: a simulated or corrected time of day must not end a lease. */
  private validUntil = 0;

  /** `hold` takes or extends the row; false when another process has it. */
  constructor(
    private readonly repository: RepositoryName,
    private readonly hold: (moment: LeaseMoment) => Promise<boolean>,
    private readonly clock: Clock,
  ) {
    this.acquired = this.extend();
    // Whoever confirms sees the error; until then it must not end the process.
    this.acquired.catch(() => undefined);
    this.renewal = setInterval(() => {
      this.extend().catch(() => undefined);
    }, RENEW_EVERY_MS).unref();
  }

  async confirm(): Promise<void> {
    if (await this.acquired) return;
    const sentence = `another process works on ${this.repository}`;
    throw new DomainError('lease-held', sentence, { retryable: true });
  }

  check(): void {
    if (this.isValid()) return;
    const sentence = `the lease on ${this.repository} ran out before the work was done`;
    throw new DomainError('lease-lost', sentence, { retryable: true });
  }

  isValid(): boolean {
    return performance.now() < this.validUntil;
  }

  /** Resolves, and never rejects, when it is known whether there is anything to release. */
  async isHeld(): Promise<boolean> {
    await this.acquired.catch(() => undefined);
    return this.isValid();
  }

  /** Calls back when nobody has used it for a while. */
  callWhenIdle(afterMs: number, callback: () => void): void {
    this.idle = setTimeout(callback, afterMs).unref();
  }

  use(): void {
    clearTimeout(this.idle);
  }

  end(): void {
    clearTimeout(this.idle);
    clearInterval(this.renewal);
  }

  private async extend(): Promise<boolean> {
    const validUntil = performance.now() + LEASE_MS;
    const now = this.clock.now();
    const held = await this.hold({ now, until: now + LEASE_MS });
    if (held) this.validUntil = validUntil;
    return held;
  }
}
