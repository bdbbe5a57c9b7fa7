import { z } from 'zod';
import { repositoryOfSlug, type RepositoryName } from '../core/names';
import { Time } from '../http/answers.schema';
import { DigestField } from '../http/fields';
import { Rfc3339 } from '../http/time';

const MOST_DIGESTS = 100_000;

export const PinRequest = z.strictObject({
  reason: z.string().trim().min(1, 'say why').max(1000),
  expiresAt: Rfc3339.optional(),
});
export type PinRequest = z.infer<typeof PinRequest>;

export const PinAnswer = z.object({
  repository: z.string(),
  target: z.string(),
  kind: z.enum(['tag', 'digest']),
  reason: z.string(),
  by: z.string(),
  createdAt: Time,
  expiresAt: Time.nullable(),
});
export type PinAnswer = z.infer<typeof PinAnswer>;

export const PinsAnswer = z.object({ items: z.array(PinAnswer) });
export type PinsAnswer = z.infer<typeof PinsAnswer>;

const Slug = z.string().refine((slug) => repositoryOfSlug(slug) !== undefined, {
  error: 'names no repository: write local/gallery/ui as local~gallery~ui',
});

export const InUseRequest = z.strictObject({
  repositories: z.record(Slug, z.array(DigestField).max(MOST_DIGESTS)).transform((record) => {
    const digests = new Map<RepositoryName, z.output<typeof DigestField>[]>();
    for (const [slug, listed] of Object.entries(record)) {
      const repository = repositoryOfSlug(slug);
      if (repository !== undefined) digests.set(repository, listed);
    }
    return digests;
  }),
});
export type InUseRequest = z.infer<typeof InUseRequest>;

export const InUseAnswer = z.object({
  reporter: z.string(),
  reportedAt: Time,
  reportedBy: z.string(),
  repositories: z.number(),
  digests: z.number(),
});
export type InUseAnswer = z.infer<typeof InUseAnswer>;

export const InUseListAnswer = z.object({ items: z.array(InUseAnswer) });
export type InUseListAnswer = z.infer<typeof InUseListAnswer>;

export const ForgottenAnswer = z.object({ reporter: z.string() });
export type ForgottenAnswer = z.infer<typeof ForgottenAnswer>;
