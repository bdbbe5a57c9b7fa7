import type { DeleteSupport } from './deletion';

/**
 * What a registry server can do, found by what it answered and never by its name.
 * `unproven`: nothing has shown it yet.
 */
export interface RegistryCapabilities {
  /** `PUT …/manifests/<digest>?tag=a&tag=b` with `OCI-Tag` in the answer. */
  readonly multiTag: 'works' | 'unsupported' | 'unproven';
  readonly tagDelete: DeleteSupport;
  readonly digestDelete: DeleteSupport;
  /**
   * Whether the DELETE of a tag leaves the manifest and its other tags in place, which its answer
   * does not say (retention.md P18).
   */
  readonly tagDeleteLeavesOthers: 'works' | 'takes-others' | 'unproven';
  /** `GET …/referrers/<digest>`; `unsupported` means that referrers are listed in a fallback tag. */
  readonly referrers: 'works' | 'unsupported' | 'unproven';
  /** How a listing comes: in one piece, in pages with `Link`, in pages that `last` continues. */
  readonly paging: 'whole' | 'link' | 'last' | 'unproven';
}

export type Capability = keyof RegistryCapabilities;
