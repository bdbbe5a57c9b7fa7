import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { READER } from '../database/data-sources';
import { select } from '../database/select';

/** What the inbox holds of one source; times in UTC milliseconds. */
export interface SourceNumbers {
  readonly lastReceivedAt: number | null;
  readonly deliveries: number;
  readonly dead: number;
  readonly rejected: number;
}

/** The conditions of the index `deliveries_failed`, word for word: it serves no other ones. */
const DEAD = `status = 'dead'`;
const REJECTED = `(error like '{"code":"event-invalid"%' or error like '{"code":"tag-invalid"%')`;
const RECENT = `select count(*) from deliveries where source = ? and received_at >= ?`;
const FAILED = `${RECENT} and (${DEAD} or ${REJECTED})`;

/** Parameters: the source, then three times the source and the time that counts begin with. */
export const NUMBERS_OF_SOURCE = `select
  (select max(received_at) from deliveries where source = ?) as "lastReceivedAt",
  (${RECENT}) as deliveries,
  (${FAILED} and ${DEAD}) as dead,
  (${FAILED} and not (${DEAD})) as rejected`;

/** Counts that indexes alone answer, however many deliveries there are. */
@Injectable()
export class SourceReadModel {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** The last receipt of all, and the counts of what was received from a time on. */
  async read(source: string, since: number): Promise<SourceNumbers> {
    const [row] = await select<Readonly<Record<keyof SourceNumbers, number | string | null>>>(
      this.reader,
      NUMBERS_OF_SOURCE,
      [source, source, since, source, since, source, since],
    );
    const last = row?.lastReceivedAt ?? null;
    return {
      lastReceivedAt: last === null ? null : Number(last),
      deliveries: Number(row?.deliveries ?? 0),
      dead: Number(row?.dead ?? 0),
      rejected: Number(row?.rejected ?? 0),
    };
  }
}
