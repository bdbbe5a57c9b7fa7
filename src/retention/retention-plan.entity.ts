import { Column, Entity } from 'typeorm';
import type { RepositoryName } from '../core/names';
import type { RetentionOutcome } from '../core/retention';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

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

  /** Fingerprint of everything in the policy but its mode. */
  @Column(textColumn('policy_revision'))
  policyRevision!: string;

  @Column(textColumn('outcome'))
  outcome!: RetentionOutcome;

  /** JSON of a code and a sentence, where the outcome is not `planned`. */
  @Column(textColumn('reason', { nullable: true }))
  reason!: string | null;

  /** JSON list of the guards that were breached, the gravest first. */
  @Column(textColumn('breaches'))
  breaches!: string;

  /** JSON list of codes and sentences. */
  @Column(textColumn('warnings'))
  warnings!: string;

  @Column(textColumn('plan_hash'))
  planHash!: string;

  /** Fingerprint of the tags and digests that it was computed from. */
  @Column(textColumn('inventory_hash'))
  inventoryHash!: string;

  /** JSON list of the digests that nothing would reach any more. */
  @Column(textColumn('unreachable'))
  unreachable!: string;

  @Column(bigintColumn('created_at'))
  createdAt!: number;

  /** The end of its notice: nothing is deleted before. */
  @Column(bigintColumn('due_at'))
  dueAt!: number;

  @Column(bigintColumn('expires_at'))
  expiresAt!: number;

  @Column(textColumn('created_by'))
  createdBy!: string;
}
