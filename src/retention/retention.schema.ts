import { z } from 'zod';
import { DELETE_FORMS } from '../core/deletion';
import { RETENTION_OUTCOMES } from '../core/retention';
import { PLAN_GUARDS } from '../core/retention-guards';
import { RETENTION_MODES } from '../core/retention-policy';
import { ReasonAnswer, Time } from '../http/answers.schema';
import { TagField } from '../http/fields';
import { RETENTION_ITEM_STATES } from './retention-item.entity';
import { RETENTION_RUN_STATUSES } from './retention-run.entity';

const DecisionAnswer = z.object({
  tag: z.string(),
  digest: z.string(),
  verdict: z.enum(['keep', 'delete', 'blocked']),
  form: z.enum(DELETE_FORMS).optional(),
  rule: z.string().optional(),
  reasons: z.array(ReasonAnswer),
});

/** What an evaluation gives, stored or not. */
const evaluationFields = {
  outcome: z.enum(RETENTION_OUTCOMES),
  reason: ReasonAnswer.optional(),
  /** Guards that a person would have to override, the gravest first. */
  breaches: z.array(ReasonAnswer),
  warnings: z.array(ReasonAnswer),
  decisions: z.array(DecisionAnswer),
  unreachable: z.array(z.string()),
};

export const RetentionPlanAnswer = z.object({
  id: z.number(),
  repository: z.string(),
  policy: z.string(),
  policyRevision: z.string(),
  status: z.enum(['open', 'executed', 'expired', 'aborted', 'skipped', 'refused']),
  planHash: z.string(),
  inventoryHash: z.string(),
  createdAt: Time,
  createdBy: z.string(),
  /** The end of its notice: nothing is deleted before. */
  dueAt: Time,
  expiresAt: Time,
  /** The run that executes it, once there is one. */
  runId: z.number().nullable(),
  ...evaluationFields,
});
export type RetentionPlanAnswer = z.infer<typeof RetentionPlanAnswer>;

export const RetentionRunAnswer = z.object({
  id: z.number(),
  planId: z.number(),
  repository: z.string(),
  status: z.enum(RETENTION_RUN_STATUSES),
  actor: z.string(),
  startedAt: Time,
  dueAt: Time,
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

/** Guards that a person sets aside for this plan; nothing but approveAbove needs no naming. */
export const ExecutionRequest = z.strictObject({
  override: z.array(z.enum(PLAN_GUARDS)).optional(),
  reason: z.string().min(1).max(1000).optional(),
});
export type ExecutionRequest = z.infer<typeof ExecutionRequest>;

export const ExecutionAnswer = z.object({ run: z.object({ id: z.number() }) });
export type ExecutionAnswer = z.infer<typeof ExecutionAnswer>;

export const CancellationRequest = z.strictObject({
  tags: z.array(TagField).optional(),
  reason: z.string().min(1).max(1000),
});
export type CancellationRequest = z.infer<typeof CancellationRequest>;

const DueAnswer = z.object({
  tag: z.string(),
  digest: z.string(),
  rule: z.string().nullable(),
  form: z.string().nullable(),
  dueAt: Time,
  runId: z.number(),
});

/** Where retention of a repository stands. */
export const RetentionAnswer = z.object({
  repository: z.string(),
  policy: z.string().nullable(),
  mode: z.enum(RETENTION_MODES).nullable(),
  /** Whether scheduled runs delete, and why not. */
  enforced: z.boolean(),
  why: z.enum(['no-policy', 'mode', 'not-approved', 'refused']).optional(),
  schedule: z.string().nullable(),
  nextSlotAt: Time.nullable(),
  lastPlan: z
    .object({ id: z.number(), outcome: z.enum(RETENTION_OUTCOMES), createdAt: Time })
    .nullable(),
  /** What runs that have begun will delete, the next first. */
  due: z.array(DueAnswer),
  /** Digests that have lost their last tag and can be restored. */
  restorable: z.array(
    z.object({
      digest: z.string(),
      tags: z.array(z.string()),
      restoreTag: z.string(),
      untilAt: Time,
    }),
  ),
});
export type RetentionAnswer = z.infer<typeof RetentionAnswer>;

/** What a policy would do at a time to come; stored nowhere. */
export const RetentionPreviewAnswer = z.object({
  repository: z.string(),
  policy: z.string(),
  at: Time,
  ...evaluationFields,
});
export type RetentionPreviewAnswer = z.infer<typeof RetentionPreviewAnswer>;
