import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, IsNull, LessThan, MoreThan } from 'typeorm';
import { SETTINGS, type Settings } from '../config/settings';
import { compareLanes } from '../core/lanes';
import type { RepositoryName } from '../core/names';
import { READER } from '../database/data-sources';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import { Clock } from '../runtime/clock';
import type { TimelineAnswer, TimelineQuery } from './history.schema';
import { LifetimeEntity } from './lifetime.entity';
import { tagKindsOf } from './tag-kind';

type Lane = TimelineAnswer['lanes'][number];
const USUAL_SPAN_MS = 365 * 86_400_000;

/** The lifetimes of moving tags as lanes; an array, since objects lose the order of `2` and `latest`. */
@Injectable()
export class TimelineReadModel {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The lifetimes that touch the period; by default the year up to now. */
  async read(repository: RepositoryName, query: TimelineQuery): Promise<TimelineAnswer> {
    const to = query.to ?? this.clock.now();
    const from = query.from ?? to - USUAL_SPAN_MS;
    const began = { repository, fromAt: LessThan(to) };
    const rows = await this.reader.manager.find(LifetimeEntity, {
      where: [
        { ...began, untilAt: IsNull() },
        { ...began, untilAt: MoreThan(from) },
      ],
      order: { fromSequence: 'ASC' },
    });
    const kindOf = tagKindsOf(this.settings, repository);
    const moving = rows.filter(({ tag }) => kindOf(tag) === 'moving');
    return { from: toRfc3339(from), to: toRfc3339(to), lanes: toLanes(moving) };
  }
}

function toLanes(rows: readonly LifetimeEntity[]): Lane[] {
  const byTag = new Map<string, Lane>();
  for (const row of rows) {
    const lane = byTag.get(row.tag) ?? { tag: row.tag, segments: [] };
    byTag.set(row.tag, lane);
    lane.segments.push({
      digest: row.digest,
      release: row.release,
      from: toRfc3339(row.fromAt),
      until: toRfc3339OrNull(row.untilAt),
      kind: row.kind,
    });
  }
  return [...byTag.values()].sort((left, right) => compareLanes(left.tag, right.tag));
}
