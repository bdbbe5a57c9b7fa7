import { isDigest, isTagName, type RepositoryName } from '../../core/names';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { bodyKey, EVENT_INVALID, type KeptFacts } from './sender';
import type { AnnouncingEvent, IdleEvent } from './source';

/** What a sender says about a tag, before anybody has looked whether it is legal. */
export interface SaidOfTag {
  /** `published` unless said. */
  readonly event?: AnnouncedEvent;
  /** Undefined when the sender's name for it makes no legal repository. */
  readonly repository: RepositoryName | undefined;
  /** Null has the whole repository looked at. */
  readonly tag: string | null;
  /** Left out by senders that cannot prove it. */
  readonly digest?: string | undefined;
  readonly prerelease?: boolean | undefined;
  readonly runUrl?: string | undefined;
}

/** An announcement, or a rejected event when one of its names is not legal. */
export function announcedEvent(
  kept: KeptFacts,
  said: SaidOfTag,
  isLegalTag: (tag: string) => boolean = isTagName,
): AnnouncingEvent | IdleEvent {
  const { event = 'published', repository, tag, digest } = said;
  if (repository === undefined) return illegal(kept, 'the event names no legal repository');
  if (tag !== null && !isLegalTag(tag)) return illegal(kept, 'the event names no legal tag', tag);
  if (digest !== undefined && !isDigest(digest)) {
    return illegal(kept, 'the event names no legal digest', digest);
  }
  return {
    ...kept,
    kind: 'announcement',
    event,
    repository,
    tag,
    // With the digest of what went, the deletion of an own tag would look like our own move of it.
    digest: digest === undefined || event === 'deleted' ? null : digest,
    prerelease: said.prerelease ?? null,
    runUrl: said.runUrl ?? null,
  };
}

function illegal(kept: KeptFacts, text: string, named = ''): IdleEvent {
  const dedupeKey = kept.dedupeKey ?? bodyKey(kept.body, named);
  return { ...kept, dedupeKey, kind: 'rejected', reason: { code: EVENT_INVALID, text } };
}

const LAST_TIME_MS = 8.64e15;

/** UTC milliseconds of seconds since 1970; null when the sender gave none, or one beyond all dates. */
export function timeOfSeconds(seconds: number | undefined): number | null {
  const time = seconds === undefined ? NaN : Math.round(seconds * 1_000);
  return Math.abs(time) <= LAST_TIME_MS ? time : null;
}

/** The host of `host/path:tag`, with or without a scheme; empty when there is none. */
export function hostOfImage(image: string | undefined): string | undefined {
  return image?.replace(/^https?:\/\//, '').split('/', 1)[0];
}
