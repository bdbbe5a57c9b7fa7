import { Column, Entity } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bigintColumn, booleanColumn, textColumn } from '../database/columns';

/** A version tag with the digest that it was first seen with. */
@Entity('releases')
export class ReleaseEntity {
  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  @Column({ ...textColumn('tag'), primary: true })
  tag!: TagName;

  /** The tag's text without its prefix. */
  @Column(textColumn('version'))
  version!: string;

  @Column(textColumn('digest'))
  digest!: Digest;

  @Column(booleanColumn('announced_prerelease'))
  announcedPrerelease!: boolean;

  @Column(bigintColumn('first_seen_at'))
  firstSeenAt!: number;

  /** Since when the registry no longer has the tag. */
  @Column(bigintColumn('missing_since', { nullable: true }))
  missingSince!: number | null;
}
