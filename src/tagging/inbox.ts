import type { Decision } from '../core/decision';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { Transaction } from '../database/unit-of-work';

/** A tag was pushed, or taken away. */
export type AnnouncedEvent = 'published' | 'deleted';

/** A stored event, as far as deciding depends on it. */
export interface Announcement {
  readonly deliveryId: number;
  /** Who announced it, as history names it: `source:ci`, `token:ops`. */
  readonly actor: string;
  readonly event: AnnouncedEvent;
  readonly tag: TagName;
  /** As the sender said; null when it said nothing. */
  readonly digest: Digest | null;
  readonly prerelease: boolean | null;
  /** Tries before this one. */
  readonly attempts: number;
}

/** An announcement as it is stored: without a tag it only says that something has changed. */
export interface DueAnnouncement extends Omit<Announcement, 'tag'> {
  readonly tag: TagName | null;
  /** UTC milliseconds. */
  readonly receivedAt: number;
  /**
   * How many later events have joined it, where the sender gives nothing to tell events apart; null
   * for one that stands by itself. What joins while it is worked on has not been looked at.
   */
  readonly joined: number | null;
}

/** Why an announcement ended or waits: a stable code and a sentence. */
export interface AnnouncementError {
  readonly code: string;
  readonly text: string;
}

export type Settlement =
  | { readonly status: 'done'; readonly decisions: readonly Decision[] }
  | {
      readonly status: 'ignored';
      readonly error: AnnouncementError;
      readonly decisions: readonly Decision[];
    }
  | { readonly status: 'dead'; readonly error: AnnouncementError }
  /** To be tried again, not before the time (UTC milliseconds). */
  | { readonly status: 'pending'; readonly error: AnnouncementError; readonly notBefore: number };

export interface SettledAnnouncement {
  readonly deliveryId: number;
  /** As it was when the announcement was taken up. */
  readonly joined: number | null;
  readonly settlement: Settlement;
}

/**
 * What the reconciler needs of the deliveries room, which it may not import (ADR 0005): the
 * stored events of a repository, and their end in the same commit as the moves.
 */
export abstract class Inbox {
  /** Pending announcements of a repository that are due, oldest first. */
  abstract listDue(repository: RepositoryName, now: number): Promise<readonly DueAnnouncement[]>;

  /** Repositories that have a pending announcement which is due. */
  abstract listRepositoriesDue(now: number): Promise<readonly RepositoryName[]>;

  /** Settles announcements, each counting as one try. */
  abstract settle(transaction: Transaction, settled: readonly SettledAnnouncement[]): Promise<void>;

  /** The same with nothing else to commit. */
  abstract settleAlone(settled: readonly SettledAnnouncement[]): Promise<void>;
}
