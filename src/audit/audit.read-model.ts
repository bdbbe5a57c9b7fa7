import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Reach } from '../core/reach';
import { READER } from '../database/data-sources';
import { isReached } from '../database/in-reach';
import { narrow } from '../database/narrow';
import { decodeNumberCursor, type Page, toPage } from '../http/page';
import { toRfc3339 } from '../http/time';
import { AuditRecordEntity } from './audit-record.entity';
import type { AuditQuery, AuditRecordAnswer } from './audit.schema';

@Injectable()
export class AuditReadModel {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Newest first. Where not everything is in reach, what names a repository that is. */
  async list(filter: AuditQuery, reach: Reach): Promise<Page<AuditRecordAnswer>> {
    const reached = isReached(reach);
    const query = this.reader.manager
      .createQueryBuilder(AuditRecordEntity, 'record')
      .where(reached === undefined ? '1 = 1' : { repository: reached })
      .orderBy('record.id', 'DESC')
      .take(filter.limit + 1);
    narrow(query, {
      'record.kind = :kind': { kind: filter.kind },
      'record.actor = :actor': { actor: filter.actor },
      'record.repository = :repository': { repository: filter.repository },
      'record.untilAt > :since': { since: filter.since },
      'record.at <= :until': { until: filter.until },
      'record.id < :before': { before: decodeNumberCursor(filter.cursor) },
    });
    const rows = await query.getMany();
    return toPage(rows, filter.limit, { toItem: toAnswer, keyOf: ({ id }) => id });
  }
}

function toAnswer({ at, untilAt, ...row }: AuditRecordEntity): AuditRecordAnswer {
  return { ...row, at: toRfc3339(at), until: toRfc3339(untilAt) };
}
