/**
 * What may go: nothing is deleted unless its class has a rule and no condition of any rule keeps it.
 * Issue order: this is the subset for releases; the model is wider (builds, pre-releases, guards).
 */

/** `off` plans nothing, `dry-run` plans on schedule, `enforce` also executes what it planned. */
export type RetentionMode = 'off' | 'dry-run' | 'enforce';
export const RETENTION_MODES = [
  'off',
  'dry-run',
  'enforce',
] as const satisfies readonly RetentionMode[];

export type KeepCondition =
  /** The `count` highest patches of every minor. */
  | { readonly kind: 'newest-patches'; readonly count: number }
  /** Every patch of the `count` highest minors of every major. */
  | { readonly kind: 'newest-minors'; readonly count: number }
  /** The `count` highest releases of the repository. */
  | { readonly kind: 'newest'; readonly count: number }
  /** Everything whose tag moved at most `ms` ago; an age equal to `ms` is kept. */
  | { readonly kind: 'moved-within'; readonly ms: number };

export interface RetentionRule {
  readonly class: 'release';
  /** `any`: kept by one condition is kept; `all`: kept only by all of them. Never empty. */
  readonly combine: 'any' | 'all';
  readonly conditions: readonly KeepCondition[];
}

export interface RetentionPolicy {
  readonly name: string;
  readonly mode: RetentionMode;
  /** Rules may overlap; a tag that any rule keeps is kept. */
  readonly rules: readonly RetentionRule[];
}
