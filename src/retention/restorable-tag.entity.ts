import { Column, Entity } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** A pruned tag that can be brought back; it counts once the move that pruned it is applied. */
@Entity('restorable_tags')
export class RestorableTagEntity {
  /** Of the move that pruned it. */
  @Column({ ...bigintColumn('sequence'), primary: true })
  sequence!: number;

  @Column(textColumn('repository'))
  repository!: RepositoryName;

  @Column(textColumn('tag'))
  tag!: TagName;

  @Column(textColumn('digest'))
  digest!: Digest;

  /** The end of its window (UTC milliseconds). */
  @Column(bigintColumn('until_at'))
  untilAt!: number;
}
