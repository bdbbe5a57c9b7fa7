import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import { UnitOfWork } from '../database/unit-of-work';
import { DeliveryEntity } from './delivery.entity';

/** Rows of one statement; other writes get their turn between two. */
const ROWS_AT_A_TIME = 1_000;

/** Counts and cleans what the inbox holds. */
@Injectable()
export class DeliveryUpkeepStore {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Deliveries that wait, by the id of their source; those announced with a token included. */
  async countPending(): Promise<ReadonlyMap<string, number>> {
    const rows = await select<{ readonly source: string; readonly count: number | string }>(
      this.reader,
      `select source, count(*) as count from deliveries where status = 'pending' group by source`,
      [],
    );
    return new Map(rows.map(({ source, count }) => [source, Number(count)]));
  }

  /**
   * Empties the bodies of settled deliveries that came before a time (UTC milliseconds), behind an
   * id. Gives the last id that was looked at, and undefined when there is none left.
   */
  async dropBodies(before: number, behind: number): Promise<number | undefined> {
    const rows = await select<{ readonly id: number | string; readonly status: string }>(
      this.reader,
      `select id, status from deliveries where id > ? and received_at < ?
      order by id limit ${ROWS_AT_A_TIME}`,
      [behind, before],
    );
    const settled = rows.filter(({ status }) => status !== 'pending').map(({ id }) => Number(id));
    if (settled.length > 0) {
      await this.unitOfWork.runStatement((transaction) =>
        transaction.update(DeliveryEntity, { id: In(settled) }, { body: '' }),
      );
    }
    const last = rows.at(-1);
    return last === undefined ? undefined : Number(last.id);
  }
}
