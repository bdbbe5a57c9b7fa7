import type { Digest, TagName } from '../../core/names';
import type { Clock } from '../../runtime/clock';
import type { CredentialSource } from '../credentials/credential';
import type { Manifest } from '../image-registry';
import type { RegistryTuning } from '../registry-tuning';
import type { ProviderAccount } from './provider-access';
import type { ProviderHttp } from './provider-http';

/** Deletes tags through a product's own API, where the protocol deletes no single one. */
export interface TagProvider {
  /**
   * Deletes one tag and nothing else; `absent` when it was not there. The path is that inside the
   * registry. Throws RegistryError: `refused` (protected, immutable), `denied`, `unauthorized`,
   * `unsupported`, `rate-limited` with `retryAfterMs`, `server-error`, `unexpected-answer`,
   * `redirect-refused`, `listing-too-large`, `unreachable`, `timeout`.
   */
  deleteTag(path: string, tag: TagName): Promise<'deleted' | 'absent'>;

  /** Ends waits at once, requests under way within a few seconds. Safe to call twice. */
  close(): Promise<void>;
}

/** The protocol's part of the work, with its own authorisation and retries. */
export interface ProviderManifests {
  /** What the tag points at now; undefined when it is not there. */
  find(path: string, tag: TagName): Promise<{ readonly digest: Digest } | undefined>;
  /** What the tag points at now, whole. Throws `manifest-unknown`. */
  get(path: string, tag: TagName): Promise<Manifest>;
  put(path: string, tag: TagName, manifest: Manifest): Promise<void>;
}

export interface ProviderParts {
  readonly credentials: CredentialSource;
  readonly tuning: RegistryTuning;
  readonly clock: Clock;
  readonly manifests: ProviderManifests;
}

/** What the products are made of. */
export interface ProviderTools {
  readonly http: ProviderHttp;
  readonly account: ProviderAccount;
  readonly clock: Clock;
  readonly manifests: ProviderManifests;
}
