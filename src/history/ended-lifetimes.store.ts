import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { RecordedTarget } from '../core/former-targets';
import type { RepositoryName } from '../core/names';
import { READER } from '../database/data-sources';
import { select } from '../database/select';

/** What tags pointed at before. */
@Injectable()
export class EndedLifetimesStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** The ended lifetimes of all tags of a repository, in the order in which they began. */
  async list(repository: RepositoryName): Promise<readonly RecordedTarget[]> {
    return select<RecordedTarget>(
      this.reader,
      `select tag, digest as "to" from lifetimes
      where repository = ? and until_at is not null order by from_sequence`,
      [repository],
    );
  }
}
