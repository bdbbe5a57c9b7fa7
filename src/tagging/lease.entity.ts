import { Column, Entity } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

@Entity('leases')
export class LeaseEntity {
  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  /** Names one acquisition, not only a process: a late renewal of an old one changes nothing. */
  @Column(textColumn('holder'))
  holder!: string;

  @Column(bigintColumn('expires_at'))
  expiresAt!: number;
}
