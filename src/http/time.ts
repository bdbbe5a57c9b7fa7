import { z } from 'zod';

/** RFC 3339 in UTC with milliseconds. */
export function toRfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

export function toRfc3339OrNull(ms: number | null): string | null {
  return ms === null ? null : toRfc3339(ms);
}

/** An RFC 3339 time with any offset, as UTC milliseconds. */
export const Rfc3339 = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-07-03T10:00:00Z' })
  .transform((text) => Date.parse(text));
