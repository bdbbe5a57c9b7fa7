import type { Digest, RepositoryName } from '../../core/names';
import type { AnnouncedEvent } from '../../tagging/inbox';

/** What every refused sender is told, whatever the reason. */
export const REFUSAL = 'the request could not be authenticated';

/** One request to a source's address, before anybody has looked into its body. */
export interface IncomingWebhook {
  /** Names in lower case. A header that was sent several times is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

interface EventFacts {
  /** Identifies the event for its source: the same key again is the same delivery. */
  readonly dedupeKey: string;
  /** What is kept of the request, as text. */
  readonly body: string;
  /** UTC milliseconds; null when the sender does not say. */
  readonly occurredAt: number | null;
}

/** What a sender said about one tag. */
export interface AnnouncingEvent extends EventFacts {
  readonly kind: 'announcement';
  readonly event: AnnouncedEvent;
  readonly repository: RepositoryName;
  /** As it was announced: the rules say which tag that is (rule P7). */
  readonly tag: string;
  readonly digest: Digest | null;
  readonly prerelease: boolean | null;
  readonly runUrl: string | null;
}

/** Authentic, but no tag is to be looked at: `ignored` in general, `rejected` when it is broken. */
export interface IdleEvent extends EventFacts {
  readonly kind: 'ignored' | 'rejected';
  readonly reason: { readonly code: string; readonly text: string };
}

export type SourceEvent = AnnouncingEvent | IdleEvent;

/** One configured sender of webhooks: a file of its own for each kind of sender. */
export interface Source {
  readonly id: string;
  /** Globs over repositories that it may announce. */
  readonly allow: readonly string[];
  /**
   * Whether a person or a pipeline waits for the answer: then a repository outside `allow` is
   * refused. A registry would repeat what is refused for ever, so for it that is only ignored.
   */
  readonly answersCaller: boolean;

  /** Throws `authentication-failed` unless the raw bytes are the sender's. */
  authenticate(webhook: IncomingWebhook): void;

  /**
   * The events of an authentic request, in its order. Cheap noise (pulls, blobs) is left out. What
   * cannot be used is an event that says so, or an error where the sender's caller should see it.
   */
  readEvents(webhook: IncomingWebhook): readonly SourceEvent[];
}
