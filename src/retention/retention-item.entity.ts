import { Column, Entity } from 'typeorm';
import type { DeleteForm } from '../core/deletion';
import type { Digest, TagName } from '../core/names';
import type { RetentionVerdict } from '../core/retention-decision';
import { bigintColumn, textColumn } from '../database/columns';

/** What a run made of a tag that its plan lets go. */
export type RetentionItemState =
  'scheduled' | 'intended' | 'pruned' | 'already-absent' | 'skipped' | 'refused' | 'failed';

export const RETENTION_ITEM_STATES = [
  ...(['scheduled', 'intended', 'pruned', 'already-absent'] as const),
  ...(['skipped', 'refused', 'failed'] as const),
] as const satisfies readonly RetentionItemState[];

/** One tag of a plan. */
@Entity('retention_items')
export class RetentionItemEntity {
  @Column({ ...bigintColumn('plan_id'), primary: true })
  planId!: number;

  @Column({ ...textColumn('tag'), primary: true })
  tag!: TagName;

  @Column(textColumn('digest'))
  digest!: Digest;

  @Column(textColumn('verdict'))
  verdict!: RetentionVerdict;

  @Column(textColumn('form', { nullable: true }))
  form!: DeleteForm | null;

  /** What decided is about; null where no rule did. */
  @Column(textColumn('rule', { nullable: true }))
  rule!: string | null;

  /** JSON list of codes and sentences. */
  @Column(textColumn('reasons'))
  reasons!: string;

  /** Null until a run begins, and for tags that stay. */
  @Column(textColumn('state', { nullable: true }))
  state!: RetentionItemState | null;

  /** When it may be deleted at the earliest (UTC milliseconds); null until a run begins. */
  @Column(bigintColumn('due_at', { nullable: true }))
  dueAt!: number | null;

  /** JSON of a code and a sentence. */
  @Column(textColumn('state_reason', { nullable: true }))
  stateReason!: string | null;
}
