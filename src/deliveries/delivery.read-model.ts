import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan } from 'typeorm';
import { DomainError } from '../core/domain-error';
import { READER } from '../database/data-sources';
import { ReasonAnswer } from '../http/answers.schema';
import { decodeNumberCursor, type Page, toPage } from '../http/page';
import { toRfc3339 } from '../http/time';
import { DeliveryEntity } from './delivery.entity';
import { type DeliveriesQuery, DeliveryAnswer } from './delivery.schema';

/** Deliveries as the API shows them. Bodies are left out: they may be long and are not ours. */
@Injectable()
export class DeliveryReadModel {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Newest first. */
  async list(query: DeliveriesQuery): Promise<Page<DeliveryAnswer>> {
    const before = decodeNumberCursor(query.cursor);
    const { status, source, repository, limit } = query;
    const rows = await this.reader.manager.find(DeliveryEntity, {
      where: {
        ...(status === undefined ? {} : { status }),
        ...(source === undefined ? {} : { source }),
        ...(repository === undefined ? {} : { repository }),
        ...(before === undefined ? {} : { id: LessThan(before) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return toPage(rows, limit, { toItem: toAnswer, keyOf: (row) => row.id });
  }

  /** Throws `delivery-unknown`. */
  async get(id: number): Promise<DeliveryAnswer> {
    return toAnswer(await this.getRow(id));
  }

  async getRow(id: number): Promise<DeliveryEntity> {
    const row = Number.isSafeInteger(id)
      ? await this.reader.manager.findOneBy(DeliveryEntity, { id })
      : null;
    if (row !== null) return row;
    throw new DomainError('delivery-unknown', 'there is no delivery with this id');
  }
}

function toAnswer(row: DeliveryEntity): DeliveryAnswer {
  return {
    id: row.id,
    source: row.source,
    repository: row.repository,
    tag: row.tag,
    digest: row.digest,
    receivedAt: toRfc3339(row.receivedAt),
    status: row.status,
    attempts: row.attempts,
    duplicates: row.duplicates,
    runUrl: row.runUrl,
    replayOf: row.replayOf,
    notBefore: row.status === 'pending' ? toRfc3339(row.notBefore) : null,
    error: row.error === null ? null : ReasonAnswer.parse(JSON.parse(row.error)),
    outcome:
      row.outcome === null ? null : DeliveryAnswer.shape.outcome.parse(JSON.parse(row.outcome)),
  };
}
