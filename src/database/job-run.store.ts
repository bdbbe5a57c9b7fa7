import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan } from 'typeorm';
import { bulkInsert } from './bulk-insert';
import { READER } from './data-sources';
import { JobRunEntity } from './job-run.entity';
import { UnitOfWork } from './unit-of-work';

/** How long the rows of past slots are kept. */
const KEEP_MS = 7 * 86_400_000;

/** A scheduled job fires in every process; the one that inserts the slot's row runs it. */
@Injectable()
export class JobRunStore {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    @InjectDataSource(READER) private readonly reader: DataSource,
  ) {}

  /**
   * Claims a slot (UTC milliseconds). False when it is taken, unless its run was begun longer than
   * `timeLimitMs` ago and never finished: then it is taken over. Forgets slots of a week ago.
   */
  async claim(job: string, slot: number, now: number, timeLimitMs: number): Promise<boolean> {
    const claimed = await this.unitOfWork.run(async (transaction) => {
      await transaction.delete(JobRunEntity, { job, slot: LessThan(slot - KEEP_MS) });
      return bulkInsert(transaction, {
        table: 'job_runs',
        columns: ['job', 'slot', 'started_at'],
        rows: [[job, slot, now]],
        onConflict: `(job, slot) do update set started_at = excluded.started_at
          where job_runs.finished_at is null
          and job_runs.started_at < excluded.started_at - ${Math.trunc(timeLimitMs)}`,
        returning: ['slot'],
      });
    });
    return claimed.length > 0;
  }

  /** Says that whoever claimed the slot is at work: its time limit begins anew. */
  async renew(job: string, slot: number, now: number): Promise<void> {
    await this.unitOfWork.runStatement((transaction) =>
      transaction.update(JobRunEntity, { job, slot }, { startedAt: now }),
    );
  }

  /** Leaves an unfinished slot to the next who claims it. */
  async release(job: string, slot: number): Promise<void> {
    await this.renew(job, slot, 0);
  }

  /** The last slot if it was begun and not finished, by whichever process. */
  async findUnfinished(job: string): Promise<number | undefined> {
    const last = await this.reader.manager.findOne(JobRunEntity, {
      where: { job },
      order: { slot: 'DESC' },
    });
    return last?.finishedAt === null ? last.slot : undefined;
  }

  async finish(job: string, slot: number, now: number): Promise<void> {
    await this.unitOfWork.runStatement((transaction) =>
      transaction.update(JobRunEntity, { job, slot }, { finishedAt: now }),
    );
  }
}
