import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, IsNull, LessThanOrEqual, MoreThan } from 'typeorm';
import { SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { compareLanes } from '../core/lanes';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { READER } from '../database/data-sources';
import { decodeTextCursor, type Page, toPage } from '../http/page';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import type { DigestTagsAnswer, TagAnswer, TagAtAnswer, TagsQuery } from './history.schema';
import { LifetimeEntity } from './lifetime.entity';
import { type TagKinds, tagKindsOf } from './tag-kind';

/** What tags point at, now and at any time. */
@Injectable()
export class TagReadModel {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Current tags: moving ones in the order of lanes, then releases and others by name. */
  async list(repository: RepositoryName, query: TagsQuery): Promise<Page<TagAnswer>> {
    const after = decodeTextCursor(query.cursor);
    const kindOf = tagKindsOf(this.settings, repository);
    const open = await this.reader.manager.findBy(LifetimeEntity, {
      repository,
      untilAt: IsNull(),
    });
    const rows = open
      .filter(({ tag }) => query.kind === undefined || kindOf(tag) === query.kind)
      .sort((left, right) => compareLanes(left.tag, right.tag))
      .filter(({ tag }) => after === undefined || compareLanes(tag, after) > 0)
      .slice(0, query.limit + 1);
    return toPage(rows, query.limit, {
      toItem: (row) => toTag(row, kindOf),
      keyOf: (row) => row.tag,
    });
  }

  /** Throws `tag-unknown` when the tag points at nothing now. */
  async get(repository: RepositoryName, tag: TagName): Promise<TagAnswer> {
    const row = await this.reader.manager.findOneBy(LifetimeEntity, {
      repository,
      tag,
      untilAt: IsNull(),
    });
    if (row !== null) return toTag(row, tagKindsOf(this.settings, repository));
    throw new DomainError('tag-unknown', `${repository} has no tag ${tag} now`);
  }

  /** What a tag pointed at at a time. Throws `tag-not-present`. */
  async at(repository: RepositoryName, tag: TagName, time: number): Promise<TagAtAnswer> {
    const began = { repository, tag, fromAt: LessThanOrEqual(time) };
    const [row] = await this.reader.manager.find(LifetimeEntity, {
      where: [
        { ...began, untilAt: IsNull() },
        { ...began, untilAt: MoreThan(time) },
      ],
      order: { fromSequence: 'DESC' },
      take: 1,
    });
    if (row === undefined) {
      const sentence = `no record says that ${tag} of ${repository} existed at ${toRfc3339(time)}`;
      throw new DomainError('tag-not-present', sentence);
    }
    const { digest, release, fromAt, untilAt, reversion } = row;
    const period = { since: toRfc3339(fromAt), until: toRfc3339OrNull(untilAt) };
    return { tag, time: toRfc3339(time), digest, release, ...period, reversion };
  }

  /** Tags that point at a digest, or did, newest first; empty when none ever has. */
  async listOfDigest(repository: RepositoryName, digest: Digest): Promise<DigestTagsAnswer> {
    const rows = await this.reader.manager.find(LifetimeEntity, {
      where: { repository, digest },
      order: { fromSequence: 'DESC' },
    });
    return {
      items: rows.map(({ tag, fromAt, untilAt }) => ({
        tag,
        from: toRfc3339(fromAt),
        until: toRfc3339OrNull(untilAt),
      })),
    };
  }
}

function toTag(row: LifetimeEntity, kindOf: TagKinds): TagAnswer {
  return {
    tag: row.tag,
    kind: kindOf(row.tag),
    digest: row.digest,
    release: row.release,
    since: toRfc3339(row.fromAt),
    sequence: row.fromSequence,
  };
}
