import type { TagName } from './names';
import type { Target } from './release';

/** Why a move happened, as history records it. */
export type MoveKind =
  | 'released'
  | 'rebuilt'
  | 'withdrawn'
  | 'restored'
  | 'rolled-back'
  | 'hold-released'
  | 'rules-changed'
  | 'imported'
  | 'observed'
  | 'pruned';

export const MOVE_KINDS = [
  ...(['released', 'rebuilt', 'withdrawn', 'restored', 'rolled-back', 'hold-released'] as const),
  ...(['rules-changed', 'imported', 'observed', 'pruned'] as const),
] as const satisfies readonly MoveKind[];

/** Why a moving tag stays where it is (rule E1). */
export type KeepReason =
  | 'already-right'
  | 'higher-release-exists'
  | 'prerelease'
  | 'zero-major-off'
  | 'level-off'
  | 'conflict'
  | 'drifted'
  | 'manifest-missing'
  | 'held'
  | 'not-head'
  | 'claimed'
  | 'soaking'
  | 'withdrawn'
  | 'collision'
  | 'incomplete';

/** A stable code with a sentence beside it. */
export interface Reason<Code extends string> {
  readonly code: Code;
  readonly text: string;
}

interface DecisionFor<Action extends string, Code extends string> {
  readonly tag: TagName;
  readonly action: Action;
  readonly reason: Reason<Code>;
  readonly from: Target | null;
  readonly to: Target | null;
}

export type KeepDecision = DecisionFor<'keep', KeepReason>;
/** To null where the tag is removed (rules W2 and C1). */
export type MoveDecision = DecisionFor<'move', MoveKind>;

/** What becomes of one moving tag. A `keep` has the same target on both sides. */
export type Decision = MoveDecision | KeepDecision;
