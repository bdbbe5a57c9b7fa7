import { z } from 'zod';
import { DecisionAnswer, ReasonAnswer, Time } from '../http/answers.schema';
import { RepositoryField } from '../http/fields';
import { PageQuery } from '../http/page';
import { Rfc3339 } from '../http/time';
import { DELIVERY_STATUSES } from './delivery.entity';
import { AnnouncedRelease } from './sources/generic.sender';

const Receipt = z.object({
  id: z.number(),
  status: z.enum(['accepted', 'duplicate', 'ignored', 'rejected']),
  repository: z.string().nullable(),
  tag: z.string().nullable(),
  reason: z.string().optional(),
});
export const Receipts = z.object({ deliveries: z.array(Receipt).readonly() });
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

/** What is to run again; a dry run unless `dryRun` is false. */
export const ReplayRequest = z
  .object({
    source: z.string().min(1).max(100).optional(),
    repository: RepositoryField.optional(),
    status: z.enum(DELIVERY_STATUSES).optional(),
    since: Rfc3339,
    until: Rfc3339,
    dryRun: z.boolean().default(true),
  })
  .strict();
export type ReplayRequest = z.infer<typeof ReplayRequest>;

const ReplayCandidate = DeliveryAnswer.pick({
  ...{ id: true, source: true, repository: true, tag: true, receivedAt: true, status: true },
});

/** What would run again. */
export const ReplayPreview = z.object({
  dryRun: z.literal(true),
  total: z.number(),
  deliveries: z.array(ReplayCandidate).readonly(),
});
export type ReplayPreview = z.infer<typeof ReplayPreview>;

/** What runs again, each as a delivery of its own. */
export const ReplaysStarted = z.object({
  dryRun: z.literal(false),
  total: z.number(),
  deliveries: z.array(Receipt.extend({ replayOf: z.number() })).readonly(),
});
export type ReplaysStarted = z.infer<typeof ReplaysStarted>;

export const AnnounceRelease = AnnouncedRelease.extend({ repository: RepositoryField }).strict();
export type AnnounceRelease = z.infer<typeof AnnounceRelease>;
