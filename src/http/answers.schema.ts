import { z } from 'zod';

/** Shapes that answers of several rooms share. Times are RFC 3339 in UTC with milliseconds. */

export const Time = z.string().meta({ format: 'date-time', example: '2026-07-03T10:00:00.000Z' });

export const TargetAnswer = z.object({
  digest: z.string(),
  release: z.string().nullable(),
});

export const ReasonAnswer = z.object({
  code: z.string().meta({ example: 'higher-release-exists' }),
  text: z.string().meta({ example: 'kept: 3.0.42 is higher' }),
});

export type ReasonAnswer = z.infer<typeof ReasonAnswer>;

export const DecisionAnswer = z.object({
  tag: z.string(),
  action: z.enum(['move', 'keep']),
  reason: ReasonAnswer,
  from: TargetAnswer.nullable(),
  to: TargetAnswer.nullable(),
});

/** A list of items with the cursor of its next page. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; nextCursor: z.ZodOptional<z.ZodString> }> {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
