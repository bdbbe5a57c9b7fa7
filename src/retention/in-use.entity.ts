import { Column, Entity } from 'typeorm';
import type { Digest, RepositoryName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** Somebody who says what runs somewhere. */
@Entity('in_use_reporters')
export class InUseReporterEntity {
  @Column({ ...textColumn('reporter'), primary: true })
  reporter!: string;

  @Column(bigintColumn('reported_at'))
  reportedAt!: number;

  @Column(textColumn('reported_by'))
  reportedBy!: string;
}

/** A digest of a reporter's last report. */
@Entity('in_use_digests')
export class InUseDigestEntity {
  @Column({ ...textColumn('reporter'), primary: true })
  reporter!: string;

  @Column({ ...textColumn('repository'), primary: true })
  repository!: RepositoryName;

  @Column({ ...textColumn('digest'), primary: true })
  digest!: Digest;
}
