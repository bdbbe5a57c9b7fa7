import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Readiness, type ReadinessCheck } from '../runtime/readiness';
import { READER } from './data-sources';
import { JobRunEntity } from './job-run.entity';
import { select } from './select';
import { UnitOfWork } from './unit-of-work';

/** A write that reaches the disk: a lock, a full disk and a read-only file all refuse it. */
const TOUCH = `insert into job_runs (job, slot, started_at) values ('readiness', 0, 0)
  on conflict (job, slot) do update set started_at = job_runs.started_at + 1`;

/** As long as the longest body that is kept of a delivery: a row that is only changed needs no room. */
const FILLER = { job: `readiness ${'.'.repeat(64 * 1024)}`, slot: 0, startedAt: 0 };

const FRESH_MS = 1_000;

/** The service is ready while its database takes writes: without them no delivery is accepted. */
@Injectable()
export class DatabaseReadiness implements OnModuleInit {
  private last: Promise<readonly ReadinessCheck[]> | undefined;
  private askedAt = 0;

  constructor(
    private readonly readiness: Readiness,
    private readonly unitOfWork: UnitOfWork,
    @InjectDataSource() private readonly writer: DataSource,
    @InjectDataSource(READER) private readonly reader: DataSource,
  ) {}

  onModuleInit(): void {
    this.readiness.addCheck(() => this.look());
  }

  /** Whoever asks within a second shares an answer, unless a write has failed since. */
  private look(): Promise<readonly ReadinessCheck[]> {
    const now = performance.now();
    const isOld = now - this.askedAt > FRESH_MS || this.unitOfWork.failedAt > this.askedAt;
    if (this.last === undefined || isOld) {
      this.askedAt = now;
      this.last = Promise.all([this.checkWrites(), this.checkMigrations()]);
    }
    return this.last;
  }

  private async checkWrites(): Promise<ReadinessCheck> {
    const name = 'database';
    try {
      await (this.unitOfWork.hasFailed ? this.proveRoom() : this.touch());
      return { name, status: 'ok', text: 'the database takes writes' };
    } catch {
      return { name, status: 'failed', text: 'the database does not take writes' };
    }
  }

  private async touch(): Promise<void> {
    await this.unitOfWork.runStatement((transaction) => transaction.query(TOUCH));
  }

  /** Writes as much as a delivery may have, in a commit of its own, and takes it away again. */
  private async proveRoom(): Promise<void> {
    const { job } = FILLER;
    await this.unitOfWork.runStatement((transaction) => transaction.delete(JobRunEntity, { job }));
    await this.unitOfWork.runStatement((transaction) => transaction.insert(JobRunEntity, FILLER));
    await this.unitOfWork.runStatement((transaction) => transaction.delete(JobRunEntity, { job }));
    this.unitOfWork.forgetFailure();
  }

  /** They run at the start; a file that was put in place of the first one may lack some. */
  private async checkMigrations(): Promise<ReadinessCheck> {
    const name = 'migrations';
    try {
      const rows = await select<{ readonly name: string }>(
        this.reader,
        'select name from migrations',
        [],
      );
      const run = new Set(rows.map((row) => row.name));
      if (this.writer.migrations.every((migration) => run.has(migration.name ?? ''))) {
        return { name, status: 'ok', text: 'the database has the schema of this service' };
      }
    } catch {
      return { name, status: 'failed', text: 'the schema of the database cannot be read' };
    }
    const text = 'the database is not the one that the service began with: start it again';
    return { name, status: 'failed', text };
  }
}
