import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { KnownRepositoryEntity } from './known-repository.entity';

export interface RepositoryMarks {
  readonly importedAt?: number;
  readonly lastSweptAt?: number;
  readonly rulesHash?: string;
}

export interface KnownRepository {
  /** Whether its whole tag list was taken in: nothing is moved before that (rule I1). */
  readonly isImported: boolean;
  /** Fingerprint of the rules of the last plan that was carried out. */
  readonly rulesHash: string | null;
}

interface KnownRepositoryRow {
  readonly imported_at: number | string | null;
  readonly rules_hash: string | null;
}

/** The image repositories that Tagward has met. */
@Injectable()
export class KnownRepositoryStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** What was done with a repository; undefined when it was never met. */
  async find(name: RepositoryName): Promise<KnownRepository | undefined> {
    const [row] = await select<KnownRepositoryRow>(
      this.reader,
      `select imported_at, rules_hash from repositories where name = ?`,
      [name],
    );
    return row && { isImported: row.imported_at !== null, rulesHash: row.rules_hash };
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
