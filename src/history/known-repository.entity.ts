import { Column, Entity } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bigintColumn, textColumn } from '../database/columns';

/** An image repository that Tagward has met. */
@Entity('repositories')
export class KnownRepositoryEntity {
  @Column({ ...textColumn('name'), primary: true })
  name!: RepositoryName;

  @Column(bigintColumn('first_seen_at'))
  firstSeenAt!: number;

  /** When its whole tag list was taken into the ledger; before that nothing is moved (rule I1). */
  @Column(bigintColumn('imported_at', { nullable: true }))
  importedAt!: number | null;

  @Column(bigintColumn('last_swept_at', { nullable: true }))
  lastSweptAt!: number | null;

  /** Fingerprint of the rules of the last plan that was carried out. */
  @Column(textColumn('rules_hash', { nullable: true }))
  rulesHash!: string | null;
}
