import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { Clock } from '../runtime/clock';
import { LeaseStore } from './lease.store';

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

/**
 * One writer per repository (invariant 6): whoever moves, withdraws, prunes or restores does it
 * inside `run`. Within the process callers wait for each other in the order of their calls; a row
 * in the database keeps other processes out.
 */
@Injectable()
export class RepositoryLease implements OnModuleInit {
  readonly #last = new Map<RepositoryName, Promise<unknown>>();

  constructor(
    private readonly store: LeaseStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** A SQLite file has one process, so a lease found at the start is a dead process's. */
  async onModuleInit(): Promise<void> {
    await this.unitOfWork.run((transaction) => this.store.releaseAll(transaction));
  }

  /**
   * Runs the work as the only one of this process on the repository. The row is written meanwhile:
   * the work may read at once, and confirms the lease before it writes.
   */
  async run<Result>(
    repository: RepositoryName,
    work: (lease: HeldLease) => Promise<Result>,
  ): Promise<Result> {
    const before = this.#last.get(repository) ?? Promise.resolve();
    const result = before.then(() => this.runAlone(repository, work));
    const settled = result.catch(() => undefined);
    this.#last.set(repository, settled);
    try {
      return await result;
    } finally {
      if (this.#last.get(repository) === settled) this.#last.delete(repository);
    }
  }

  private async runAlone<Result>(
    repository: RepositoryName,
    work: (lease: HeldLease) => Promise<Result>,
  ): Promise<Result> {
    const lease = new RenewedLease(repository, this.store, this.unitOfWork, this.clock);
    lease.begin();
    try {
      return await work(lease);
    } finally {
      await lease.release();
    }
  }
}

/** One acquisition, renewed on a timer for as long as the work takes. */
class RenewedLease implements HeldLease {
  private readonly holder = randomUUID();
  private acquired: Promise<boolean> = Promise.resolve(false);
  private timer: NodeJS.Timeout | undefined;
  /** By the monotonic clock: a simulated or corrected time of day must not end a lease. */
  private validUntil = 0;

  constructor(
    private readonly repository: RepositoryName,
    private readonly store: LeaseStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  begin(): void {
    this.acquired = this.extend();
    // Whoever confirms sees the error; until then it must not end the process.
    this.acquired.catch(() => undefined);
    this.timer = setInterval(() => {
      this.extend().catch(() => undefined);
    }, RENEW_EVERY_MS).unref();
  }

  async confirm(): Promise<void> {
    if (await this.acquired) return;
    const sentence = `another process works on ${this.repository}`;
    throw new DomainError('lease-held', sentence, { retryable: true });
  }

  check(): void {
    if (performance.now() < this.validUntil) return;
    const sentence = `the lease on ${this.repository} ran out before the work was done`;
    throw new DomainError('lease-lost', sentence, { retryable: true });
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    if (!(await this.acquired.catch(() => false))) return;
    await this.unitOfWork.runStatement((transaction) =>
      this.store.release(transaction, this.repository, this.holder),
    );
  }

  private async extend(): Promise<boolean> {
    const validUntil = performance.now() + LEASE_MS;
    const now = this.clock.now();
    const held = await this.unitOfWork.runStatement((transaction) =>
      this.store.hold(transaction, this.repository, this.holder, { now, until: now + LEASE_MS }),
    );
    if (held) this.validUntil = validUntil;
    return held;
  }
}
