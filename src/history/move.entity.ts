import { Column, Entity } from 'typeorm';
import type { MoveKind } from '../core/decision';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

/** `intended` before the registry is written to, `applied` once that is confirmed. */
export type MoveStatus = 'intended' | 'applied' | 'failed';

/** One tag going from one digest to another, or to nothing. Rows are never deleted. */
@Entity('moves')
export class MoveEntity {
  @Column(identityColumn('sequence'))
  sequence!: number;

  @Column(textColumn('repository'))
  repository!: RepositoryName;

  @Column(textColumn('tag'))
  tag!: TagName;

  @Column(textColumn('kind'))
  kind!: MoveKind;

  @Column(textColumn('from_digest', { nullable: true }))
  fromDigest!: Digest | null;

  @Column(textColumn('from_release', { nullable: true }))
  fromRelease!: TagName | null;

  @Column(textColumn('to_digest', { nullable: true }))
  toDigest!: Digest | null;

  @Column(textColumn('to_release', { nullable: true }))
  toRelease!: TagName | null;

  /** JSON of a reason: code and sentence. */
  @Column(textColumn('reason'))
  reason!: string;

  @Column(textColumn('actor'))
  actor!: string;

  @Column(bigintColumn('delivery_id', { nullable: true }))
  deliveryId!: number | null;

  @Column(bigintColumn('run_id', { nullable: true }))
  runId!: number | null;

  /** What is put on the tag before it is deleted, where only digests can be deleted. */
  @Column(textColumn('dummy_digest', { nullable: true }))
  dummyDigest!: Digest | null;

  @Column(bigintColumn('at'))
  at!: number;

  @Column(textColumn('status'))
  status!: MoveStatus;
}
