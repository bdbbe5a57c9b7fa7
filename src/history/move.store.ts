import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import type { RecordedMove } from '../core/backtest';
import type { MoveKind, Reason } from '../core/decision';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Target } from '../core/release';
import { bulkInsert } from '../database/bulk-insert';
import { literally } from '../database/columns';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { MoveEntity, type MoveStatus } from './move.entity';

export interface NewMove {
  readonly repository: RepositoryName;
  readonly tag: TagName;
  readonly kind: MoveKind;
  readonly from: Target | null;
  readonly to: Target | null;
  readonly reason: Reason<string>;
  readonly actor: string;
  readonly deliveryId: number | null;
  readonly runId: number | null;
  /** What the tag is pointed at before it is deleted; nothing unless given. */
  readonly dummyDigest?: Digest;
  /** UTC milliseconds; never before the repository's last move. */
  readonly at: number;
}

/** A move whose outcome is not known yet. */
export interface IntendedMove {
  readonly sequence: number;
  readonly repository: RepositoryName;
  readonly tag: TagName;
  readonly toDigest: Digest | null;
  readonly runId: number | null;
}

/** How far the moves of a repository are. */
export interface MoveStanding {
  /** UTC milliseconds of the last move, or 0: no later move is recorded before it. */
  readonly lastMoveAt: number;
  /** Whether the outcome of a move is not known: an earlier try ended in the middle. */
  readonly hasIntended: boolean;
}

interface StandingRow {
  readonly last_move_at: number | string | null;
  readonly intended: number | string;
}

const COLUMNS = [
  ...['repository', 'tag', 'kind', 'from_digest', 'from_release', 'to_digest', 'to_release'],
  ...['reason', 'actor', 'delivery_id', 'run_id', 'dummy_digest', 'at', 'status'],
];
const InsertedMove = z.object({ sequence: z.coerce.number(), tag: z.string() });

/** Long enough to cost few statements, short enough for a list that is searched row by row. */
const SEQUENCES_PER_STATEMENT = 500;

/** Moves and the lifetimes that follow from them: the two never disagree. */
@Injectable()
export class MoveStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /**
   * Records moves before the registry is written to. Gives the sequence of each by its tag; a tag
   * may occur once.
   */
  async intend(
    transaction: Transaction,
    moves: readonly NewMove[],
  ): Promise<ReadonlyMap<string, number>> {
    return this.insert(transaction, moves, 'intended');
  }

  /** Records moves that have already happened, with their lifetimes. A tag may occur once. */
  async recordApplied(transaction: Transaction, moves: readonly NewMove[]): Promise<void> {
    const sequences = await this.insert(transaction, moves, 'applied');
    await this.changeLifetimes(transaction, [...sequences.values()]);
  }

  /** Marks intended moves as applied, ends the lifetimes of their tags and begins new ones. */
  async apply(transaction: Transaction, sequences: readonly number[]): Promise<void> {
    await this.mark(transaction, sequences, 'applied');
    await this.changeLifetimes(transaction, sequences);
  }

  /** Marks intended moves as failed: the registry refused them, or never got them. */
  async fail(transaction: Transaction, sequences: readonly number[]): Promise<void> {
    await this.mark(transaction, sequences, 'failed');
  }

  /** Moves of a repository that are neither applied nor failed, in order. */
  async listIntended(repository: RepositoryName): Promise<readonly IntendedMove[]> {
    return this.reader.manager.find(MoveEntity, {
      where: { repository, status: literally('intended') },
      order: { sequence: 'ASC' },
    });
  }

  async listRepositoriesWithIntended(): Promise<readonly RepositoryName[]> {
    const rows = await this.reader.manager
      .createQueryBuilder(MoveEntity, 'move')
      .select('distinct move.repository', 'repository')
      .where({ status: literally('intended') })
      .getRawMany<{ repository: RepositoryName }>();
    return rows.map((row) => row.repository);
  }

  async readStanding(repository: RepositoryName): Promise<MoveStanding> {
    const [row] = await select<StandingRow>(
      this.reader,
      `select
        (select max(at) from moves where repository = ?) as last_move_at,
        (select count(*) from moves where repository = ? and status = 'intended') as intended`,
      [repository, repository],
    );
    return { lastMoveAt: Number(row?.last_move_at ?? 0), hasIntended: Number(row?.intended) > 0 };
  }

  /** Applied moves of other tags to releases, oldest first: what rules decided, or people. */
  async listMovesToReleases(repository: RepositoryName): Promise<readonly RecordedMove[]> {
    const rows = await select<Omit<RecordedMove, 'at'> & { readonly at: number | string }>(
      this.reader,
      `select tag, at, to_release as release from moves
      where repository = ? and status = 'applied' and to_release is not null and to_release <> tag
      order by sequence`,
      [repository],
    );
    return rows.map(({ tag, at, release }) => ({ tag, at: Number(at), release }));
  }

  /** The last move of a tag that was applied or is under way. */
  async findLatest(repository: RepositoryName, tag: TagName): Promise<MoveEntity | undefined> {
    const move = await this.reader.manager.findOne(MoveEntity, {
      where: { repository, tag, status: In(['intended', 'applied']) },
      order: { sequence: 'DESC' },
    });
    return move ?? undefined;
  }

  private async insert(
    transaction: Transaction,
    moves: readonly NewMove[],
    status: MoveStatus,
  ): Promise<ReadonlyMap<string, number>> {
    const inserted = await bulkInsert(transaction, {
      table: 'moves',
      columns: COLUMNS,
      rows: moves.map((move) => [
        ...[move.repository, move.tag, move.kind],
        ...[move.from?.digest ?? null, move.from?.release ?? null],
        ...[move.to?.digest ?? null, move.to?.release ?? null],
        ...[JSON.stringify(move.reason), move.actor, move.deliveryId, move.runId],
        ...[move.dummyDigest ?? null, move.at, status],
      ]),
      returning: ['sequence', 'tag'],
    });
    const rows = z.array(InsertedMove).parse(inserted);
    return new Map(rows.map((row) => [row.tag, row.sequence]));
  }

  private async mark(
    transaction: Transaction,
    sequences: readonly number[],
    status: MoveStatus,
  ): Promise<void> {
    if (sequences.length === 0) return;
    await transaction.update(MoveEntity, { sequence: In([...sequences]) }, { status });
  }

  /** The rows of `moves` say everything, so lifetimes are derived from them in SQL. */
  private async changeLifetimes(
    transaction: Transaction,
    sequences: readonly number[],
  ): Promise<void> {
    for (let start = 0; start < sequences.length; start += SEQUENCES_PER_STATEMENT) {
      const some = sequences.slice(start, start + SEQUENCES_PER_STATEMENT);
      const list = some.map((sequence) => Math.trunc(sequence)).join(', ');
      const follower = `from moves m where m.sequence in (${list})
        and m.repository = lifetimes.repository and m.tag = lifetimes.tag`;
      await transaction.query(
        `update lifetimes set until_sequence = (select m.sequence ${follower}),
          until_at = (select m.at ${follower})
        where until_at is null and (repository, tag) in
          (select repository, tag from moves where sequence in (${list}))`,
      );
      await transaction.query(
        `insert into lifetimes (from_sequence, repository, tag, digest, release, kind, reversion, from_at)
        select sequence, repository, tag, to_digest, to_release, kind,
          case when kind in ('restored', 'rolled-back') then 1 else 0 end, at from moves
        where sequence in (${list}) and to_digest is not null`,
      );
    }
  }
}
