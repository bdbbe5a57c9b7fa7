import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import { type Transaction, UnitOfWork } from '../database/unit-of-work';
import { DeliveryStore, type NewDelivery, type StoredDelivery } from './delivery.store';

/** Requests that share a commit; more than this would make the first ones wait. */
const MOST_IN_A_GROUP = 200;
/** Far fewer than one insert takes; only a request with a great many events has more. */
const MOST_IN_A_STATEMENT = 1_000;
const COMMITS_PER_MS = 1_000;

interface WaitingRequest {
  readonly deliveries: readonly NewDelivery[];
  readonly resolve: (stored: readonly StoredDelivery[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Concurrent requests share a commit: what arrives while one is under way goes into the next.
 * Each request is answered after its own commit, never before (invariant 4).
 */
@Injectable()
export class GroupedCommits {
  private waiting: WaitingRequest[] = [];
  private running = false;
  private commits = 0;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: DeliveryStore,
  ) {}

  /** Stores the deliveries of one request. Throws `store-unavailable` when nothing was stored. */
  accept(deliveries: readonly NewDelivery[]): Promise<readonly StoredDelivery[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ deliveries, resolve, reject });
      if (this.running) return;
      this.running = true;
      // Requests that were read in the same turn of the event loop belong into one commit.
      setImmediate(() => void this.commitAll());
    });
  }

  private async commitAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.slice(0, MOST_IN_A_GROUP);
      this.waiting = this.waiting.slice(MOST_IN_A_GROUP);
      await this.commit(group);
    }
    this.running = false;
  }

  /** One request that the database refuses must not take the others of its group along. */
  private async commit(group: readonly WaitingRequest[]): Promise<void> {
    try {
      const stored = await this.insert(group.flatMap((request) => request.deliveries));
      // Answers take a while to write: the database goes on with the next group first.
      if (this.waiting.length === 0) answer(group, stored);
      else setImmediate(answer, group, stored);
    } catch (error) {
      // A database that takes no write now takes none of them, and each try would wait for it.
      if (group.length === 1 || (error instanceof DomainError && error.retryable)) {
        for (const { reject } of group) reject(error);
        return;
      }
      for (const request of group) await this.commit([request]);
    }
  }

  private insert(deliveries: readonly NewDelivery[]): Promise<readonly StoredDelivery[]> {
    const insert = (transaction: Transaction): Promise<readonly StoredDelivery[]> =>
      this.store.insert(transaction, deliveries, this.nextCommit());
    return deliveries.length > MOST_IN_A_STATEMENT
      ? this.unitOfWork.run(insert)
      : this.unitOfWork.runStatement(insert);
  }

  /** Unique in the database: no process makes a thousand commits in a millisecond. */
  private nextCommit(): number {
    this.commits = (this.commits + 1) % COMMITS_PER_MS;
    return Date.now() * COMMITS_PER_MS + this.commits;
  }
}

function answer(group: readonly WaitingRequest[], stored: readonly StoredDelivery[]): void {
  let start = 0;
  for (const { deliveries, resolve } of group) {
    resolve(stored.slice(start, start + deliveries.length));
    start += deliveries.length;
  }
}
