import { nextTryAfterMs } from '../core/backoff';
import type { Decision } from '../core/decision';
import { DomainError } from '../core/domain-error';
import { explainRelease } from '../core/explain';
import { isMovingTagShape } from '../core/moving-tags';
import type { TagName } from '../core/names';
import type { Release } from '../core/release';
import type { RepositoryRules } from '../core/rules';
import { describeSkip, parseVersionTag } from '../core/version';
import { RegistryError } from '../registry/registry-error';
import type { AnnouncementError, DueAnnouncement, SettledAnnouncement, Settlement } from './inbox';

/** What came of one reconcile, as far as its announcements depend on it. */
export interface ReconcileOutcome {
  readonly rules: RepositoryRules;
  /** Releases after the reconcile, by tag. */
  readonly releases: ReadonlyMap<TagName, Release>;
  readonly decisions: readonly Decision[];
  /** Tags of releases that are in conflict (rule K1). */
  readonly conflicting: ReadonlySet<TagName>;
  /** Tags of releases that are named as a moving tag (rule K2). */
  readonly colliding: ReadonlySet<TagName>;
  /** Announced tags that could not be read or are not what was announced. */
  readonly failures: ReadonlyMap<TagName, Error>;
  /** Moving tags that could not be written. */
  readonly unwritten: ReadonlyMap<TagName, Error>;
  /** What the registry shows for the tags that were looked at. */
  readonly found: ReadonlyMap<TagName, string | null>;
}

/** When a reconcile ended, and its jitter: the same for all, so that those that wait do it together. */
export interface Moment {
  /** UTC milliseconds. */
  readonly now: number;
  /** From 0 to below 1. */
  readonly random: number;
}

/** All that the end of an announcement depends on, whoever made it. */
export type AnnouncedFacts = Pick<DueAnnouncement, 'tag' | 'digest' | 'event' | 'attempts'>;

/** Settles announcements in their order; those that say the same share one settlement. */
export function settleEach(
  due: readonly DueAnnouncement[],
  settle: (facts: AnnouncedFacts) => Settlement,
): readonly SettledAnnouncement[] {
  const settlements = new Map<string, Settlement>();
  return due.map(({ deliveryId, joined, tag, digest, event, attempts }) => {
    const facts = { tag, digest, event, attempts };
    const key = JSON.stringify(facts);
    const settlement = settlements.get(key) ?? settle(facts);
    settlements.set(key, settlement);
    return { deliveryId, joined, settlement };
  });
}

interface AnnouncedTag extends AnnouncedFacts {
  readonly tag: TagName;
}

/** How one announcement ends, or until when it waits. */
export function settlementOf(
  announcement: AnnouncedFacts,
  outcome: ReconcileOutcome,
  moment: Moment,
): Settlement {
  return announcement.tag === null
    ? settlementOfLook(announcement, outcome, moment)
    : settlementOfTag({ ...announcement, tag: announcement.tag }, outcome, moment);
}

/** Nobody named a tag, so everything that was decided came of it. */
function settlementOfLook(
  announcement: AnnouncedFacts,
  { decisions, unwritten }: ReconcileOutcome,
  moment: Moment,
): Settlement {
  const [fault] = unwritten.values();
  if (fault !== undefined) return settleFailure(announcement, fault, moment);
  return { status: 'done', decisions };
}

function settlementOfTag(
  announcement: AnnouncedTag,
  outcome: ReconcileOutcome,
  moment: Moment,
): Settlement {
  const failure = outcome.failures.get(announcement.tag);
  if (failure !== undefined) return settleFailure(announcement, failure, moment);
  const release = outcome.releases.get(announcement.tag);
  if (release === undefined) return ignoreOtherTag(announcement, outcome);
  const conflict = describeRefusal(announcement, release, outcome);
  const { decisions: all, rules, conflicting, releases } = outcome;
  const decisions = explainRelease(release, {
    ...{ decisions: all, rules, conflicting, releases: [...releases.values()] },
  });
  if (conflict !== undefined) {
    return { status: 'ignored', error: conflict, decisions: decisions.filter(isKept) };
  }
  const unwritten = decisions
    .filter((decision) => decision.action === 'move')
    .flatMap((decision) => outcome.unwritten.get(decision.tag) ?? []);
  const [fault] = unwritten;
  if (fault !== undefined) return settleFailure(announcement, fault, moment);
  return { status: 'done', decisions };
}

/** Waits for the next try, or ends the announcement with the reason why there is none. */
export function settleFailure(
  { attempts }: Pick<AnnouncedFacts, 'attempts'>,
  failure: Error,
  { now, random }: Moment,
): Settlement {
  const error = { code: codeOf(failure), text: sentenceOf(failure) };
  const waitMs = nextTryAfterMs({
    tries: attempts + 1,
    retryable: isRetryable(failure),
    missingManifest: error.code === 'manifest-unknown' || error.code === 'digest-mismatch',
    retryAfterMs: failure instanceof RegistryError ? failure.retryAfterMs : undefined,
    random,
  });
  if (waitMs === undefined) return { status: 'dead', error };
  return { status: 'pending', error, notBefore: now + Math.ceil(waitMs) };
}

function codeOf(failure: Error): string {
  return failure instanceof RegistryError || failure instanceof DomainError
    ? failure.code
    : 'internal';
}

/** The text of an unforeseen error may hold anything, so it is logged and not shown. */
function sentenceOf(failure: Error): string {
  return codeOf(failure) === 'internal' ? 'an internal error; the log has it' : failure.message;
}

function isRetryable(failure: Error): boolean {
  return failure instanceof RegistryError || failure instanceof DomainError
    ? failure.retryable
    : true;
}

/**
 * Why the rules refuse what was announced: a withdrawn release (W3), a name that a moving tag has
 * (K2), or a release tag on another digest than the one it was published with (B1).
 */
function describeRefusal(
  { digest, event, tag }: AnnouncedTag,
  release: Release,
  { found, colliding }: ReconcileOutcome,
): AnnouncementError | undefined {
  if (event === 'published' && release.withdrawn !== undefined) {
    const text = `refused: ${tag} is withdrawn (${release.withdrawn}); restore it first`;
    return { code: 'withdrawn', text };
  }
  if (colliding.has(tag)) {
    const text = `refused: ${tag} is the name of a moving tag of longer releases, too`;
    return { code: 'collision', text };
  }
  const shown = event === 'deleted' ? null : (digest ?? found.get(tag) ?? null);
  if (shown === null || shown === release.digest) return undefined;
  const text = `refused: ${tag} was published with ${release.digest} and is now announced with ${shown}`;
  return { code: 'conflict', text };
}

function ignoreOtherTag({ tag }: AnnouncedTag, outcome: ReconcileOutcome): Settlement {
  const decision = outcome.decisions.find((candidate) => candidate.tag === tag);
  if (decision?.reason.code === 'drifted') {
    const error = { code: 'drifted', text: decision.reason.text };
    return { status: 'ignored', error, decisions: [decision] };
  }
  const { rules } = outcome;
  if (isMovingTagShape(tag, rules)) {
    const error = { code: 'not-a-release', text: `${tag} is a moving tag and no release` };
    return { status: 'ignored', error, decisions: [] };
  }
  const parsed = parseVersionTag(tag, rules);
  const code = parsed.kind === 'skipped' ? parsed.reason : 'not-a-release';
  const text =
    parsed.kind === 'skipped' ? describeSkip(tag, parsed.reason, rules.scheme) : `${tag} is gone`;
  return { status: 'ignored', error: { code, text }, decisions: [] };
}

function isKept(decision: Decision): boolean {
  return decision.action === 'keep';
}
