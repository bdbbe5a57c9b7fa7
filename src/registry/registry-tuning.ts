/** A request to a registry that has ended, one way or the other. */
interface FinishedRequest {
  readonly registry: string;
  readonly method: string;
  readonly status: number | undefined;
  readonly seconds: number;
}

/** Waits, tries and caps of the registry client. Users do not set them; tests shorten the waits. */
export interface RegistryTuning {
  /** Connections per origin. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Longest silence within a body. */
  readonly bodyTimeoutMs: number;
  /** Longest time for a whole body, so that one that drips does not hold a slot for ever. */
  readonly wholeBodyTimeoutMs: number;
  /** How long `close` waits for requests that are under way. */
  readonly closeTimeoutMs: number;

  readonly maxTries: number;
  /** Where nothing answers at all the caller's own, longer waits serve better. */
  readonly maxConnectTries: number;
  /** Each of them waits as long as the registry asks for, so fewer are enough. */
  readonly maxRateLimitedTries: number;
  readonly retryBaseMs: number;
  /** No further try begins after this time. */
  readonly retryTotalMs: number;
  /** First wait after a 429 that does not say how long to wait. */
  readonly rateLimitBaseMs: number;
  /** A longer `Retry-After` is the caller's to wait for. */
  readonly maxPauseMs: number;
  /** So many failures open the circuit: then nothing is sent for a while. */
  readonly maxFailuresInARow: number;
  readonly circuitOpenMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;

  /** Told of every request, with its status or without when no answer came. */
  readonly onRequest?: (request: FinishedRequest) => void;

  readonly maxRedirects: number;
  readonly maxPushedManifestBytes: number;
  readonly maxManifestBytes: number;
  readonly maxErrorBytes: number;
  readonly maxTokenBytes: number;
  readonly maxListingBytes: number;
  readonly maxListingPages: number;
  readonly maxListingTags: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_TUNING: RegistryTuning = {
  connections: 8,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  wholeBodyTimeoutMs: 120_000,
  closeTimeoutMs: 5_000,
  maxTries: 5,
  maxConnectTries: 2,
  maxRateLimitedTries: 3,
  retryBaseMs: 250,
  retryTotalMs: 60_000,
  rateLimitBaseMs: 1_000,
  maxPauseMs: 10_000,
  maxFailuresInARow: 5,
  circuitOpenMs: 1_000,
  random: Math.random,
  maxRedirects: 5,
  maxPushedManifestBytes: 4 * MIB,
  maxManifestBytes: 8 * MIB,
  maxErrorBytes: 64 * 1024,
  maxTokenBytes: 64 * 1024,
  maxListingBytes: 64 * MIB,
  maxListingPages: 10_000,
  maxListingTags: 1_000_000,
};
