import { Column, Entity } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

/** `privileged` needs the scope operate or admin; `refused` was not let in. */
export const AUDIT_KINDS = ['privileged', 'refused'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** One privileged call, or how often the same was refused within a minute. */
@Entity('audit_records')
export class AuditRecordEntity {
  @Column(identityColumn('id'))
  id!: number;

  @Column(textColumn('kind'))
  kind!: AuditKind;

  @Column(bigintColumn('at'))
  at!: number;

  /** Of the last one. */
  @Column(bigintColumn('until_at'))
  untilAt!: number;

  @Column(bigintColumn('count'))
  count!: number;

  @Column(textColumn('actor'))
  actor!: string;

  /** Of the socket; null where several were counted together. */
  @Column({ ...textColumn('address', { nullable: true }) })
  address!: string | null;

  @Column(textColumn('method'))
  method!: string;

  /** Template of the path, such as `/api/v1/repositories/:slug/pins/:target`. */
  @Column(textColumn('route'))
  route!: string;

  @Column({ ...textColumn('repository', { nullable: true }) })
  repository!: RepositoryName | null;

  /** What else the path names: a source, a tag, an id. */
  @Column({ ...textColumn('target', { nullable: true }) })
  target!: string | null;

  @Column(bigintColumn('status'))
  status!: number;

  /** Of the problem; null when it was done. */
  @Column({ ...textColumn('code', { nullable: true }) })
  code!: string | null;

  /** Under which the log has it; null for what was counted. */
  @Column({ ...textColumn('request_id', { nullable: true }) })
  requestId!: string | null;
}
