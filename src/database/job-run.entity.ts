import { Column, Entity } from 'typeorm';
import { bigintColumn, textColumn } from './columns';

/** One execution of a scheduled job: at most one for each slot, however many processes tick. */
@Entity('job_runs')
export class JobRunEntity {
  @Column({ ...textColumn('job'), primary: true })
  job!: string;

  /** The scheduled time. */
  @Column({ ...bigintColumn('slot'), primary: true })
  slot!: number;

  @Column(bigintColumn('started_at'))
  startedAt!: number;

  @Column(bigintColumn('finished_at', { nullable: true }))
  finishedAt!: number | null;
}
