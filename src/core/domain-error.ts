/** Every fault that Tagward itself notices, by a stable code that callers and tests switch on. */
export type DomainErrorCode =
  | 'authentication-failed'
  | 'claim-refused'
  | 'issuer-unavailable'
  | 'token-missing'
  | 'scope-missing'
  | 'source-unknown'
  | 'path-invalid'
  | 'request-malformed'
  | 'request-timeout'
  | 'headers-too-large'
  | 'route-unknown'
  | 'method-not-allowed'
  | 'body-invalid'
  | 'body-too-large'
  | 'media-type-unsupported'
  | 'encoding-unsupported'
  | 'query-invalid'
  | 'precondition-invalid'
  | 'registry-unknown'
  | 'repository-not-allowed'
  | 'repository-unknown'
  | 'repository-invalid'
  | 'rules-ambiguous'
  | 'tag-invalid'
  | 'digest-invalid'
  | 'tag-unknown'
  | 'tag-not-present'
  | 'release-unknown'
  | 'release-withdrawn'
  | 'withdrawal-unknown'
  | 'hold-unknown'
  | 'not-a-moving-tag'
  | 'precondition-failed'
  | 'delivery-unknown'
  | 'delivery-not-replayable'
  | 'inbox-full'
  | 'rate-limited'
  | 'range-too-large'
  | 'conflict'
  | 'not-a-release'
  | 'digest-mismatch'
  | 'inventory-unreadable'
  | 'policy-missing'
  | 'policy-off'
  | 'plan-unknown'
  | 'plan-stale'
  | 'plan-expired'
  | 'plan-not-executable'
  | 'approval-missing'
  | 'pin-unknown'
  | 'reporter-unknown'
  | 'tag-exists'
  | 'restore-window-over'
  | 'precondition-missing'
  | 'run-unknown'
  | 'deletion-unsafe'
  | 'lease-held'
  | 'lease-lost'
  | 'store-unavailable'
  | 'database-in-use'
  | 'database-unsafe'
  | 'stopping'
  | 'internal';

export interface DomainErrorOptions {
  readonly cause?: unknown;
  /** Whether trying the same again later can help; false unless said. */
  readonly retryable?: boolean;
  /** When that makes sense, where it is known. */
  readonly retryAfterMs?: number;
}

/**
 * A fault with a code, a sentence for the user and, where there is one, the cause.
 * The sentence never holds a secret: it is shown in answers and logs.
 */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: DomainErrorCode, sentence: string, options: DomainErrorOptions = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}
