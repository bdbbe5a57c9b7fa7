import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, LessThanOrEqual } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity';
import { z } from 'zod';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bulkInsert, type SqlValue } from '../database/bulk-insert';
import { literally } from '../database/columns';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import { type Transaction, UnitOfWork } from '../database/unit-of-work';
import {
  type AnnouncedEvent,
  type AnnouncementError,
  type DueAnnouncement,
  Inbox,
  type SettledAnnouncement,
  type Settlement,
} from '../tagging/inbox';
import { DeliveryEntity } from './delivery.entity';

export interface NewDelivery {
  readonly source: string;
  readonly dedupeKey: string;
  readonly event: AnnouncedEvent;
  readonly repository: RepositoryName | null;
  readonly tag: TagName | null;
  readonly digest: Digest | null;
  readonly prerelease: boolean | null;
  readonly runUrl: string | null;
  readonly occurredAt: number | null;
  readonly receivedAt: number;
  readonly body: string;
  readonly status: 'pending' | 'ignored';
  /** Why it is ignored. */
  readonly error: AnnouncementError | null;
  readonly replayOf: number | null;
}

export interface StoredDelivery {
  readonly id: number;
  /** Whether the row was there before, and the event changed nothing but a count. */
  readonly duplicate: boolean;
}

/** Begins the keys of deliveries that nothing tells apart: one waits for each tag at a time. */
const MERGE_KEY = 'merge:';

/** The dedupe key of an event without an id and without a time: the next one joins it. */
export function mergeKeyOf(repository: RepositoryName, tag: TagName | null): string {
  return `${MERGE_KEY}${repository}${tag === null ? '' : `:${tag}`}`;
}

export function isMergeKey(dedupeKey: string): boolean {
  return dedupeKey.startsWith(MERGE_KEY);
}

/** Announcements of one reconcile; what is left over is due still, and queued again. */
const MOST_DUE = 1_000;

/** The inbox: the durable truth about what was accepted. */
@Injectable()
export class DeliveryStore extends Inbox {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  /**
   * Stores deliveries, in the order given. One that is there already counts as a duplicate; a dead
   * one comes back to life, since senders reuse the id when a person has them send again.
   * `commit` numbers the transaction and is never used twice.
   */
  async insert(
    transaction: Transaction,
    deliveries: readonly NewDelivery[],
    commit: number,
  ): Promise<readonly StoredDelivery[]> {
    const merged = mergeEqualKeys(deliveries);
    const answer = await bulkInsert(transaction, {
      table: 'deliveries',
      columns: COLUMNS,
      rows: [...merged.values()].map(({ delivery, extra }) => toRow(delivery, extra, commit)),
      onConflict: ON_DUPLICATE,
      returning: ['id', `${KEY} as key`, 'coalesce(reopened_in, accepted_in) as fresh_in'],
    });
    const rows = new Map(InsertedRows.parse(answer).map((row) => [row.key, row]));
    return deliveries.map((delivery) => {
      const key = keyOf(delivery);
      const row = rows.get(key);
      if (row === undefined) throw new Error('an inserted delivery did not come back');
      const isFirst = merged.get(key)?.delivery === delivery;
      return { id: row.id, duplicate: !(isFirst && row.fresh_in === commit) };
    });
  }

  async listDue(repository: RepositoryName, now: number): Promise<readonly DueAnnouncement[]> {
    const rows = await select<DueDelivery>(
      this.reader,
      `select id, source, event, tag, digest, prerelease, attempts, received_at,
        case when dedupe_key like '${MERGE_KEY}%' then duplicates end as joined
      from deliveries
      where repository = ? and status = 'pending' and not_before <= ?
      order by id limit ${MOST_DUE}`,
      [repository, now],
    );
    return rows.map(toAnnouncement);
  }

  async listRepositoriesDue(now: number): Promise<readonly RepositoryName[]> {
    const rows = await this.reader.manager
      .createQueryBuilder(DeliveryEntity, 'delivery')
      .select('distinct delivery.repository', 'repository')
      .where({ status: literally('pending'), notBefore: LessThanOrEqual(now) })
      .getRawMany<{ repository: RepositoryName }>();
    return rows.map((row) => row.repository);
  }

  async settleAlone(settled: readonly SettledAnnouncement[]): Promise<void> {
    const settle = (transaction: Transaction): Promise<void> => this.settle(transaction, settled);
    const [first, ...more] = groupAlike(settled);
    const isOne = more.length === 0 && (first?.ids.length ?? 0) <= MOST_IDS_IN_A_STATEMENT;
    await (isOne ? this.unitOfWork.runStatement(settle) : this.unitOfWork.run(settle));
  }

  /** Deliveries that end alike, such as many of one release, share a statement. */
  async settle(transaction: Transaction, settled: readonly SettledAnnouncement[]): Promise<void> {
    for (const { settlement, joined, ids } of groupAlike(settled)) {
      const columns = joined === null ? columnsOf(settlement) : columnsIfAll(settlement, joined);
      for (let start = 0; start < ids.length; start += MOST_IDS_IN_A_STATEMENT) {
        const some = In(ids.slice(start, start + MOST_IDS_IN_A_STATEMENT));
        await transaction.update(DeliveryEntity, { id: some }, columns);
      }
    }
  }
}

const MOST_IDS_IN_A_STATEMENT = MOST_DUE;

interface AlikeSettlements extends Omit<SettledAnnouncement, 'deliveryId'> {
  readonly ids: number[];
}

function groupAlike(settled: readonly SettledAnnouncement[]): Iterable<AlikeSettlements> {
  const groups = new Map<string, AlikeSettlements>();
  // Many share one object, and its decisions are long.
  const kinds = new Map<Settlement, number>();
  const texts = new Map<string, number>();
  const kindOf = (settlement: Settlement): number => {
    const text = JSON.stringify(settlement);
    const kind = texts.get(text) ?? texts.size;
    texts.set(text, kind);
    kinds.set(settlement, kind);
    return kind;
  };
  for (const { deliveryId, settlement, joined } of settled) {
    const key = `${joined} ${kinds.get(settlement) ?? kindOf(settlement)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { settlement, joined, ids: [deliveryId] });
    else group.ids.push(deliveryId);
  }
  return groups.values();
}

function columnsOf(settlement: Settlement): QueryDeepPartialEntity<DeliveryEntity> {
  return {
    status: settlement.status,
    error: 'error' in settlement ? JSON.stringify(settlement.error) : null,
    attempts: () => 'attempts + 1',
    ...('decisions' in settlement
      ? { outcome: JSON.stringify({ decisions: settlement.decisions }) }
      : {}),
    ...('notBefore' in settlement ? { notBefore: settlement.notBefore } : {}),
  };
}

/**
 * Ends a delivery that others join unless one more has since: that one has not been looked at, so
 * it stays. One that ended leaves its key to the next.
 */
function columnsIfAll(
  settlement: Settlement,
  joined: number,
): QueryDeepPartialEntity<DeliveryEntity> {
  const columns = columnsOf(settlement);
  if (settlement.status === 'pending') return columns;
  const isAll = `case when duplicates = ${joined}`;
  return {
    ...columns,
    status: () => `${isAll} then '${settlement.status}' else 'pending' end`,
    dedupeKey: () => `${isAll} then dedupe_key || '#' || id else dedupe_key end`,
  };
}

const COLUMNS = [
  ...['source', 'dedupe_key', 'event', 'repository', 'tag', 'digest', 'prerelease', 'run_url'],
  ...['occurred_at', 'received_at', 'body', 'status', 'not_before', 'error', 'duplicates'],
  ...['accepted_in', 'replay_of'],
];

const REVIVED = `deliveries.status = 'dead' and excluded.status = 'pending'`;
const ON_DUPLICATE = `(source, dedupe_key) do update set
  duplicates = deliveries.duplicates + excluded.duplicates + 1,
  reopened_in = case when ${REVIVED} then excluded.accepted_in else deliveries.reopened_in end,
  attempts = case when ${REVIVED} then 0 else deliveries.attempts end,
  not_before = case when ${REVIVED} then excluded.not_before else deliveries.not_before end,
  error = case when ${REVIVED} then null else deliveries.error end,
  status = case when ${REVIVED} then 'pending' else deliveries.status end`;

const InsertedRows = z.array(
  z.object({
    id: z.coerce.number(),
    key: z.string(),
    /** The commit that stored it or brought it back to life last. */
    fresh_in: z.coerce.number(),
  }),
);

interface MergedDelivery {
  readonly delivery: NewDelivery;
  /** How many more of the same there were. */
  readonly extra: number;
}

/** No statement may touch one row twice, so equal keys are one row with a count. */
function mergeEqualKeys(deliveries: readonly NewDelivery[]): ReadonlyMap<string, MergedDelivery> {
  const merged = new Map<string, MergedDelivery>();
  for (const delivery of deliveries) {
    const key = keyOf(delivery);
    const first = merged.get(key);
    if (first === undefined) merged.set(key, { delivery, extra: 0 });
    else merged.set(key, { ...first, extra: first.extra + 1 });
  }
  return merged;
}

/** Source ids hold no blank, so the pair cannot be misread. */
function keyOf({ source, dedupeKey }: NewDelivery): string {
  return `${source} ${dedupeKey}`;
}
const KEY = `source || ' ' || dedupe_key`;

function toRow(delivery: NewDelivery, extra: number, commit: number): readonly SqlValue[] {
  const { prerelease, error } = delivery;
  return [
    ...[delivery.source, delivery.dedupeKey, delivery.event, delivery.repository, delivery.tag],
    ...[delivery.digest, prerelease === null ? null : Number(prerelease), delivery.runUrl],
    ...[delivery.occurredAt, delivery.receivedAt, delivery.body, delivery.status],
    ...[delivery.receivedAt, error === null ? null : JSON.stringify(error), extra],
    ...[commit, delivery.replayOf],
  ];
}

interface DueDelivery extends Pick<DueAnnouncement, 'event' | 'tag' | 'digest'> {
  readonly id: number | string;
  readonly source: string;
  readonly prerelease: number | null;
  readonly attempts: number | string;
  readonly joined: number | string | null;
  readonly received_at: number | string;
}

function toAnnouncement(row: DueDelivery): DueAnnouncement {
  return {
    deliveryId: Number(row.id),
    actor: row.source.includes(':') ? row.source : `source:${row.source}`,
    event: row.event,
    tag: row.tag,
    digest: row.digest,
    prerelease: row.prerelease === null ? null : row.prerelease === 1,
    attempts: Number(row.attempts),
    receivedAt: Number(row.received_at),
    joined: row.joined === null ? null : Number(row.joined),
  };
}
