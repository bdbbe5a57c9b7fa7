import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Target } from '../core/release';
import { READER } from '../database/data-sources';
import { LifetimeEntity } from './lifetime.entity';

/** Where a tag points now, as far as the ledger knows. */
export interface OpenLifetime extends Target {
  readonly tag: TagName;
  readonly fromAt: number;
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
    const query = this.reader.manager
      .createQueryBuilder(LifetimeEntity, 'lifetime')
      .select('lifetime.tag', 'tag')
      .addSelect('lifetime.digest', 'digest')
      .addSelect('lifetime.release', 'release')
      .addSelect('lifetime.fromAt', 'from_at')
      .where('lifetime.repository = :repository and lifetime.untilAt is null', { repository });
    if (tags !== undefined && tags.size <= MOST_TAGS_IN_A_QUERY) {
      query.andWhere('lifetime.tag in (:...tags)', { tags: [...tags] });
    }
    const rows = await query.getRawMany<OpenLifetimeRow>();
    return new Map(
      rows
        .filter((row) => tags?.has(row.tag) ?? true)
        .map(({ from_at, ...target }) => [target.tag, { ...target, fromAt: Number(from_at) }]),
    );
  }
}

interface OpenLifetimeRow extends Target {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly from_at: number | string;
}
