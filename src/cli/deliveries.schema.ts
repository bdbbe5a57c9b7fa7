import { z } from 'zod';

/** Answers of the API as this command reads them; what is new in them is printed as data, too. */

const Reason = z.looseObject({ code: z.string(), text: z.string() });
const Target = z.looseObject({ digest: z.string(), release: z.string().nullable() });

export const Delivery = z.looseObject({
  id: z.number(),
  source: z.string(),
  repository: z.string().nullable(),
  tag: z.string().nullable(),
  receivedAt: z.string(),
  status: z.string(),
  attempts: z.number(),
  duplicates: z.number(),
  notBefore: z.string().nullable(),
  error: Reason.nullable(),
  outcome: z
    .looseObject({
      decisions: z.array(
        z.looseObject({
          tag: z.string(),
          action: z.string(),
          reason: Reason,
          to: Target.nullable(),
        }),
      ),
    })
    .nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const Deliveries = z.looseObject({
  items: z.array(Delivery),
  nextCursor: z.string().optional(),
});

export const Replayed = z.looseObject({
  deliveries: z.array(
    z.looseObject({
      id: z.number(),
      repository: z.string().nullable(),
      tag: z.string().nullable(),
      status: z.string(),
      replayOf: z.number().optional(),
    }),
  ),
});
export type Replayed = z.infer<typeof Replayed>;
