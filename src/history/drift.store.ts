import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Target } from '../core/release';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { Metrics } from '../runtime/metrics';
import { DriftEntity } from './drift.entity';

/** The registry differs from what was recorded: somebody else moved, made or deleted a tag. */
export interface Drift {
  readonly tag: TagName;
  readonly recorded: Target | null;
  readonly found: Target | null;
  /** UTC milliseconds of the first observation. */
  readonly since: number;
}

@Injectable()
export class DriftStore {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    metrics: Metrics,
  ) {
    metrics.beforeAnswer(async () => {
      metrics.driftedTags.reset();
      for (const { repository, count } of await this.countAll()) {
        metrics.driftedTags.set({ repository }, Number(count));
      }
    });
  }

  private countAll(): Promise<readonly { repository: string; count: number | string }[]> {
    const text = `select repository, count(*) as count from drifts group by repository`;
    return select(this.reader, text, []);
  }

  /** Open drifts by tag. */
  async list(repository: RepositoryName): Promise<ReadonlyMap<TagName, Drift>> {
    const rows = await select<DriftRow>(
      this.reader,
      `select tag, recorded_digest, recorded_release, found_digest, found_release, since
      from drifts where repository = ?`,
      [repository],
    );
    return new Map(rows.map((row) => [row.tag, toDrift(row)]));
  }

  /** Opens drifts; one that is open keeps what was recorded and since when. */
  async open(
    transaction: Transaction,
    repository: RepositoryName,
    drifts: readonly Drift[],
  ): Promise<void> {
    await bulkInsert(transaction, {
      table: 'drifts',
      columns: [
        ...['repository', 'tag', 'recorded_digest', 'recorded_release'],
        ...['found_digest', 'found_release', 'since'],
      ],
      rows: drifts.map(({ tag, recorded, found, since }) => [
        ...[repository, tag, recorded?.digest ?? null, recorded?.release ?? null],
        ...[found?.digest ?? null, found?.release ?? null, since],
      ]),
      onConflict: `(repository, tag) do update set
        found_digest = excluded.found_digest, found_release = excluded.found_release`,
      returning: ['tag'],
    });
  }

  async close(
    transaction: Transaction,
    repository: RepositoryName,
    tags: readonly TagName[],
  ): Promise<void> {
    if (tags.length === 0) return;
    await transaction.delete(DriftEntity, { repository, tag: In([...tags]) });
  }
}

interface DriftRow {
  readonly tag: TagName;
  readonly recorded_digest: Digest | null;
  readonly recorded_release: TagName | null;
  readonly found_digest: Digest | null;
  readonly found_release: TagName | null;
  readonly since: number | string;
}

function toDrift(row: DriftRow): Drift {
  return {
    tag: row.tag,
    recorded: toTarget(row.recorded_digest, row.recorded_release),
    found: toTarget(row.found_digest, row.found_release),
    since: Number(row.since),
  };
}

function toTarget(digest: Digest | null, release: TagName | null): Target | null {
  return digest === null ? null : { digest, release };
}
