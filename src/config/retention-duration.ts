import { z } from 'zod';
import { textOf } from './schema-parts';
import { parseDurationMs } from './setting-values';

const DURATION_ALLOWED = 'a duration such as 90s, 10m, 12h or 14d, or 0';

/** In milliseconds; `0` is a duration. */
export const duration = z.union([z.literal(0), textOf(parseDurationMs, DURATION_ALLOWED)], {
  error: DURATION_ALLOWED,
});
