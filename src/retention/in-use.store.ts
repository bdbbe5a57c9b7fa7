import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { InUseReport } from '../core/in-use';
import type { Digest, RepositoryName } from '../core/names';
import { groupBy } from '../core/group-by';
import { bulkInsert } from '../database/bulk-insert';
import type { Reach } from '../core/reach';
import { READER } from '../database/data-sources';
import { inReach } from '../database/in-reach';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { InUseDigestEntity, InUseReporterEntity } from './in-use.entity';

export interface NewReport {
  readonly reporter: string;
  readonly reportedBy: string;
  /** UTC milliseconds. */
  readonly reportedAt: number;
  readonly digests: ReadonlyMap<RepositoryName, readonly Digest[]>;
}

/** The last word of every reporter. */
@Injectable()
export class InUseStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /**
   * What each reporter runs of a repository. Every reporter is in it, also one that runs nothing of
   * it: once its report is old, it may run anything.
   */
  async list(repository: RepositoryName): Promise<readonly InUseReport[]> {
    const reporters = await this.reader.manager.find(InUseReporterEntity, {
      order: { reporter: 'ASC' },
    });
    const rows = await this.reader.manager.findBy(InUseDigestEntity, { repository });
    const digests = groupBy(rows, ({ reporter }) => reporter);
    return reporters.map(({ reporter, reportedAt }) => ({
      ...{ reporter, reportedAt },
      digests: (digests.get(reporter) ?? []).map(({ digest }) => digest),
    }));
  }

  /**
   * All reporters by name, with how much they run. Where not everything is in reach, those that run
   * something that is, with how much of it.
   */
  async listReporters(reach: Reach): Promise<readonly ReporterSummary[]> {
    const { sql, values } = inReach(reach, 'd.repository');
    const rows = await select<ReporterRow>(
      this.reader,
      `select r.reporter, r.reported_at, r.reported_by,
        count(distinct d.repository) as repositories, count(d.digest) as digests
      from in_use_reporters r
      ${reach === 'all' ? 'left join' : 'join'} in_use_digests d on d.reporter = r.reporter and ${sql}
      group by r.reporter, r.reported_at, r.reported_by order by r.reporter`,
      values,
    );
    return rows.map(({ reporter, reported_at, reported_by, repositories, digests }) => ({
      ...{ reporter, reportedAt: Number(reported_at), reportedBy: reported_by },
      ...{ repositories: Number(repositories), digests: Number(digests) },
    }));
  }

  /** Whether the reporter's last report names a repository that is not in reach. */
  async reportsBeyond(reporter: string, reach: Reach): Promise<boolean> {
    const { sql, values } = inReach(reach, 'repository');
    const rows = await select<{ readonly reporter: string }>(
      this.reader,
      `select reporter from in_use_digests where reporter = ? and not ${sql} limit 1`,
      [reporter, ...values],
    );
    return rows.length > 0;
  }

  /** Takes a report in place of the reporter's last one. */
  async replace(transaction: Transaction, report: NewReport): Promise<void> {
    const { reporter, reportedAt, reportedBy } = report;
    await bulkInsert(transaction, {
      table: 'in_use_reporters',
      columns: ['reporter', 'reported_at', 'reported_by'],
      rows: [[reporter, reportedAt, reportedBy]],
      onConflict: `(reporter) do update set reported_at = excluded.reported_at,
        reported_by = excluded.reported_by`,
      returning: ['reporter'],
    });
    await transaction.delete(InUseDigestEntity, { reporter });
    await bulkInsert(transaction, {
      table: 'in_use_digests',
      columns: ['reporter', 'repository', 'digest'],
      rows: [...report.digests].flatMap(([repository, digests]) =>
        [...new Set(digests)].map((digest) => [reporter, repository, digest]),
      ),
      returning: ['digest'],
    });
  }

  /** Whether it was known. */
  async forget(transaction: Transaction, reporter: string): Promise<boolean> {
    await transaction.delete(InUseDigestEntity, { reporter });
    const known = await transaction.findOneBy(InUseReporterEntity, { reporter });
    await transaction.delete(InUseReporterEntity, { reporter });
    return known !== null;
  }
}

export interface ReporterSummary {
  readonly reporter: string;
  readonly reportedAt: number;
  readonly reportedBy: string;
  readonly repositories: number;
  readonly digests: number;
}

interface ReporterRow {
  readonly reporter: string;
  readonly reported_at: number | string;
  readonly reported_by: string;
  readonly repositories: number | string;
  readonly digests: number | string;
}
