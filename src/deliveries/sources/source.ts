import type { SourceKind } from '../../config/source-kinds';
import type { Secret } from '../../config/secret';
import type { Digest, RepositoryName } from '../../core/names';
import type { AnnouncedEvent } from '../../tagging/inbox';

/** What every refused sender is told, whatever the reason. */
export const REFUSAL = 'the request could not be authenticated';

/** One request to a source's address, before anybody has looked into its body. */
export interface IncomingWebhook {
  /** Names in lower case. A header that was sent several times is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** What stood behind the source's id in the path. */
  readonly urlSecret: string | undefined;
}

/** What an authentic request has shown of itself. */
export interface Proof {
  readonly form: 'secret' | 'token' | 'url' | 'oidc' | 'sns';
  /** Tells one token of an issuer and one body from all others, for senders without event ids. */
  readonly dedupeKey?: string;
  /** When the request was made, by the sender's clock (UTC milliseconds), where that is proved, too. */
  readonly sentAt?: number | undefined;
}

interface EventFacts {
  /**
   * Identifies the event for its source: the same key again is the same delivery. Null where the
   * sender gives nothing that could: then it is merged into one that waits for the same tag.
   */
  readonly dedupeKey: string | null;
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
  /**
   * As it was announced: the rules say which tag that is (rule P7). Null when the sender only says
   * that something has changed: then the whole repository is looked at.
   */
  readonly tag: string | null;
  readonly digest: Digest | null;
  readonly prerelease: boolean | null;
  readonly runUrl: string | null;
}

export interface Reason {
  readonly code: string;
  readonly text: string;
}

/** Authentic, but no tag is to be looked at: `ignored` in general, `rejected` when it is broken. */
export interface IdleEvent extends EventFacts {
  readonly kind: 'ignored' | 'rejected';
  readonly reason: Reason;
}

export type SourceEvent = AnnouncingEvent | IdleEvent;

/** One kind of sender: what it signs, and what its requests say. A file of its own for each. */
export interface Sender {
  readonly kind: SourceKind;
  /**
   * Whether a person or a pipeline waits for the answer: then a repository outside `allow` is
   * refused. A registry would repeat what is refused for ever, so for it that is only ignored.
   */
  readonly answersCaller: boolean;
  /** Whether it sends again what was answered with 503; what the others send is taken in any case. */
  readonly repeats: boolean;
  /** Whether its events say when they were sent, and not when a release was made. */
  readonly datesEvents: boolean;
  /** Bytes; 1 MiB unless its bodies are larger by nature. */
  readonly mostBodyBytes: number;
  /** Whether it sends JSON as `text/plain`. */
  readonly sendsText: boolean;

  /**
   * Whether the raw bytes are signed by the secret, now (UTC milliseconds). Constant time, never
   * throws. Absent for a sender that signs nothing.
   */
  isSigned?(webhook: IncomingWebhook, secret: Secret, now: number): boolean;

  /** The texts that its static token may stand as; empty when it sent none. */
  tokensOf(webhook: IncomingWebhook): readonly string[];

  /**
   * The events of an authentic request, in its order. Cheap noise (pulls, blobs) is left out. What
   * cannot be used is an event that says so, or an error where the sender's caller should see it.
   */
  readEvents(webhook: IncomingWebhook, proof: Proof): readonly SourceEvent[];
}
