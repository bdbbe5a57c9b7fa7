import { Column, Entity } from 'typeorm';
import type { MoveKind } from '../core/decision';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bigintColumn, booleanColumn, textColumn } from '../database/columns';

/** The half-open period in which a tag pointed at one digest; open while `untilAt` is null. */
@Entity('lifetimes')
export class LifetimeEntity {
  @Column({ ...bigintColumn('from_sequence'), primary: true })
  fromSequence!: number;

  @Column(bigintColumn('until_sequence', { nullable: true }))
  untilSequence!: number | null;

  @Column(textColumn('repository'))
  repository!: RepositoryName;

  @Column(textColumn('tag'))
  tag!: TagName;

  @Column(textColumn('digest'))
  digest!: Digest;

  @Column(textColumn('release', { nullable: true }))
  release!: TagName | null;

  /** Kind of the move that opened it. */
  @Column(textColumn('kind'))
  kind!: MoveKind;

  /** Opened by a restore or a rollback. */
  @Column(booleanColumn('reversion'))
  reversion!: boolean;

  @Column(bigintColumn('from_at'))
  fromAt!: number;

  @Column(bigintColumn('until_at', { nullable: true }))
  untilAt!: number | null;
}
