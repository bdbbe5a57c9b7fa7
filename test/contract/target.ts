import type { RegistryTuning } from '../../src/registry/registry-tuning';

/** A registry that the contract runs against: any URL, with what is needed to get in. */
export interface ContractTarget {
  /** As it is printed, such as `distribution-3 tls`. */
  readonly registry: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** PEM text of the authority that signed its certificate. */
  readonly ca?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Hosts of token services beside the registry's own. */
  readonly realms?: readonly string[];
  /** What the names of the contract's repositories begin with, such as `tagward-contract/`. */
  readonly prefix: string;
  /** How many requests its token service has had so far, where somebody counts them. */
  readonly tokenRequests?: () => number;
  /** How many tags the longest listing has. */
  readonly manyTags: number;
  readonly tuning?: Partial<RegistryTuning>;
}

/** For registries on this machine: no waits worth mentioning. */
export const LOCAL_TUNING: Partial<RegistryTuning> = {
  retryBaseMs: 1,
  rateLimitBaseMs: 1,
  maxRateLimitedTries: 8,
};
