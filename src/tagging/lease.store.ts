import { Injectable } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import type { Transaction } from '../database/unit-of-work';
import { LeaseEntity } from './lease.entity';
import type { LeaseMoment } from './renewed-lease';

@Injectable()
export class LeaseStore {
  /** Takes or extends the lease; false when another holder's has not expired. */
  async hold(
    transaction: Transaction,
    repository: RepositoryName,
    holder: string,
    { now, until }: LeaseMoment,
  ): Promise<boolean> {
    const rows = await bulkInsert(transaction, {
      table: 'leases',
      columns: ['repository', 'holder', 'expires_at'],
      rows: [[repository, holder, until]],
      onConflict: `(repository) do update
        set holder = excluded.holder, expires_at = excluded.expires_at
        where leases.holder = excluded.holder or leases.expires_at <= ${Math.trunc(now)}`,
      returning: ['holder'],
    });
    return rows.length > 0;
  }

  async release(
    transaction: Transaction,
    repository: RepositoryName,
    holder: string,
  ): Promise<void> {
    await transaction.delete(LeaseEntity, { repository, holder });
  }

  async releaseAll(transaction: Transaction): Promise<void> {
    await transaction.createQueryBuilder().delete().from(LeaseEntity).execute();
  }
}
