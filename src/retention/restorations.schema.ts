import { z } from 'zod';
import { DigestField } from '../http/fields';

export const RestorationRequest = z.strictObject({
  /** What to restore it to; what it pointed at last unless given. */
  digest: DigestField.optional(),
  /** Overwrites a tag that exists on another digest. */
  force: z.boolean().optional(),
  reason: z.string().min(1).max(1000).optional(),
});
export type RestorationRequest = z.infer<typeof RestorationRequest>;

export const RestorationAnswer = z.object({
  repository: z.string(),
  tag: z.string(),
  digest: z.string(),
  /** Of the move; null when the tag was there already. */
  sequence: z.number().nullable(),
  reversion: z.literal(true),
  verified: z.object({
    /** Whether the registry has everything that the image needs. */
    whole: z.boolean(),
    /** Manifests and blobs that it has lost. */
    missing: z.array(z.string()),
  }),
});
export type RestorationAnswer = z.infer<typeof RestorationAnswer>;
