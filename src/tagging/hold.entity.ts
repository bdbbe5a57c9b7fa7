import { Column, Entity } from 'typeorm';
import type { RepositoryName, TagName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** A moving tag that a person has frozen. */
@Entity('holds')
export class HoldEntity {
  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  @Column({ ...textColumn('tag'), primary: true })
  tag!: TagName;

  @Column(textColumn('held_by'))
  heldBy!: string;

  @Column(textColumn('reason'))
  reason!: string;

  @Column(bigintColumn('held_at'))
  heldAt!: number;

  @Column(bigintColumn('expires_at', { nullable: true }))
  expiresAt!: number | null;
}
