import type { Announcement, DueAnnouncement } from './inbox';
import type { LedgerView } from './ledger-reader';
import type { Sighting } from './observer';
import type { Proposal } from './planner';

/** Everything that is known in one reconcile before the first write. */
export interface Reconciliation {
  readonly view: LedgerView;
  readonly sighting: Sighting;
  readonly proposal: Proposal;
  /** Those that name a tag. */
  readonly announcements: readonly Announcement[];
  /** All that end with this reconcile. */
  readonly due: readonly DueAnnouncement[];
}
