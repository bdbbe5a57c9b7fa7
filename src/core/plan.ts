import type { Decision, KeepDecision, KeepReason, MoveDecision, MoveKind } from './decision';
import { describeHold, type Holds, isInForce } from './hold';
import { compareLanes } from './lanes';
import type { Line } from './line';
import { findMember, groupByDigest, type ReleasesByDigest } from './members';
import type { Digest, TagName } from './names';
import { type Owners, resolveOwners } from './owners';
import { compareReleases, isPrerelease, type Release, type Target } from './release';
import type { RepositoryRules } from './rules';

/** What is known of one tag before the decision. */
export interface TagState {
  /** Where Tagward last knew it before somebody else touched it; null when it was not there. */
  readonly recorded: Target | null;
  /** What the registry shows now; null when the tag is not there. */
  readonly found: Digest | null;
}

/** Why a plan is made again although no release came: what its moves are called in history. */
export type PlanCause = Extract<
  MoveKind,
  'released' | 'rules-changed' | 'restored' | 'hold-released' | 'withdrawn'
>;

export interface PlanInput {
  readonly releases: readonly Release[];
  readonly rules: RepositoryRules;
  /** `rules-changed` when the rules differ from those of the last plan: tags may go back then. */
  readonly cause: PlanCause;
  /** The tags to decide on; undefined means every moving tag of the repository. */
  readonly tags?: ReadonlySet<TagName>;
  readonly states: ReadonlyMap<TagName, TagState>;
  readonly holds: Holds;
  /** Whether a tag that somebody else moved is taken over: by a rule or a person (D1, I1). */
  readonly takesOver?: (tag: TagName) => boolean;
  /** UTC milliseconds: holds end and channels soak. */
  readonly now: number;
}

const ABSENT: TagState = { recorded: null, found: null };

/**
 * Compares what should be with what the registry has now, and gives a decision with a reason for
 * every moving tag asked for that a release of the repository names, in the order of lanes.
 * Applying the moves and planning again gives no move. Moves a tag to a lower version only when its
 * release was withdrawn or the rules have changed (invariant 2), and never one that somebody else
 * moved (rule D1) or that is held (rule H1).
 */
export function planMoves(input: PlanInput): readonly Decision[] {
  return decideAll(input, resolveOwners(input.releases, input.rules, input.now));
}

/** The same with owners that are known already. */
export function decideAll(input: PlanInput, owners: Owners): readonly Decision[] {
  const found = new Set(Array.from(input.states.values(), (state) => state.found));
  const byDigest = groupByDigest(input.releases, found);
  const context: PlanContext = { ...input, conflicting: owners.conflicting, byDigest };
  return [...owners.lines.values()]
    .filter((line) => input.tags?.has(line.tag) ?? true)
    .flatMap((line) => decide(line, input.states.get(line.tag) ?? ABSENT, context) ?? [])
    .sort((left, right) => compareLanes(left.tag, right.tag));
}

interface PlanContext extends PlanInput {
  readonly conflicting: ReadonlySet<TagName>;
  readonly byDigest: ReleasesByDigest;
}

/** Undefined for a tag that neither is there nor should be. */
function decide(line: Line, state: TagState, context: PlanContext): Decision | undefined {
  const { owner, tag } = line;
  const member = state.found === null ? undefined : memberAt(tag, state.found, state, context);
  const from = targetOf(state, member);
  const stop = reasonToStay(line, state, context);
  if (stop !== undefined) return keep(tag, from, stop.code, stop.text);
  if (isDrifted(state, member)) return decideOnDrift(line, state, from, context);
  if (owner === undefined) return decideOnOwnerless(line, member, from, context);
  // One move to the present owner, not through the versions in between (rule H1).
  if (context.holds.has(tag)) return move(owner, { tag, from, member }, 'hold-released');
  if (member !== undefined && isBackwards(member, owner, { line, context })) {
    return keepInTrouble(line, member, from, context);
  }
  return move(owner, { tag, from, member }, context.cause);
}

/** Rules H1, K2 and B1: held, the name of a release, or where it should be. */
function reasonToStay(
  { tag, owner, barred }: Line,
  { found }: TagState,
  { holds, now }: PlanContext,
): KeepDecision['reason'] | undefined {
  const hold = holds.get(tag);
  if (hold !== undefined && isInForce(hold, now)) return describeHold(hold);
  if (barred?.code === 'collision') return barred;
  if (owner?.digest !== found) return undefined;
  return { code: 'already-right', text: `kept: already on ${owner.tag}` };
}

/** Rules D1 and I1: somebody else's tag is left alone unless a rule or a person says otherwise. */
function decideOnDrift(
  line: Line,
  state: TagState,
  from: Target | null,
  { takesOver, cause }: PlanContext,
): Decision {
  const { tag, owner } = line;
  const drift = describeDrift(line, state);
  if (owner === undefined || takesOver?.(tag) !== true) {
    return keep(tag, from, 'drifted', `kept: ${drift}`);
  }
  const text = `moved: ${drift}, and ${owner.tag} is the owner`;
  const to = { digest: owner.digest, release: owner.tag };
  return { tag, action: 'move', reason: { code: cause, text }, from, to };
}

/** Only a withdrawal or a change of rules takes a tag to a lower version (invariant 2). */
function isBackwards(
  member: Release,
  owner: Release,
  { line, context }: { readonly line: Line; readonly context: PlanContext },
): boolean {
  const hasNewRules = context.cause === 'rules-changed' && !line.neverBack;
  if (member.withdrawn !== undefined || hasNewRules) return false;
  return compareReleases(member, owner) > 0;
}

/** Rules W2 and C1: the tag of a line without an owner stays, or goes where the rules say so. */
function decideOnOwnerless(
  line: Line,
  member: Release | undefined,
  from: Target | null,
  context: PlanContext,
): Decision | undefined {
  if (line.removed) {
    if (from === null) return undefined;
    const text = line.barred?.text.replace('kept: ', 'removed: ') ?? 'removed: nothing owns it';
    const code = line.barred?.code === 'withdrawn' ? 'withdrawn' : 'released';
    return { tag: line.tag, action: 'move', reason: { code, text }, from, to: null };
  }
  if (line.barred !== undefined) {
    return keep(line.tag, from, line.barred.code, line.barred.text);
  }
  return keepInTrouble(line, member ?? line.highest, from, context);
}

/** The release that a tag stands on: the one that it was moved to, if the digest has several. */
function memberAt(
  tag: TagName,
  digest: Digest,
  { recorded }: TagState,
  { releases, byDigest, rules, cause }: PlanContext,
): Release | undefined {
  const movedTo = recorded?.digest === digest ? recorded.release : null;
  const member = findMember(tag, digest, { byDigest, rules, movedTo });
  if (member !== undefined || movedTo === null) return member;
  // It was of the line by the rules before these, or on this digest before it was built again.
  const mayHaveChanged = cause === 'rules-changed' || rules.rebuilds === 'allow';
  return mayHaveChanged ? releases.find((release) => release.tag === movedTo) : undefined;
}

/** Rule D1 and I1: somebody else moved, made or deleted the tag, or it stands outside its line. */
function isDrifted(state: TagState, member: Release | undefined): boolean {
  if (state.recorded !== null && state.recorded.digest !== state.found) return true;
  return state.found !== null && member === undefined;
}

function describeDrift(line: Line, { recorded, found }: TagState): string {
  if (found === null) return `somebody else deleted ${line.tag}`;
  if (recorded === null || recorded.digest === found) {
    return `${line.tag} stands on ${found}, which is no release of its line`;
  }
  return `somebody else moved ${line.tag} to ${found}`;
}

/** The release that a tag stands on may not own it any more, yet the tag does not go back. */
function keepInTrouble(
  line: Line,
  release: Release,
  from: Target | null,
  context: PlanContext,
): KeepDecision {
  if (context.conflicting.has(release.tag)) {
    const text = `kept: two tags name version ${release.version.text} with different digests`;
    return keep(line.tag, from, 'conflict', text);
  }
  if (release.withdrawn !== undefined) {
    const text = `kept: ${release.tag} is withdrawn, and its line has no other release`;
    return keep(line.tag, from, 'withdrawn', text);
  }
  if (isPrerelease(release)) {
    return keep(line.tag, from, 'prerelease', `kept: ${release.tag} is a pre-release now`);
  }
  if (release.missing) {
    const text = `kept: ${release.tag} is gone from the registry, and no higher release has come`;
    return keep(line.tag, from, 'manifest-missing', text);
  }
  if (line.neverBack) {
    const text = `kept: ${release.tag} has not been out long enough, but the tag never goes back`;
    return keep(line.tag, from, 'soaking', text);
  }
  const { code, text } = line.barred ?? {
    code: 'higher-release-exists' as const,
    text: `kept: ${release.tag} is higher`,
  };
  return keep(line.tag, from, code, text);
}

function keep(tag: TagName, at: Target | null, code: KeepReason, text: string): KeepDecision {
  return { tag, action: 'keep', reason: { code, text }, from: at, to: at };
}

interface Standing {
  readonly tag: TagName;
  readonly from: Target | null;
  readonly member: Release | undefined;
}

function move(owner: Release, { tag, from, member }: Standing, cause: PlanCause): MoveDecision {
  const to = { digest: owner.digest, release: owner.tag };
  const isRebuilt = from?.release === owner.tag;
  const isWithdrawn = member?.withdrawn !== undefined;
  const code = isRebuilt ? 'rebuilt' : isWithdrawn ? 'withdrawn' : cause;
  return { tag, action: 'move', reason: { code, text: describeMove(owner, from, code) }, from, to };
}

function describeMove(owner: Release, from: Target | null, code: MoveKind): string {
  const before = from?.release ?? null;
  if (before === null) return `created: ${owner.tag} is the highest release of this line`;
  if (code === 'rebuilt') return `moved: ${owner.tag} was built again`;
  if (code === 'withdrawn') {
    return `moved: ${before} is withdrawn, and ${owner.tag} is the highest left`;
  }
  if (code === 'rules-changed') {
    return `moved: by the new rules ${owner.tag} is the owner, not ${before}`;
  }
  if (code === 'hold-released') return `moved: no longer held, and ${owner.tag} is the owner`;
  return `moved: ${owner.tag} is higher than ${before}`;
}

function targetOf(state: TagState, member: Release | undefined): Target | null {
  if (state.found === null) return null;
  if (state.recorded?.digest === state.found) return state.recorded;
  return { digest: state.found, release: member?.tag ?? null };
}
