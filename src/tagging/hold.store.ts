import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { Hold, Holds } from '../core/hold';
import type { RepositoryName, TagName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { HoldEntity } from './hold.entity';

interface HoldRow {
  readonly tag: TagName;
  readonly held_by: string;
  readonly reason: string;
  readonly expires_at: number | string | null;
}

/** Frozen moving tags. A hold stays on record after its end until its tag was looked at again. */
@Injectable()
export class HoldStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Holds by tag, those that have ended and were not carried out yet included. */
  async list(repository: RepositoryName): Promise<Holds> {
    const rows = await select<HoldRow>(
      this.reader,
      `select tag, held_by, reason, expires_at from holds where repository = ?`,
      [repository],
    );
    return new Map(rows.map((row) => [row.tag, toHold(row)]));
  }

  /** Repositories with a hold that has ended by `now`. */
  async listRepositoriesEnded(now: number): Promise<readonly RepositoryName[]> {
    const rows = await select<{ readonly repository: RepositoryName }>(
      this.reader,
      `select distinct repository from holds where expires_at <= ?`,
      [now],
    );
    return rows.map(({ repository }) => repository);
  }

  /** Sets a hold; one that is there is replaced. */
  async set(
    transaction: Transaction,
    repository: RepositoryName,
    hold: Hold,
    now: number,
  ): Promise<void> {
    await bulkInsert(transaction, {
      table: 'holds',
      columns: ['repository', 'tag', 'held_by', 'reason', 'held_at', 'expires_at'],
      rows: [[repository, hold.tag, hold.by, hold.reason, now, hold.expiresAt]],
      onConflict: `(repository, tag) do update set held_by = excluded.held_by,
        reason = excluded.reason, held_at = excluded.held_at, expires_at = excluded.expires_at`,
      returning: ['tag'],
    });
  }

  /** Ends a hold; its tag follows when the repository is reconciled. False when there is none. */
  async end(
    transaction: Transaction,
    repository: RepositoryName,
    tag: TagName,
    now: number,
  ): Promise<boolean> {
    if (!(await transaction.existsBy(HoldEntity, { repository, tag }))) return false;
    await transaction.update(HoldEntity, { repository, tag }, { expiresAt: now });
    return true;
  }

  /** Forgets holds that have ended and whose tags have followed. */
  async remove(
    transaction: Transaction,
    repository: RepositoryName,
    tags: readonly TagName[],
  ): Promise<void> {
    if (tags.length === 0) return;
    await transaction.delete(HoldEntity, { repository, tag: In([...tags]) });
  }
}

function toHold(row: HoldRow): Hold {
  const { tag, held_by, reason, expires_at } = row;
  return { tag, by: held_by, reason, expiresAt: expires_at === null ? null : Number(expires_at) };
}
