import type { TagPattern } from './tag-pattern';

/**
 * What may go (retention.md section 2): nothing is deleted unless a rule is about it, every keep of
 * every rule fails, nothing protects it, the plan is small enough, and a form of deletion is proven.
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
  /** The `count` highest versions, of all or of each `per`; for builds the last moved. */
  | { readonly kind: 'newest'; readonly count: number; readonly per?: VersionGroup | undefined }
  /** The `count` last pulled. */
  | { readonly kind: 'newest-pulled'; readonly count: number }
  /** Everything whose tag moved at most `ms` ago; an age equal to `ms` is kept. */
  | { readonly kind: 'moved-within'; readonly ms: number }
  /** Everything pulled at most `ms` ago; what was never pulled counts as pulled when it moved. */
  | { readonly kind: 'pulled-within'; readonly ms: number }
  | { readonly kind: 'always' };

export type VersionGroup = 'major' | 'minor' | 'core';

interface RuleKeeps {
  /** `any`: kept by one condition is kept; `all`: kept only by all of them. Never empty. */
  readonly combine: 'any' | 'all';
  readonly conditions: readonly KeepCondition[];
}

export type RetentionRule =
  | (RuleKeeps & { readonly class: 'release' })
  | (RuleKeeps & {
      readonly class: 'prerelease';
      /** Milliseconds for which the final version must exist until nothing keeps its candidates. */
      readonly dropReleasedAfterMs?: number | undefined;
    })
  | (RuleKeeps & {
      readonly class: 'build';
      /** Never empty; several mean any of them. */
      readonly match: readonly TagPattern[];
    });

/** Limits on a whole plan; one that is undefined does not exist. A value equal to a limit is fine. */
interface RetentionGuards {
  readonly maxDelete?: number | undefined;
  readonly maxDeletePercent?: number | undefined;
  readonly minRemaining?: number | undefined;
  readonly maxInventoryDropPercent?: number | undefined;
  readonly approveAbove?: number | undefined;
}

export interface RetentionPolicy {
  readonly name: string;
  readonly mode: RetentionMode;
  /** Nothing that moved less than this many milliseconds ago is a candidate. */
  readonly minAgeMs: number;
  readonly protect: {
    /** How many former targets of each moving tag keep their version tags. */
    readonly rollbackDepth: number;
    readonly tags: readonly TagPattern[];
    /** Undefined where nobody reports what runs: reports that come all the same protect. */
    readonly maxReportAgeMs: number | undefined;
  };
  /** Rules may overlap; a tag that any rule keeps is kept. Their order has no meaning. */
  readonly rules: readonly RetentionRule[];
  readonly guards: RetentionGuards;
  readonly deletion: {
    /** `tag-only`: never by digest or dummy. */
    readonly form: 'auto' | 'tag-only';
    /** Milliseconds between a plan and its execution. */
    readonly noticeMs: number;
    /** Milliseconds for which a deleted tag can be brought back. */
    readonly restoreWindowMs: number;
    /** Whether a digest that loses its last tag gets a restore tag for the window. */
    readonly restoreTags: boolean;
    readonly dependants: 'follow-subject' | 'keep';
  };
  readonly execution: {
    /** Deletions at a time. */
    readonly concurrency: number;
    /** Deletions begun in a second at the registry; undefined: as many as its limits let through. */
    readonly perSecond: number | undefined;
    /** Deletions that the registry refused until a run stops; undefined: it goes on. */
    readonly stopAfterErrors: number | undefined;
  };
}

/** How a rule is named in plans: by what it is about. */
export function ruleLabel(rule: RetentionRule): string {
  return rule.class === 'build'
    ? `build ${rule.match.map(({ text }) => text).join(', ')}`
    : rule.class;
}
