import type { Digest, TagName } from './names';

/** Protects a tag, or everything from which a digest can be reached, from retention. */
export interface Pin {
  readonly target:
    | { readonly kind: 'tag'; readonly tag: TagName }
    | { readonly kind: 'digest'; readonly digest: Digest };
  readonly reason: string;
  /** UTC milliseconds; null pins until it is taken away. */
  readonly expiresAt: number | null;
}
