import { z } from 'zod';
import { DELETE_FORMS } from '../core/deletion';
import { ReasonAnswer, Time } from '../http/answers.schema';
import { RETENTION_ITEM_STATES } from './retention-item.entity';
import { RETENTION_RUN_STATUSES } from './retention-run.entity';

export const RetentionPlanAnswer = z.object({
  id: z.number(),
  repository: z.string(),
  policy: z.string(),
  status: z.enum(['open', 'executed', 'expired', 'aborted']),
  planHash: z.string(),
  createdAt: Time,
  expiresAt: Time,
  /** The run that executes it, once there is one. */
  runId: z.number().nullable(),
  outcome: z.enum(['planned', 'aborted']),
  reason: ReasonAnswer.optional(),
  warnings: z.array(ReasonAnswer),
  decisions: z.array(
    z.object({
      tag: z.string(),
      digest: z.string(),
      verdict: z.enum(['keep', 'delete', 'blocked']),
      form: z.enum(DELETE_FORMS).optional(),
      reasons: z.array(ReasonAnswer),
    }),
  ),
  unreachable: z.array(z.string()),
});
export type RetentionPlanAnswer = z.infer<typeof RetentionPlanAnswer>;

export const RetentionRunAnswer = z.object({
  id: z.number(),
  planId: z.number(),
  status: z.enum(RETENTION_RUN_STATUSES),
  actor: z.string(),
  startedAt: Time,
  finishedAt: Time.nullable(),
  reason: ReasonAnswer.optional(),
  items: z.array(
    z.object({
      tag: z.string(),
      digest: z.string(),
      form: z.enum(DELETE_FORMS).nullable(),
      state: z.enum(RETENTION_ITEM_STATES).nullable(),
      reason: ReasonAnswer.optional(),
    }),
  ),
});
export type RetentionRunAnswer = z.infer<typeof RetentionRunAnswer>;

export const ExecutionAnswer = z.object({ run: z.object({ id: z.number() }) });
export type ExecutionAnswer = z.infer<typeof ExecutionAnswer>;
