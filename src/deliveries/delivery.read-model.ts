import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  And,
  Between,
  DataSource,
  Equal,
  type FindOptionsWhere,
  IsNull,
  LessThan,
  Not,
} from 'typeorm';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import type { Reach } from '../core/reach';
import { READER } from '../database/data-sources';
import { isReached } from '../database/in-reach';
import { ReasonAnswer } from '../http/answers.schema';
import { decodeNumberCursor, type Page, toPage } from '../http/page';
import { toRfc3339 } from '../http/time';
import { DeliveryEntity } from './delivery.entity';
import { type DeliveriesQuery, DeliveryAnswer, type ReplayRequest } from './delivery.schema';

/** Deliveries as the API shows them. Bodies are left out: they may be long and are not ours. */
@Injectable()
export class DeliveryReadModel {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Newest first. */
  async list(query: DeliveriesQuery, reach: Reach): Promise<Page<DeliveryAnswer>> {
    const before = decodeNumberCursor(query.cursor);
    const { status, source, repository, limit } = query;
    const rows = await this.reader.manager.find(DeliveryEntity, {
      where: {
        ...(status === undefined ? {} : { status }),
        ...(source === undefined ? {} : { source }),
        ...whereRepository(repository, reach),
        ...(before === undefined ? {} : { id: LessThan(before) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return toPage(rows, limit, { toItem: toAnswer, keyOf: (row) => row.id });
  }

  /** Throws `delivery-unknown`. */
  async get(id: number, reach: Reach): Promise<DeliveryAnswer> {
    return toAnswer(await this.getRow(id, reach));
  }

  /**
   * Deliveries of a span of time that can run again, oldest first, and at most one more than
   * `limit`. What is a replay itself is left out: its first one is in the same span or was before.
   */
  async listReplayable(
    { source, repository, status, since, until }: Omit<ReplayRequest, 'dryRun'>,
    { limit, reach }: { readonly limit: number; readonly reach: Reach },
  ): Promise<readonly ReplayableDelivery[]> {
    const rows = await this.reader.manager.find(DeliveryEntity, {
      where: {
        receivedAt: Between(since, until - 1),
        replayOf: IsNull(),
        repository: Not(IsNull()),
        ...whereRepository(repository, reach),
        ...(status === undefined ? {} : { status }),
        ...(source === undefined ? {} : { source }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    return rows.filter(isReplayable);
  }

  async getRow(id: number, reach: Reach): Promise<DeliveryEntity> {
    const where = { id, ...whereRepository(undefined, reach) };
    const row = Number.isSafeInteger(id)
      ? await this.reader.manager.findOneBy(DeliveryEntity, where)
      : null;
    if (row !== null) return row;
    throw new DomainError('delivery-unknown', 'there is no delivery with this id');
  }
}

function whereRepository(
  repository: RepositoryName | undefined,
  reach: Reach,
): FindOptionsWhere<DeliveryEntity> {
  const reached = isReached(reach);
  if (repository === undefined) return reached === undefined ? {} : { repository: reached };
  return { repository: reached === undefined ? repository : And(Equal(repository), reached) };
}

/** A delivery that says what is to be looked at. */
export type ReplayableDelivery = DeliveryEntity & { readonly repository: RepositoryName };

export function isReplayable(row: DeliveryEntity): row is ReplayableDelivery {
  return row.repository !== null;
}

export function toAnswer(row: DeliveryEntity): DeliveryAnswer {
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
