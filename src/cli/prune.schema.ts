import { z } from 'zod';

/** Answers of the API as these commands read them; what is new in them is printed as data, too. */
const Reason = z.looseObject({ code: z.string(), text: z.string() });

export const PlanAnswer = z.looseObject({
  id: z.number(),
  repository: z.string(),
  policy: z.string(),
  status: z.string(),
  planHash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.string(),
  createdBy: z.string(),
  dueAt: z.string(),
  expiresAt: z.string(),
  runId: z.number().nullable(),
  outcome: z.string(),
  reason: Reason.optional(),
  breaches: z.array(Reason),
  warnings: z.array(Reason),
  decisions: z.array(
    z.looseObject({
      tag: z.string(),
      digest: z.string(),
      verdict: z.enum(['delete', 'blocked', 'keep']),
      form: z.string().optional(),
      rule: z.string().optional(),
      reasons: z.array(Reason),
    }),
  ),
  unreachable: z.array(z.string()),
});
export type PlanAnswer = z.infer<typeof PlanAnswer>;

export const RunAnswer = z.looseObject({
  id: z.number(),
  planId: z.number(),
  repository: z.string(),
  status: z.string(),
  startedAt: z.string(),
  /** Nothing is deleted before. */
  dueAt: z.string(),
  reason: Reason.optional(),
  items: z.array(
    z.looseObject({
      tag: z.string(),
      digest: z.string(),
      form: z.string().nullable(),
      state: z.string().nullable(),
      reason: Reason.optional(),
    }),
  ),
});
export type RunAnswer = z.infer<typeof RunAnswer>;

export const ExecutionAnswer = z.object({ run: z.object({ id: z.number() }) });
