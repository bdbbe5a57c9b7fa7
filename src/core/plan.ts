import type { Decision, KeepDecision, KeepReason, MoveDecision } from './decision';
import { compareLanes } from './lanes';
import { findMember, groupByDigest, type ReleasesByDigest } from './members';
import type { Digest, TagName } from './names';
import { type Line, resolveOwners } from './owners';
import { compareReleases, isPrerelease, type Release, type Target } from './release';
import type { RepositoryRules } from './rules';

/** What is known of one tag before the decision. */
export interface TagState {
  /** Where Tagward last knew it before somebody else touched it; null when it was not there. */
  readonly recorded: Target | null;
  /** What the registry shows now; null when the tag is not there. */
  readonly found: Digest | null;
}

export interface PlanInput {
  readonly releases: readonly Release[];
  readonly rules: RepositoryRules;
  /** Whether the rules differ from those of the last plan: moves that follow are their doing. */
  readonly rulesChanged: boolean;
  /** The tags to decide on; undefined means every moving tag of the repository. */
  readonly tags?: ReadonlySet<TagName>;
  readonly states: ReadonlyMap<TagName, TagState>;
}

const ABSENT: TagState = { recorded: null, found: null };

/**
 * Compares what should be with what the registry has now, and gives a decision with a reason for
 * every moving tag asked for that a release of the repository names, in the order of lanes.
 * Applying the moves and planning again gives no move. Never moves a tag to a lower version of its
 * line (invariant 2), nor one that somebody else moved (rule D1).
 */
export function planMoves(input: PlanInput): readonly Decision[] {
  const { lines, conflicting } = resolveOwners(input.releases, input.rules);
  const found = new Set(Array.from(input.states.values(), (state) => state.found));
  const byDigest = groupByDigest(input.releases, found);
  const context: PlanContext = { ...input, conflicting, byDigest };
  return [...lines.values()]
    .filter((line) => input.tags?.has(line.tag) ?? true)
    .map((line) => decide(line, input.states.get(line.tag) ?? ABSENT, context))
    .sort((left, right) => compareLanes(left.tag, right.tag));
}

interface PlanContext extends PlanInput {
  readonly conflicting: ReadonlySet<TagName>;
  readonly byDigest: ReleasesByDigest;
}

function decide(line: Line, state: TagState, context: PlanContext): Decision {
  const { owner } = line;
  const member = state.found === null ? undefined : memberAt(line.tag, state.found, state, context);
  const from = targetOf(state, member);
  if (owner?.digest === state.found) {
    return keep(line.tag, from, 'already-right', `kept: already on ${owner.tag}`);
  }
  if (isDrifted(state, member)) return keep(line.tag, from, 'drifted', describeDrift(line, state));
  if (owner === undefined || (member !== undefined && compareReleases(member, owner) > 0)) {
    return keepInTrouble(line, member ?? line.highest, from, context);
  }
  return move(line.tag, owner, from, context.rulesChanged);
}

/** The release that a tag stands on: the one that it was moved to, if the digest has several. */
function memberAt(
  tag: TagName,
  digest: Digest,
  { recorded }: TagState,
  { byDigest, rules }: PlanContext,
): Release | undefined {
  const movedTo = recorded?.digest === digest ? recorded.release : null;
  return findMember(tag, digest, { byDigest, rules, movedTo });
}

/** Rule D1 and I1: somebody else moved, made or deleted the tag, or it stands outside its line. */
function isDrifted(state: TagState, member: Release | undefined): boolean {
  if (state.recorded !== null && state.recorded.digest !== state.found) return true;
  return state.found !== null && member === undefined;
}

function describeDrift(line: Line, { recorded, found }: TagState): string {
  if (found === null) return `kept: somebody else deleted ${line.tag}`;
  if (recorded === null || recorded.digest === found) {
    return `kept: ${line.tag} stands on ${found}, which is no release of its line`;
  }
  return `kept: somebody else moved ${line.tag} to ${found}`;
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
  if (isPrerelease(release)) {
    return keep(line.tag, from, 'prerelease', `kept: ${release.tag} is a pre-release now`);
  }
  const text = `kept: ${release.tag} is gone from the registry, and no higher release has come`;
  return keep(line.tag, from, 'manifest-missing', text);
}

function keep(tag: TagName, at: Target | null, code: KeepReason, text: string): KeepDecision {
  return { tag, action: 'keep', reason: { code, text }, from: at, to: at };
}

function move(
  tag: TagName,
  owner: Release,
  from: Target | null,
  rulesChanged: boolean,
): MoveDecision {
  const why = from?.release
    ? `moved: ${owner.tag} is higher than ${from.release}`
    : `created: ${owner.tag} is the highest release of this line`;
  const code = rulesChanged ? 'rules-changed' : 'released';
  const to = { digest: owner.digest, release: owner.tag };
  return { tag, action: 'move', reason: { code, text: why }, from, to };
}

function targetOf(state: TagState, member: Release | undefined): Target | null {
  if (state.found === null) return null;
  if (state.recorded?.digest === state.found) return state.recorded;
  return { digest: state.found, release: member?.tag ?? null };
}
