import { Column, Entity } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

/** `aborted`: something could not be read, so everything is kept. */
export type RetentionOutcome = 'planned' | 'aborted';

/** The stored result of one evaluation. */
@Entity('retention_plans')
export class RetentionPlanEntity {
  @Column(identityColumn('id'))
  id!: number;

  @Column(textColumn('repository'))
  repository!: RepositoryName;

  /** Name of the policy. */
  @Column(textColumn('policy'))
  policy!: string;

  @Column(textColumn('outcome'))
  outcome!: RetentionOutcome;

  /** JSON of a code and a sentence, where the outcome is not `planned`. */
  @Column(textColumn('reason', { nullable: true }))
  reason!: string | null;

  @Column(textColumn('plan_hash'))
  planHash!: string;

  /** JSON list of the digests that nothing would reach any more. */
  @Column(textColumn('unreachable'))
  unreachable!: string;

  @Column(bigintColumn('created_at'))
  createdAt!: number;

  @Column(bigintColumn('expires_at'))
  expiresAt!: number;

  @Column(textColumn('created_by'))
  createdBy!: string;
}
