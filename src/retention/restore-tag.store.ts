import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThanOrEqual } from 'typeorm';
import { restoreTagOf } from '../core/internal-tags';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import type { KeptManifest } from '../history/dummy-journal.store';
import { RestoreTagEntity } from './restore-tag.entity';

/** A tag that was pruned, with the end of its window (UTC milliseconds). */
export interface RestorableTag {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly untilAt: number;
}

export interface NewRestoreTag {
  readonly repository: RepositoryName;
  readonly manifest: KeptManifest;
  readonly runId: number;
  readonly now: number;
  readonly untilAt: number;
}

/** Restore tags, and the pruned tags that they are for. */
@Injectable()
export class RestoreTagStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Before the tag is written. A digest that has one keeps it for the longer of both windows. */
  async keep(transaction: Transaction, kept: readonly NewRestoreTag[]): Promise<void> {
    await bulkInsert(transaction, {
      table: 'restore_tags',
      columns: [
        ...['repository', 'digest', 'tag', 'media_type', 'bytes', 'run_id', 'created_at'],
        'until_at',
      ],
      rows: kept.map(({ repository, manifest, runId, now, untilAt }) => [
        ...[repository, manifest.digest, restoreTagOf(manifest.digest), manifest.mediaType],
        ...[manifest.bytes.toString('base64'), runId, now, untilAt],
      ]),
      onConflict: `(repository, digest) do update set run_id = excluded.run_id,
        until_at = case when excluded.until_at > restore_tags.until_at
          then excluded.until_at else restore_tags.until_at end`,
      returning: ['digest'],
    });
  }

  /** With the moves that prune the tags, by their sequence. */
  async addRestorable(
    transaction: Transaction,
    repository: RepositoryName,
    tags: readonly (RestorableTag & { readonly sequence: number })[],
  ): Promise<void> {
    await bulkInsert(transaction, {
      table: 'restorable_tags',
      columns: ['sequence', 'repository', 'tag', 'digest', 'until_at'],
      rows: tags.map(({ sequence, tag, digest, untilAt }) => [
        ...[sequence, repository, tag, digest, untilAt],
      ]),
      returning: ['sequence'],
    });
  }

  /** What a digest's restore tag was written with; undefined without one. */
  async find(repository: RepositoryName, digest: Digest): Promise<RestoreTagEntity | undefined> {
    return (
      (await this.reader.manager.findOneBy(RestoreTagEntity, { repository, digest })) ?? undefined
    );
  }

  /** All of a repository, the first to be released first. */
  async list(repository: RepositoryName): Promise<readonly RestoreTagEntity[]> {
    return this.reader.manager.find(RestoreTagEntity, {
      where: { repository },
      order: { untilAt: 'ASC', digest: 'ASC' },
    });
  }

  async listDueRepositories(now: number): Promise<readonly RepositoryName[]> {
    const rows = await this.reader.manager.find(RestoreTagEntity, {
      where: { untilAt: LessThanOrEqual(now) },
      select: { repository: true },
    });
    return [...new Set(rows.map(({ repository }) => repository))].sort();
  }

  /** The last pruned first; those whose window is over as well. */
  async listRestorable(repository: RepositoryName): Promise<readonly RestorableTag[]> {
    const rows = await select<RestorableRow>(
      this.reader,
      `select r.tag, r.digest, r.until_at from restorable_tags r join moves m
        on m.sequence = r.sequence and m.status = 'applied'
      where r.repository = ? order by r.sequence desc`,
      [repository],
    );
    return rows.map(({ tag, digest, until_at }) => ({ tag, digest, untilAt: Number(until_at) }));
  }

  /** The last time when a tag was pruned with a window; undefined if it never was. */
  async findRestorable(
    repository: RepositoryName,
    tag: TagName,
  ): Promise<RestorableTag | undefined> {
    const [row] = await select<RestorableRow>(
      this.reader,
      `select r.tag, r.digest, r.until_at from restorable_tags r join moves m
        on m.sequence = r.sequence and m.status = 'applied'
      where r.repository = ? and r.tag = ? order by r.sequence desc limit 1`,
      [repository, tag],
    );
    return row && { tag, digest: row.digest, untilAt: Number(row.until_at) };
  }

  async postpone(
    transaction: Transaction,
    repository: RepositoryName,
    digest: Digest,
    untilAt: number,
  ): Promise<void> {
    await transaction.update(RestoreTagEntity, { repository, digest }, { untilAt });
  }

  /** Its tag is gone from the registry. */
  async forget(
    transaction: Transaction,
    repository: RepositoryName,
    digest: Digest,
  ): Promise<void> {
    await transaction.delete(RestoreTagEntity, { repository, digest });
  }
}

interface RestorableRow {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly until_at: number | string;
}
