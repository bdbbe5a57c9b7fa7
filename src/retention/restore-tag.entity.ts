import { Column, Entity } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** Keeps a digest restorable that has lost its last tag, or is about to. */
@Entity('restore_tags')
export class RestoreTagEntity {
  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  @Column({ ...textColumn('digest'), primary: true })
  digest!: Digest;

  /** The internal tag that stands on it in the registry. */
  @Column(textColumn('tag'))
  tag!: TagName;

  @Column(textColumn('media_type'))
  mediaType!: string;

  /** The manifest, in base64. */
  @Column(textColumn('bytes'))
  bytes!: string;

  /** The last run that needed it. */
  @Column(bigintColumn('run_id'))
  runId!: number;

  @Column(bigintColumn('created_at'))
  createdAt!: number;

  /** When it is released (UTC milliseconds), unless something cancels that. */
  @Column(bigintColumn('until_at'))
  untilAt!: number;
}
