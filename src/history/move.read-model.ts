import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { RepositoryName, TagName } from '../core/names';
import type { Reach } from '../core/reach';
import { READER } from '../database/data-sources';
import { isReached } from '../database/in-reach';
import { narrow } from '../database/narrow';
import { ReasonAnswer } from '../http/answers.schema';
import { decodeNumberCursor, type Page, toPage } from '../http/page';
import { toRfc3339 } from '../http/time';
import type { MoveAnswer, MovesQuery } from './history.schema';
import { MoveEntity } from './move.entity';

export interface MoveFilter extends Omit<MovesQuery, 'repository' | 'tag'> {
  readonly repository?: RepositoryName | undefined;
  readonly tag?: TagName | undefined;
  readonly reach: Reach;
}

/** Applied moves, newest first. Ordered by sequence, never by time. */
@Injectable()
export class MoveReadModel {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Moves after `since`, up to and at `until`. */
  async list(filter: MoveFilter): Promise<Page<MoveAnswer>> {
    const reached = isReached(filter.reach);
    const query = this.reader.manager
      .createQueryBuilder(MoveEntity, 'move')
      .where("move.status = 'applied'")
      .andWhere(reached === undefined ? {} : { repository: reached })
      .orderBy('move.sequence', 'DESC')
      .take(filter.limit + 1);
    narrow(query, {
      'move.repository = :repository': { repository: filter.repository },
      'move.tag = :tag': { tag: filter.tag },
      'move.kind = :kind': { kind: filter.kind },
      'move.at > :since': { since: filter.since },
      'move.at <= :until': { until: filter.until },
      'move.sequence < :before': { before: decodeNumberCursor(filter.cursor) },
    });
    const rows = await query.getMany();
    return toPage(rows, filter.limit, { toItem: toAnswer, keyOf: (row) => row.sequence });
  }
}

function toAnswer(row: MoveEntity): MoveAnswer {
  return {
    sequence: row.sequence,
    repository: row.repository,
    tag: row.tag,
    kind: row.kind,
    from: row.fromDigest === null ? null : { digest: row.fromDigest, release: row.fromRelease },
    to: row.toDigest === null ? null : { digest: row.toDigest, release: row.toRelease },
    reason: ReasonAnswer.parse(JSON.parse(row.reason)),
    actor: row.actor,
    deliveryId: row.deliveryId,
    at: toRfc3339(row.at),
  };
}
