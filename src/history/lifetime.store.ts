import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Target } from '../core/release';
import { READER } from '../database/data-sources';
import { select } from '../database/select';

/** Where a tag points now, as far as the ledger knows. */
export interface OpenLifetime extends Target {
  readonly tag: TagName;
  readonly fromAt: number;
  /** Of the move that began it. */
  readonly fromSequence: number;
}

/** Lists with more tags than this are read whole and filtered. */
const MOST_TAGS_IN_A_QUERY = 500;

@Injectable()
export class LifetimeStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** The open lifetimes of a repository by tag; with `tags`, only theirs. */
  async listOpen(
    repository: RepositoryName,
    tags?: ReadonlySet<TagName>,
  ): Promise<ReadonlyMap<TagName, OpenLifetime>> {
    const asked = tags !== undefined && tags.size <= MOST_TAGS_IN_A_QUERY ? [...tags] : undefined;
    const places = asked?.map(() => '?').join(', ');
    const rows = await select<OpenLifetimeRow>(
      this.reader,
      `select tag, digest, release, from_at, from_sequence from lifetimes
      where repository = ? and until_at is null
        ${places === undefined ? '' : `and tag in (${places})`}`,
      [repository, ...(asked ?? [])],
    );
    return new Map(
      rows
        .filter((row) => tags?.has(row.tag) ?? true)
        .map(({ from_at, from_sequence, ...target }) => [
          target.tag,
          { ...target, fromAt: Number(from_at), fromSequence: Number(from_sequence) },
        ]),
    );
  }
}

interface OpenLifetimeRow extends Target {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly from_at: number | string;
  readonly from_sequence: number | string;
}
