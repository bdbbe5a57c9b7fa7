import { Column, Entity } from 'typeorm';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

/**
 * - `running`: begun; it may still wait for the end of its notice.
 * - `done`: everything was dealt with, tag by tag.
 * - `needs-approval`, `refused`, `skipped`, `aborted`: the fresh evaluation ended so, and nothing was
 *   deleted after it.
 * - `failed`: something else stopped it.
 */
export const RETENTION_RUN_STATUSES = [
  ...(['running', 'done', 'needs-approval', 'refused', 'skipped', 'aborted', 'failed'] as const),
] as const;
export type RetentionRunStatus = (typeof RETENTION_RUN_STATUSES)[number];

/** One execution of a plan; a plan has at most one. */
@Entity('retention_runs')
export class RetentionRunEntity {
  @Column(identityColumn('id'))
  id!: number;

  @Column(bigintColumn('plan_id'))
  planId!: number;

  @Column(textColumn('status'))
  status!: RetentionRunStatus;

  @Column(textColumn('actor'))
  actor!: string;

  /** JSON of the guards that a person overrode, and why; null where none was. */
  @Column(textColumn('overrides', { nullable: true }))
  overrides!: string | null;

  /** JSON of a code and a sentence, where the run did not end as done. */
  @Column(textColumn('reason', { nullable: true }))
  reason!: string | null;

  @Column(bigintColumn('started_at'))
  startedAt!: number;

  @Column(bigintColumn('finished_at', { nullable: true }))
  finishedAt!: number | null;
}
