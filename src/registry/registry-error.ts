/** What went wrong at a registry, by a stable code that callers and tests switch on. */
export type RegistryErrorCode =
  /** Connection refused, reset, name not found: nothing answered. */
  | 'unreachable'
  | 'timeout'
  /** 5xx. */
  | 'server-error'
  /** 429; `retryAfterMs` says when to come back, where the registry said so. */
  | 'rate-limited'
  /**
   * 401 with the best credentials that there are, or a token endpoint that refused them. Retryable:
   * people mend credentials, and what waits for that must not be given up meanwhile.
   */
  | 'unauthorized'
  /** 403. */
  | 'denied'
  | 'manifest-unknown'
  /** 400 MANIFEST_BLOB_UNKNOWN: a child or layer of the manifest is not there (yet). */
  | 'manifest-blob-unknown'
  | 'manifest-invalid'
  /** 409 or 412: immutable tag, still referenced. */
  | 'refused'
  /** The registry does not offer the operation (405, UNSUPPORTED, DIGEST_INVALID on a tag). */
  | 'unsupported'
  /** Bytes or `Docker-Content-Digest` that are not those of the digest asked for. */
  | 'digest-mismatch'
  /** Redirect, `Link` or token realm on a host that the configuration does not name. */
  | 'redirect-refused'
  /** A body over its cap. */
  | 'answer-too-large'
  /** Over 10,000 pages, 1,000,000 tags or 64 MiB. */
  | 'listing-too-large'
  /** The server's certificate is signed by no known authority. */
  | 'certificate-untrusted'
  /** An answer that the protocol does not allow: HTML, broken JSON, an unexpected status. */
  | 'unexpected-answer'
  /** No registry of this id is configured. */
  | 'registry-unknown';

export interface RegistryErrorOptions {
  readonly cause?: unknown;
  readonly retryable?: boolean;
  readonly status?: number;
  /** Codes of the registry's own error body, such as `MANIFEST_UNKNOWN`. */
  readonly registryCodes?: readonly string[];
  readonly retryAfterMs?: number;
}

/** A fault at a registry: a code, and a sentence that says what the user can do. Holds no secret. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly registryCodes: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(code: RegistryErrorCode, sentence: string, options: RegistryErrorOptions = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RegistryError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status;
    this.registryCodes = options.registryCodes ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}
