import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import { LeaseStore } from './lease.store';
import { type HeldLease, type LeaseMoment, RenewedLease } from './renewed-lease';

/** Long enough for a burst, short enough for another process that waits for its turn. */
const KEPT_IDLE_MS = 5_000;

/**
 * One writer per repository (invariant 6): whoever moves, withdraws, prunes or restores does it
 * inside `run`. Within the process callers wait for each other in the order of their calls; a row
 * in the database keeps other processes out. It is kept for a while, since releases come in bursts
 * and two commits less are felt by each.
 */
@Injectable()
export class RepositoryLease implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(RepositoryLease.name);
  readonly #last = new Map<RepositoryName, Promise<unknown>>();
  readonly #kept = new Map<RepositoryName, RenewedLease>();
  /** One for the process: a lease that it failed to release is its own to take again. */
  private readonly holder = randomUUID();

  constructor(
    private readonly store: LeaseStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** A SQLite file has one process, so a lease found at the start is a dead process's. */
  async onModuleInit(): Promise<void> {
    await this.unitOfWork.run((transaction) => this.store.releaseAll(transaction));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#last.values());
    await Promise.all([...this.#kept.keys()].map((repository) => this.release(repository)));
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
    const asked = performance.now();
    const result = before.then(() => {
      this.metrics.leaseSeconds.observe((performance.now() - asked) / 1_000);
      return this.runAlone(repository, work);
    });
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
    const lease = this.take(repository);
    try {
      return await work(lease);
    } finally {
      if (await lease.isHeld()) {
        lease.callWhenIdle(KEPT_IDLE_MS, () => void this.release(repository));
      } else {
        this.forget(repository);
      }
    }
  }

  private take(repository: RepositoryName): RenewedLease {
    const kept = this.#kept.get(repository);
    if (kept?.isValid() === true) {
      kept.use();
      return kept;
    }
    this.forget(repository);
    const { holder } = this;
    const extend = (moment: LeaseMoment): Promise<boolean> =>
      this.unitOfWork.runStatement((transaction) =>
        this.store.hold(transaction, repository, holder, moment),
      );
    const lease = new RenewedLease(repository, extend, this.clock);
    this.#kept.set(repository, lease);
    return lease;
  }

  /** A row that stays behind keeps nobody of this process out, and ends by itself. */
  private async release(repository: RepositoryName): Promise<void> {
    this.forget(repository);
    try {
      await this.unitOfWork.runStatement((transaction) =>
        this.store.release(transaction, repository, this.holder),
      );
    } catch (error) {
      this.logger.warn({ msg: 'could not release a lease', repository, fault: String(error) });
    }
  }

  private forget(repository: RepositoryName): void {
    this.#kept.get(repository)?.end();
    this.#kept.delete(repository);
  }
}
