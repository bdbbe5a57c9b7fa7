import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { MoveKind } from '../core/decision';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { HistoricMove } from '../core/replayed-tags';
import { READER } from '../database/data-sources';
import { select } from '../database/select';

/** The whole past of a repository, as a replay needs it. */
@Injectable()
export class RecordedMovesStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Every applied move, in the order of history. */
  async list(repository: RepositoryName): Promise<readonly HistoricMove[]> {
    const rows = await select<MoveRow>(
      this.reader,
      `select sequence, tag, to_digest, at, kind from moves
      where repository = ? and status = 'applied' order by sequence`,
      [repository],
    );
    return rows.map(({ sequence, tag, to_digest: to, at, kind }) => {
      return { sequence: Number(sequence), tag, to, at: Number(at), kind };
    });
  }
}

interface MoveRow {
  readonly sequence: number | string;
  readonly tag: TagName;
  readonly to_digest: Digest | null;
  readonly at: number | string;
  readonly kind: MoveKind;
}
