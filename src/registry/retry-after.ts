import { headerOf, type Answer } from './answer';

/** A registry that asks for more is asked again after a day, whatever its header says. */
const LONGEST_MS = 24 * 3_600_000;

/**
 * How long the registry asks to be left alone: `Retry-After` in seconds or as an HTTP date, or
 * `X-Retry-After` as Unix time. Undefined when it does not say, or not in a form that is known.
 */
export function retryAfterMs(answer: Pick<Answer, 'headers'>, now: number): number | undefined {
  return (
    fromRetryAfter(headerOf(answer, 'retry-after'), now) ??
    fromUnixTime(headerOf(answer, 'x-retry-after'), now)
  );
}

function fromRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return within(Number(text) * 1_000);
  // Date.parse takes almost anything, such as "-1" as a year: an HTTP date begins with a weekday.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  return within(Date.parse(text) - now);
}

function fromUnixTime(value: string | undefined, now: number): number | undefined {
  if (value === undefined || !/^\d+(?:\.\d+)?$/.test(value.trim())) return undefined;
  return within(Number(value.trim()) * 1_000 - now);
}

function within(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}
