/** A delivery is given up after this many tries (webhooks.md 4.7). */
export const MAX_DELIVERY_TRIES = 12;
/** A manifest that is not there yet may still be replicating: 3 tries over about 10 s (4.8). */
export const MAX_MISSING_MANIFEST_TRIES = 3;

const FIRST_WAIT_MS = 1_000;
const FIRST_MISSING_MANIFEST_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Why a try failed, as far as the next one depends on it. */
export interface FailedTry {
  /** How many tries there have been, this one included; from 1. */
  readonly tries: number;
  readonly retryable: boolean;
  /** Whether a tag or manifest was not there, which may cure itself within seconds. */
  readonly missingManifest: boolean;
  /** What the registry asked for with `Retry-After`. */
  readonly retryAfterMs: number | undefined;
  /** From 0 to below 1: spreads the tries of many deliveries. */
  readonly random: number;
}

/**
 * Milliseconds until the next try, or undefined when there is none. The waits start at 1 s and
 * double, with up to a fifth of jitter on top, capped at 1 h; `Retry-After` is honoured in full.
 */
export function nextTryAfterMs(failed: FailedTry): number | undefined {
  const { tries, missingManifest } = failed;
  if (missingManifest ? tries >= MAX_MISSING_MANIFEST_TRIES : !failed.retryable) return undefined;
  if (tries >= MAX_DELIVERY_TRIES) return undefined;
  const first = missingManifest ? FIRST_MISSING_MANIFEST_WAIT_MS : FIRST_WAIT_MS;
  const wait = Math.min(first * 2 ** (tries - 1), LONGEST_WAIT_MS);
  return Math.max(wait * (1 + failed.random / 5), failed.retryAfterMs ?? 0);
}
