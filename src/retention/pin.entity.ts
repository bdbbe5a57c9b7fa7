import { Column, Entity } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** A tag or a digest that somebody keeps from retention. */
@Entity('pins')
export class PinEntity {
  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  /** A tag, or a digest: no tag has a colon. */
  @Column({ ...textColumn('target'), primary: true })
  target!: string;

  @Column(textColumn('reason'))
  reason!: string;

  @Column(textColumn('created_by'))
  createdBy!: string;

  @Column(bigintColumn('created_at'))
  createdAt!: number;

  /** UTC milliseconds; null pins until it is taken away. */
  @Column(bigintColumn('expires_at', { nullable: true }))
  expiresAt!: number | null;
}
