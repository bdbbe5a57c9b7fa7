import type { InUseReport } from './in-use';
import type { RetentionInventory } from './inventory';
import type { TagName } from './names';
import type { Pin } from './pin';
import type { Release } from './release';
import type { Regret } from './replay-regrets';
import type { ReplayedDeletion } from './replayed-deletions';
import type { HistoricMove } from './replayed-tags';
import type { RetentionEvaluation } from './retention';
import type { RetentionPolicy } from './retention-policy';
import type { RepositoryRules } from './rules';

export interface RetentionReplayInput {
  /** Every applied move of the repository from the very first, in the order of history. */
  readonly moves: readonly HistoricMove[];
  /** What manifests refer to, as far as that is known now. */
  readonly manifests: RetentionInventory['manifests'];
  /** The last report of each reporter. */
  readonly inUse: readonly InUseReport[];
  readonly pins: readonly Pin[];
  readonly rules: RepositoryRules;
  readonly releases: readonly Release[];
  /** When releases were taken back, UTC milliseconds, by tag. */
  readonly withdrawnAt: ReadonlyMap<TagName, number>;
  /** Its mode says nothing here. */
  readonly policy: RetentionPolicy;
  /** The replayed period, UTC milliseconds: the policy is evaluated every 24 hours from `from`. */
  readonly from: number;
  readonly to: number;
  /** Whether plans that wait for a person are taken as approved. */
  readonly approve: boolean;
}

/** One evaluation. */
export interface ReplayedDay {
  /** UTC milliseconds. */
  readonly at: number;
  readonly outcome: RetentionEvaluation['outcome'];
  readonly reason?: RetentionEvaluation['reason'];
  /** All tags there were, Tagward's own left out. */
  readonly tags: number;
  /** Tags that the plan of the day would have let go, those still under notice too. */
  readonly planned: number;
  /** Tags that were deleted in the 24 hours from then. */
  readonly deleted: number;
}

export interface RetentionReplay {
  /** UTC milliseconds: where the record begins, if that is later than what was asked for. */
  readonly from: number;
  /** Earlier than what was asked for where the replay was stopped. */
  readonly to: number;
  readonly days: readonly ReplayedDay[];
  /** Oldest first. */
  readonly deleted: readonly ReplayedDeletion[];
  /** In the order in which they were needed. */
  readonly regrets: readonly Regret[];
  /** Deletions that were called off in their notice: the tag moved, or something protected it. */
  readonly cancelled: number;
  /** Deletions whose notice was not over at the end. */
  readonly pending: number;
  /** What the last evaluation of a day warned of. */
  readonly warnings: RetentionEvaluation['warnings'];
}
