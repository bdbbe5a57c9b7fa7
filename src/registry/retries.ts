import { setTimeout as delay } from 'node:timers/promises';
import { CircuitOpen } from './circuit-breaker';
import { isNotConnected } from './network-errors';
import { RegistryError } from './registry-error';
import type { RegistryTuning } from './registry-tuning';
import { isTransientStatus } from './status-errors';

/** What may be over within seconds; other errors are retryable for the caller at most. */
const PASSING = new Set<string>([
  'unreachable',
  'timeout',
  'server-error',
  'rate-limited',
  'digest-mismatch',
]);

export interface RetryHost {
  readonly tuning: RegistryTuning;
  /** Aborts when Tagward stops. */
  readonly stopping: AbortSignal;
  /** Whether one more try is within the host's budget; it is spent if so. */
  mayRetry(): boolean;
  /** Keeps all requests to the registry back for so long. */
  pause(ms: number): void;
}

/**
 * Does the work again while its error is one that passes within seconds: full jitter on doubling
 * waits, a number of tries that depends on the error, a limit on the time. The last error is thrown.
 */
export async function retrying<T>(host: RetryHost, work: () => Promise<T>): Promise<T> {
  // Elapsed time, so not the Clock, which may be simulated or set back.
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const wait = waitAfter(host, error, tries);
      const elapsed = performance.now() - startedAt;
      if (wait === undefined || elapsed + wait > host.tuning.retryTotalMs) throw error;
      if (!host.mayRetry()) throw error;
      await delay(wait, undefined, { signal: host.stopping }).catch(() => {
        throw error;
      });
    }
  }
}

/** Milliseconds until the next try; undefined when there is none. */
function waitAfter(host: RetryHost, error: unknown, tries: number): number | undefined {
  const { tuning, stopping } = host;
  if (!(error instanceof RegistryError) || stopping.aborted) return undefined;
  if (error instanceof CircuitOpen) return undefined;
  if (tries >= maxTriesFor(error, tuning)) return undefined;
  if (error.code !== 'rate-limited') {
    // A 503 with Retry-After has paused the host already, for longer than a try may wait.
    if ((error.retryAfterMs ?? 0) > tuning.maxPauseMs) return undefined;
    return tuning.random() * tuning.retryBaseMs * 2 ** (tries - 1);
  }
  const wait = error.retryAfterMs ?? jittered(tuning.rateLimitBaseMs * 2 ** (tries - 1), tuning);
  if (wait > tuning.maxPauseMs) return undefined;
  host.pause(wait);
  // The pause itself is waited for by the next request.
  return 0;
}

function maxTriesFor(error: RegistryError, tuning: RegistryTuning): number {
  const { maxTries, maxConnectTries, maxRateLimitedTries } = tuning;
  if (!PASSING.has(error.code) || !error.retryable) return 1;
  if (isNotConnected(error)) return maxConnectTries;
  if (error.code === 'rate-limited') return maxRateLimitedTries;
  const isLasting = error.code === 'server-error' && !isTransientStatus(error.status ?? 0);
  return isLasting ? 1 : maxTries;
}

/** At least the wait itself: a registry that limits is not asked earlier than that. */
function jittered(wait: number, tuning: RegistryTuning): number {
  return wait * (1 + tuning.random());
}
