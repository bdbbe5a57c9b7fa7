import { z } from 'zod';
import type { Check } from '../core/diagnosis';
import { checkSource, type SourceFacts } from '../core/source-checks';
import type { ApiClient } from './api-client';
import { UsageError } from './command';
import { chosenOf } from './doctor-choice';

const Time = z.iso.datetime().transform((text) => Date.parse(text));

/** `GET /api/v1/sources`, as far as it is judged. */
const Source = z.object({
  id: z.string(),
  kind: z.string(),
  lastDeliveryAt: Time.nullable(),
  deliveries24h: z.number(),
  dead24h: z.number(),
  rejected24h: z.number(),
  pending: z.number(),
  refused: z.number(),
  refusedByClock: z.number(),
  lastRefusedAt: Time.nullable(),
  clockSkewMs: z.number().nullable(),
  lastFoundBySweepAt: Time.nullable(),
}) satisfies z.ZodType<SourceFacts>;
const Sources = z.object({ items: z.array(Source) });

export interface SourceDiagnosis {
  readonly id: string;
  readonly kind: string;
  readonly checks: readonly Check[];
}

/**
 * What a service knows of its sources, or of one of them; none where the service is of a version
 * that cannot say. Throws ApiError, and UsageError for a source that is not there.
 */
export async function checkSources(
  service: ApiClient,
  wanted: string | undefined,
  now: () => number,
): Promise<readonly SourceDiagnosis[]> {
  const sources = (await service.find('sources', Sources))?.items;
  if (sources === undefined && wanted === undefined) return [];
  if (sources === undefined) throw new UsageError('the service is of a version without --source');
  const chosen = chosenOf(
    sources.map(({ id }) => id),
    { what: 'source', id: wanted },
  );
  const facts = sources.filter(({ id }) => chosen.includes(id));
  return facts.map((source) => {
    const { id, kind } = source;
    return { id, kind, checks: checkSource(source, now()) };
  });
}
