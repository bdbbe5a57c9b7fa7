import { z } from 'zod';
import { SOURCE_AUTH_FORM_NAMES, SOURCE_KINDS } from '../config/source-kinds';
import { Time } from '../http/answers.schema';

/** What is known of one configured sender; never a secret. */
const SourceAnswer = z.object({
  id: z.string(),
  kind: z.enum(SOURCE_KINDS),
  authentication: z.array(z.enum(SOURCE_AUTH_FORM_NAMES)).readonly().meta({
    description: 'Ways to be authenticated that are configured; each is enough by itself',
  }),
  lastDeliveryAt: Time.nullable().meta({ description: 'When it last sent something authentic' }),
  deliveries24h: z.number().meta({ description: 'Deliveries received in the last 24 hours' }),
  dead24h: z.number().meta({ description: 'Those of them that were given up' }),
  rejected24h: z.number().meta({
    description:
      'Those of them that could not be used; with requests answered with 422 since the start',
  }),
  pending: z.number().meta({ description: 'Deliveries that wait' }),
  refused: z.number().meta({ description: 'Requests since the start that were not authentic' }),
  refusedByClock: z.number().meta({
    description: 'Those of them that were signed rightly, but over 5 minutes from now',
  }),
  lastRefusedAt: Time.nullable(),
  clockSkewMs: z.number().nullable().meta({
    description:
      "How far the sender's clock is behind, at most; below 0 it is ahead. The least difference between sending and receipt of the last 10 requests of 24 hours that tell a time",
  }),
  lastFoundBySweepAt: Time.nullable().meta({
    description:
      'When a sweep last found a release since the start that no webhook had announced, in a repository of this source',
  }),
});
export type SourceAnswer = z.infer<typeof SourceAnswer>;

export const SourcesAnswer = z.object({ items: z.array(SourceAnswer).readonly() });
export type SourcesAnswer = z.infer<typeof SourcesAnswer>;
