import { Column, Entity } from 'typeorm';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

/** `aborted`: something could not be read, so nothing more was deleted. */
export type RetentionRunStatus = 'running' | 'done' | 'aborted' | 'failed';
export const RETENTION_RUN_STATUSES = [
  ...(['running', 'done', 'aborted', 'failed'] as const),
] as const satisfies readonly RetentionRunStatus[];

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

  /** JSON of a code and a sentence, where the run failed. */
  @Column(textColumn('reason', { nullable: true }))
  reason!: string | null;

  @Column(bigintColumn('started_at'))
  startedAt!: number;

  @Column(bigintColumn('finished_at', { nullable: true }))
  finishedAt!: number | null;
}
