import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Release } from '../core/release';
import type { RepositoryRules } from '../core/rules';
import { readerOf, type TagReader } from '../core/version';
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
  async list(repository: RepositoryName, rules: RepositoryRules): Promise<readonly Release[]> {
    const rows = await select<ReleaseRow>(
      this.reader,
      `select tag, digest, announced_prerelease, first_seen_at, missing_since, withdrawn_reason, platforms
      from releases where repository = ?`,
      [repository],
    );
    const reader = readerOf(rules);
    return rows.flatMap((row) => toRelease(row, reader));
  }

  /**
   * Takes releases into the ledger. A known one takes the digest that the rules leave it (B1), is
   * there again, and takes the pre-release mark of the announcement.
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
        ...['missing_since', 'platforms'],
      ],
      rows: releases.map((release) => [
        ...[repository, release.tag, release.version.text, release.digest],
        ...[Number(release.announcedPrerelease), release.firstSeenAt ?? now],
        release.missing ? now : null,
        release.platforms === undefined ? null : JSON.stringify(release.platforms),
      ]),
      onConflict: `(repository, tag) do update set
        announced_prerelease = excluded.announced_prerelease,
        digest = excluded.digest,
        platforms = excluded.platforms,
        missing_since = case when excluded.missing_since is null then null
          else coalesce(releases.missing_since, excluded.missing_since) end`,
      returning: ['tag'],
    });
  }

  /** When the withdrawn releases of a repository were taken back, UTC milliseconds, by tag. */
  async listWithdrawals(repository: RepositoryName): Promise<ReadonlyMap<TagName, number>> {
    const rows = await select<{ readonly tag: TagName; readonly at: number | string }>(
      this.reader,
      `select tag, withdrawn_at as at from releases
      where repository = ? and withdrawn_at is not null`,
      [repository],
    );
    return new Map(rows.map(({ tag, at }) => [tag, Number(at)]));
  }

  /** Takes a release back, or gives it back with `undefined` (rules W1 and W3). */
  async setWithdrawal(
    transaction: Transaction,
    release: { readonly repository: RepositoryName; readonly tag: TagName },
    withdrawal: { readonly by: string; readonly reason: string; readonly at: number } | undefined,
  ): Promise<void> {
    await transaction.update(ReleaseEntity, release, {
      withdrawnAt: withdrawal?.at ?? null,
      withdrawnBy: withdrawal?.by ?? null,
      withdrawnReason: withdrawal?.reason ?? null,
    });
  }

  /** Releases that are there again. */
  async markPresent(
    transaction: Transaction,
    repository: RepositoryName,
    tags: readonly TagName[],
  ): Promise<void> {
    await transaction.update(
      ReleaseEntity,
      { repository, tag: In([...tags]) },
      { missingSince: null },
    );
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

const Platforms = z.array(z.string());

interface ReleaseRow {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly announced_prerelease: number | string;
  readonly first_seen_at: number | string;
  readonly missing_since: number | string | null;
  readonly withdrawn_reason: string | null;
  readonly platforms: string | null;
}

/** A row whose tag is no version by the rules of today counts for nothing. */
function toRelease(row: ReleaseRow, reader: TagReader): readonly Release[] {
  const parsed = reader.read(row.tag);
  if (parsed.kind === 'skipped') return [];
  return [
    {
      tag: row.tag,
      version: parsed.version,
      digest: row.digest,
      announcedPrerelease: Number(row.announced_prerelease) === 1,
      missing: row.missing_since !== null,
      withdrawn: row.withdrawn_reason ?? undefined,
      firstSeenAt: Number(row.first_seen_at),
      platforms: row.platforms === null ? undefined : Platforms.parse(JSON.parse(row.platforms)),
    },
  ];
}
