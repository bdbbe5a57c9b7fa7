import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Readiness, type ReadinessFault } from '../runtime/readiness';
import { UnitOfWork } from './unit-of-work';

/** A write that reaches the disk: a lock, a full disk and a read-only file all refuse it. */
const TOUCH = `insert into job_runs (job, slot, started_at) values ('readiness', 0, 0)
  on conflict (job, slot) do update set started_at = job_runs.started_at + 1`;

const FRESH_MS = 1_000;

/** The service is ready while its database takes writes: without them no delivery is accepted. */
@Injectable()
export class DatabaseReadiness implements OnModuleInit {
  private last: Promise<ReadinessFault | undefined> | undefined;
  private askedAt = 0;

  constructor(
    private readonly readiness: Readiness,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  onModuleInit(): void {
    this.readiness.addCheck(() => this.findFault());
  }

  /** Whoever asks within a second shares an answer: the check costs a commit. */
  private findFault(): Promise<ReadinessFault | undefined> {
    const now = performance.now();
    if (this.last === undefined || now - this.askedAt > FRESH_MS) {
      this.askedAt = now;
      this.last = this.touch();
    }
    return this.last;
  }

  private async touch(): Promise<ReadinessFault | undefined> {
    try {
      await this.unitOfWork.runStatement((transaction) => transaction.query(TOUCH));
      return undefined;
    } catch {
      return { code: 'store-unavailable', text: 'the database does not take writes' };
    }
  }
}
