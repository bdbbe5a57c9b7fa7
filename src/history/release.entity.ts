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

  /** When a person took it back (rule W1). */
  @Column(bigintColumn('withdrawn_at', { nullable: true }))
  withdrawnAt!: number | null;

  @Column(textColumn('withdrawn_by', { nullable: true }))
  withdrawnBy!: string | null;

  @Column(textColumn('withdrawn_reason', { nullable: true }))
  withdrawnReason!: string | null;

  /** JSON: the platforms of its index, where the rules ask for some (rule A5). */
  @Column(textColumn('platforms', { nullable: true }))
  platforms!: string | null;
}
