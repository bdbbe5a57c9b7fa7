import { z } from 'zod';
import { DecisionAnswer, ReasonAnswer, Time } from '../http/answers.schema';
import { RepositoryField } from '../http/fields';
import { PageQuery } from '../http/page';
import { DELIVERY_STATUSES } from './delivery.entity';
import { AnnouncedRelease } from './sources/generic.sender';

export const Receipts = z.object({
  deliveries: z
    .array(
      z.object({
        id: z.number(),
        status: z.enum(['accepted', 'duplicate', 'ignored', 'rejected']),
        repository: z.string().nullable(),
        tag: z.string().nullable(),
        reason: z.string().optional(),
      }),
    )
    .readonly(),
});
export type Receipts = z.infer<typeof Receipts>;

export const DeliveryAnswer = z.object({
  id: z.number(),
  source: z.string(),
  repository: z.string().nullable(),
  tag: z.string().nullable(),
  digest: z.string().nullable(),
  receivedAt: Time,
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.number(),
  duplicates: z.number(),
  runUrl: z.string().nullable(),
  replayOf: z.number().nullable(),
  notBefore: Time.nullable(),
  error: ReasonAnswer.nullable(),
  outcome: z.object({ decisions: z.array(DecisionAnswer) }).nullable(),
});
export type DeliveryAnswer = z.infer<typeof DeliveryAnswer>;

export const DeliveriesQuery = PageQuery.extend({
  status: z.enum(DELIVERY_STATUSES).optional(),
  source: z.string().max(100).optional(),
  repository: RepositoryField.optional(),
});
export type DeliveriesQuery = z.infer<typeof DeliveriesQuery>;

export const AnnounceRelease = AnnouncedRelease.extend({ repository: RepositoryField }).strict();
export type AnnounceRelease = z.infer<typeof AnnounceRelease>;
