import { z } from 'zod';
import { MOVE_KINDS } from '../core/decision';
import { ReasonAnswer, TargetAnswer, Time } from '../http/answers.schema';
import { RepositoryField, TagField } from '../http/fields';
import { PageQuery } from '../http/page';
import { Rfc3339 } from '../http/time';

const TAG_KINDS = ['moving', 'release', 'other'] as const;
export type TagKind = (typeof TAG_KINDS)[number];

export const MoveAnswer = z.object({
  sequence: z.number(),
  repository: z.string(),
  tag: z.string(),
  kind: z.enum(MOVE_KINDS),
  from: TargetAnswer.nullable(),
  to: TargetAnswer.nullable(),
  reason: ReasonAnswer,
  actor: z.string(),
  deliveryId: z.number().nullable(),
  at: Time,
});
export type MoveAnswer = z.infer<typeof MoveAnswer>;

export const TagAnswer = z.object({
  tag: z.string(),
  kind: z.enum(TAG_KINDS),
  digest: z.string(),
  release: z.string().nullable(),
  since: Time,
  sequence: z.number(),
});
export type TagAnswer = z.infer<typeof TagAnswer>;

export const TagAtAnswer = z.object({
  tag: z.string(),
  time: Time,
  digest: z.string(),
  release: z.string().nullable(),
  since: Time,
  until: Time.nullable(),
  /** Whether a restore or a rollback put it there. */
  reversion: z.boolean(),
});
export type TagAtAnswer = z.infer<typeof TagAtAnswer>;

export const DigestTagsAnswer = z.object({
  items: z.array(z.object({ tag: z.string(), from: Time, until: Time.nullable() })),
});
export type DigestTagsAnswer = z.infer<typeof DigestTagsAnswer>;

export const RepositoryAnswer = z.object({
  repository: z.string(),
  slug: z.string(),
  counts: z.object({ releases: z.number(), tags: z.number(), moves: z.number() }),
  importedAt: Time.nullable(),
  lastSweptAt: Time.nullable(),
  drift: z.array(
    z.object({
      tag: z.string(),
      recorded: TargetAnswer.nullable(),
      found: TargetAnswer.nullable(),
      since: Time,
    }),
  ),
});
export type RepositoryAnswer = z.infer<typeof RepositoryAnswer>;

export const TimelineAnswer = z.object({
  from: Time,
  to: Time,
  lanes: z.array(
    z.object({
      tag: z.string(),
      segments: z.array(
        z.object({
          digest: z.string(),
          release: z.string().nullable(),
          from: Time,
          until: Time.nullable(),
          kind: z.enum(MOVE_KINDS),
        }),
      ),
    }),
  ),
});
export type TimelineAnswer = z.infer<typeof TimelineAnswer>;

export const TagsQuery = PageQuery.extend({ kind: z.enum(TAG_KINDS).optional() });
export type TagsQuery = z.infer<typeof TagsQuery>;

export const AtQuery = z.strictObject({ time: Rfc3339 });
export type AtQuery = z.infer<typeof AtQuery>;

export const TimelineQuery = z.strictObject({ from: Rfc3339.optional(), to: Rfc3339.optional() });
export type TimelineQuery = z.infer<typeof TimelineQuery>;

export const HistoryQuery = PageQuery;
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const MovesQuery = PageQuery.extend({
  repository: RepositoryField.optional(),
  tag: TagField.optional(),
  kind: z.enum(MOVE_KINDS).optional(),
  since: Rfc3339.optional(),
  until: Rfc3339.optional(),
});
export type MovesQuery = z.infer<typeof MovesQuery>;
