import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import type { Transaction } from '../database/unit-of-work';
import { KnownRepositoryEntity } from './known-repository.entity';

export interface RepositoryMarks {
  readonly importedAt?: number;
  readonly lastSweptAt?: number;
  readonly rulesHash?: string;
}

/** The image repositories that Tagward has met. */
@Injectable()
export class KnownRepositoryStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  async find(name: RepositoryName): Promise<KnownRepositoryEntity | undefined> {
    return (await this.reader.manager.findOneBy(KnownRepositoryEntity, { name })) ?? undefined;
  }

  async listNames(): Promise<readonly RepositoryName[]> {
    const rows = await this.reader.manager.find(KnownRepositoryEntity, { order: { name: 'ASC' } });
    return rows.map((row) => row.name);
  }

  /** Remembers that a repository was met, and what has been done with it. */
  async mark(
    transaction: Transaction,
    name: RepositoryName,
    marks: RepositoryMarks,
    now: number,
  ): Promise<void> {
    await bulkInsert(transaction, {
      table: 'repositories',
      columns: ['name', 'first_seen_at'],
      rows: [[name, now]],
      onConflict: '(name) do nothing',
      returning: ['name'],
    });
    if (Object.keys(marks).length === 0) return;
    await transaction.update(KnownRepositoryEntity, { name }, marks);
  }
}
