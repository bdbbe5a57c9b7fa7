import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, EntityManager } from 'typeorm';
import { DomainError } from '../core/domain-error';
import { leaveNoTransaction } from './leave-no-transaction';

/** What a store writes through: statements of one open transaction. */
export type Transaction = EntityManager;

/**
 * Admits one write transaction at a time. TypeORM has one connection to SQLite, and concurrent
 * transactions on it fail or leave rows of the failed one behind. Nothing else writes.
 */
@Injectable()
export class UnitOfWork {
  #last: Promise<unknown> = Promise.resolve();
  #failedAt = -Infinity;
  #hasFailed = false;

  constructor(@InjectDataSource() private readonly writer: DataSource) {}

  /** When the database last failed at a write, by `performance.now()`. */
  get failedAt(): number {
    return this.#failedAt;
  }

  /** Whether it has, and nobody has shown since that it takes writes again. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  forgetFailure(): void {
    this.#hasFailed = false;
  }

  /**
   * Runs the work in a transaction of its own, in the order of the calls: committed when it
   * resolves, rolled back when it throws. The work must not call `run` again. Errors of the
   * database come out as `store-unavailable`, errors of the work as they are.
   */
  run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.inTurn(() => this.writer.transaction(work));
  }

  /**
   * The same for work that makes at most one statement, which is a transaction by itself: begin and
   * commit would be two more ways through the driver's threads.
   */
  runStatement<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.inTurn(() => work(this.writer.manager));
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.perform(work));
    this.#last = result.catch(() => undefined);
    return result;
  }

  private async perform<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await leaveNoTransaction(this.writer);
      const known = asStoreError(error);
      if (known !== error) this.noteFailure();
      throw known;
    }
  }

  private noteFailure(): void {
    this.#failedAt = performance.now();
    this.#hasFailed = true;
  }
}

function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || !isDriverError(error)) return error;
  const sentence = 'the database does not take the write now; nothing was stored';
  return new DomainError('store-unavailable', sentence, { cause: error, retryable: true });
}

/** TypeORM's own, when the connection is closed or its transaction is. */
const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  'ConnectionIsNotSetError',
  'TransactionNotStartedError',
]);

/** The drivers mark their errors with `errno` (SQLite) or with TypeORM's wrapper around theirs. */
function isDriverError(error: Error): boolean {
  return 'errno' in error || 'driverError' in error || CONNECTION_ERRORS.has(error.name);
}
