import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { bulkInsert } from '../database/bulk-insert';
import { UnitOfWork } from '../database/unit-of-work';
import { AuditRecordEntity } from './audit-record.entity';

export type NewAuditRecord = Readonly<Omit<AuditRecordEntity, 'id'>>;

/** Records are added and, when they are old, deleted; nothing changes them. */
@Injectable()
export class AuditStore {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Throws `store-unavailable`. Nothing for no records. */
  async add(records: readonly NewAuditRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.unitOfWork.run((transaction) =>
      bulkInsert(transaction, {
        table: 'audit_records',
        columns: [
          ...['kind', 'at', 'until_at', 'count', 'actor', 'address', 'method', 'route'],
          ...['repository', 'target', 'status', 'code', 'request_id'],
        ],
        rows: records.map((record) => [
          ...[record.kind, record.at, record.untilAt, record.count, record.actor, record.address],
          ...[record.method, record.route, record.repository, record.target, record.status],
          ...[record.code, record.requestId],
        ]),
        returning: ['id'],
      }),
    );
  }

  /** Deletes what ended before a time (UTC milliseconds). Throws `store-unavailable`. */
  async dropBefore(time: number): Promise<void> {
    await this.unitOfWork.run((transaction) =>
      transaction.delete(AuditRecordEntity, { untilAt: LessThan(time) }),
    );
  }
}
