import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { And, DataSource, IsNull, MoreThan } from 'typeorm';
import { DomainError } from '../core/domain-error';
import { parseRepositoryName, type RepositoryName, slugOf } from '../core/names';
import type { Reach } from '../core/reach';
import { READER } from '../database/data-sources';
import { isReached } from '../database/in-reach';
import { decodeTextCursor, type Page, toPage } from '../http/page';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import { DriftStore } from './drift.store';
import type { HistoryQuery, RepositoryAnswer } from './history.schema';
import { KnownRepositoryEntity } from './known-repository.entity';
import { LifetimeEntity } from './lifetime.entity';
import { MoveEntity } from './move.entity';
import { ReleaseEntity } from './release.entity';

/** The repositories that Tagward has met. */
@Injectable()
export class RepositoryReadModel {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    private readonly drifts: DriftStore,
  ) {}

  /** By name. */
  async list({ cursor, limit }: HistoryQuery, reach: Reach): Promise<Page<RepositoryAnswer>> {
    const after = decodeTextCursor(cursor);
    const names = [
      ...(after === undefined ? [] : [MoreThan(parseRepositoryName(after))]),
      isReached(reach) ?? [],
    ].flat();
    const rows = await this.reader.manager.find(KnownRepositoryEntity, {
      order: { name: 'ASC' },
      where: names.length === 0 ? {} : { name: And(...names) },
      take: limit + 1,
    });
    const answers = await Promise.all(rows.map((row) => this.toAnswer(row)));
    return toPage(answers, limit, {
      toItem: (answer) => answer,
      keyOf: (answer) => answer.repository,
    });
  }

  /** Throws `repository-unknown`. */
  async get(name: RepositoryName): Promise<RepositoryAnswer> {
    return this.toAnswer(await this.getRow(name));
  }

  /** Throws `repository-unknown` unless Tagward has met the repository. */
  async getRow(name: RepositoryName): Promise<KnownRepositoryEntity> {
    const row = await this.reader.manager.findOneBy(KnownRepositoryEntity, { name });
    if (row !== null) return row;
    const sentence = `Tagward has not met ${name}: announce a release of it first`;
    throw new DomainError('repository-unknown', sentence);
  }

  private async toAnswer(row: KnownRepositoryEntity): Promise<RepositoryAnswer> {
    const repository = row.name;
    const { manager } = this.reader;
    const [releases, tags, moves, drifts] = await Promise.all([
      manager.countBy(ReleaseEntity, { repository, missingSince: IsNull() }),
      manager.countBy(LifetimeEntity, { repository, untilAt: IsNull() }),
      manager.countBy(MoveEntity, { repository, status: 'applied' }),
      this.drifts.list(repository),
    ]);
    return {
      repository,
      slug: slugOf(repository),
      counts: { releases, tags, moves },
      importedAt: toRfc3339OrNull(row.importedAt),
      lastSweptAt: toRfc3339OrNull(row.lastSweptAt),
      drift: Array.from(drifts.values(), ({ tag, recorded, found, since }) => ({
        ...{ tag, recorded, found, since: toRfc3339(since) },
      })),
    };
  }
}
