import { Column, Entity } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** A moving tag that somebody else moved, made or deleted, and that Tagward leaves alone. */
@Entity('drifts')
export class DriftEntity {
  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  @Column({ ...textColumn('tag'), primary: true })
  tag!: TagName;

  /** Where Tagward last knew the tag; null when it never had it. */
  @Column(textColumn('recorded_digest', { nullable: true }))
  recordedDigest!: Digest | null;

  @Column(textColumn('recorded_release', { nullable: true }))
  recordedRelease!: TagName | null;

  @Column(textColumn('found_digest', { nullable: true }))
  foundDigest!: Digest | null;

  @Column(textColumn('found_release', { nullable: true }))
  foundRelease!: TagName | null;

  @Column(bigintColumn('since'))
  since!: number;
}
