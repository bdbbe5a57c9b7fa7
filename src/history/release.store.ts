import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Release } from '../core/release';
import { parseVersionTag } from '../core/version';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { ReleaseEntity } from './release.entity';

/** Tags in one statement. */
const BATCH = 1_000;

@Injectable()
export class ReleaseStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** All releases of a repository, those that the registry has lost too; in no certain order. */
  async list(repository: RepositoryName): Promise<readonly Release[]> {
    const rows = await select<ReleaseRow>(
      this.reader,
      `select tag, digest, announced_prerelease, missing_since from releases where repository = ?`,
      [repository],
    );
    return rows.flatMap(toRelease);
  }

  /**
   * Takes releases into the ledger. A known one keeps its digest (rule B1), is there again, and
   * takes the pre-release mark of the announcement.
   */
  async record(
    transaction: Transaction,
    repository: RepositoryName,
    releases: readonly Release[],
    now: number,
  ): Promise<void> {
    await bulkInsert(transaction, {
      table: 'releases',
      columns: [
        ...['repository', 'tag', 'version', 'digest', 'announced_prerelease', 'first_seen_at'],
        'missing_since',
      ],
      rows: releases.map((release) => [
        ...[repository, release.tag, release.version.text, release.digest],
        ...[Number(release.announcedPrerelease), now, release.missing ? now : null],
      ]),
      onConflict: `(repository, tag) do update set
        announced_prerelease = excluded.announced_prerelease,
        missing_since = case when excluded.missing_since is null then null
          else coalesce(releases.missing_since, excluded.missing_since) end`,
      returning: ['tag'],
    });
  }

  /** Marks releases that the registry no longer has: they can own nothing new (rule M1). */
  async markMissing(
    transaction: Transaction,
    repository: RepositoryName,
    tags: readonly TagName[],
    now: number,
  ): Promise<void> {
    for (let start = 0; start < tags.length; start += BATCH) {
      const some = In(tags.slice(start, start + BATCH));
      await transaction.update(ReleaseEntity, { repository, tag: some }, { missingSince: now });
    }
  }
}

interface ReleaseRow {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly announced_prerelease: number | string;
  readonly missing_since: number | string | null;
}

/** A row whose tag is no version any more would come from an older grammar: it counts for nothing. */
function toRelease(row: ReleaseRow): readonly Release[] {
  const parsed = parseVersionTag(row.tag);
  if (parsed.kind === 'skipped') return [];
  return [
    {
      tag: row.tag,
      version: parsed.version,
      digest: row.digest,
      announcedPrerelease: Number(row.announced_prerelease) === 1,
      missing: row.missing_since !== null,
    },
  ];
}
