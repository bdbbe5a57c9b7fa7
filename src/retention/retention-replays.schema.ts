import { z } from 'zod';
import { retentionPolicy } from '../config/retention-policy.schema';
import { REGRET_KINDS } from '../core/replay-regrets';
import { RETENTION_OUTCOMES } from '../core/retention';
import { ReasonAnswer, Time } from '../http/answers.schema';

const MOST_DAYS = 365;
const USUAL_DAYS = 90;

export const RetentionReplayRequest = z.strictObject({
  policy: retentionPolicy.meta({ description: 'As under retention.policies.<name>.' }),
  days: z.int().min(1).max(MOST_DAYS).default(USUAL_DAYS),
  approve: z.boolean().default(false).meta({
    description: 'Whether plans that wait for a person are taken as approved.',
  }),
});
export type RetentionReplayRequest = z.infer<typeof RetentionReplayRequest>;

export const RetentionReplayAnswer = z.object({
  repository: z.string(),
  from: Time,
  to: Time,
  /** Whether plans that waited for a person were taken as approved. */
  approve: z.boolean(),
  counts: z.object({
    days: z.number(),
    /** Days whose plan waited for a person. */
    needsApproval: z.number(),
    deleted: z.number(),
    regrets: z.number(),
    /** Regrets that nothing could have brought back. */
    lost: z.number(),
    cancelled: z.number(),
    pending: z.number(),
  }),
  regrets: z.array(
    z.object({
      kind: z.enum(REGRET_KINDS),
      tag: z.string(),
      digest: z.string(),
      deletedAt: Time,
      neededAt: Time,
      /** The tags that were moved, or the reporter. */
      by: z.array(z.string()),
      lost: z.boolean(),
      text: z.string().meta({
        example:
          '1.4.0 would have been gone for 29 days when latest was rolled back to it; it could no longer have been restored',
      }),
    }),
  ),
  deleted: z.array(
    z.object({
      tag: z.string(),
      digest: z.string(),
      at: Time,
      rule: z.string().optional(),
      reasons: z.array(ReasonAnswer),
    }),
  ),
  days: z.array(
    z.object({
      at: Time,
      outcome: z.enum(RETENTION_OUTCOMES),
      reason: ReasonAnswer.optional(),
      tags: z.number(),
      planned: z.number(),
      deleted: z.number(),
    }),
  ),
  warnings: z.array(ReasonAnswer),
  /** What could not be known, in sentences. */
  limits: z.array(z.string()),
});
export type RetentionReplayAnswer = z.infer<typeof RetentionReplayAnswer>;
