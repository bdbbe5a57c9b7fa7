import type { TagName } from './names';
import { OwnerIndex, resolveOwners } from './owners';
import type { Line } from './line';
import { compareReleases, type Release } from './release';
import { examineReleases } from './release-set';
import type { RepositoryRules } from './rules';

/** A move as history has it. */
export interface RecordedMove {
  readonly tag: TagName;
  /** UTC milliseconds. */
  readonly at: number;
  readonly release: TagName | null;
}

export interface BacktestInput {
  /** Everything on record; those without `firstSeenAt` count as there from the beginning. */
  readonly releases: readonly Release[];
  /** When releases were taken back, UTC milliseconds, by tag. */
  readonly withdrawnAt: ReadonlyMap<TagName, number>;
  /** Applied moves to releases, oldest first. */
  readonly moves: readonly RecordedMove[];
  readonly rules: RepositoryRules;
}

/** One move that history has and the rules would not have made, or the other way round. */
export interface BacktestDifference extends RecordedMove {
  readonly kind: 'would-not-have-moved' | 'would-have-moved';
  /** Where the tag would have stood, or really stood, at that time; null where it did not exist. */
  readonly instead: TagName | null;
}

export interface Backtest {
  /** Moves of history that the rules would have made, too. */
  readonly same: number;
  /** Oldest first. */
  readonly differences: readonly BacktestDifference[];
}

/**
 * Runs rules over the recorded past: what they would have moved as each release came, beside what
 * was moved. Holds are people's decisions and not the rules', so that they show as differences.
 * No releases give no moves. Yields now and then, so that a server can do other work in between.
 */
export function* backtest(input: BacktestInput): Generator<undefined, Backtest> {
  const would: RecordedMove[] = [];
  const standing = new Map<TagName, Release>();
  for (const { at, lines } of replay(input)) {
    for (const { tag, owner } of lines) {
      const before = standing.get(tag);
      if (owner === undefined || before?.tag === owner.tag) continue;
      const isTakenBack = before !== undefined && isWithdrawn(before, at, input);
      if (before !== undefined && !isTakenBack && compareReleases(before, owner) > 0) continue;
      standing.set(tag, owner);
      would.push({ tag, at, release: owner.tag });
    }
    yield undefined;
  }
  return compareMoves(input.moves, would);
}

interface ReplayStep {
  readonly at: number;
  readonly lines: Iterable<Line>;
}

/** The lines that may have changed with each release; all of them where the set decides. */
function* replay(input: BacktestInput): Generator<ReplayStep> {
  const { rules, releases, withdrawnAt } = input;
  const inOrder = [...releases].sort((left, right) => seenAt(left) - seenAt(right));
  if (isIncremental(input)) {
    const index = new OwnerIndex(examineReleases([], rules), rules, 0);
    for (const [at, together] of groupByTime(inOrder)) {
      const lines = together.flatMap((release) => index.add(release));
      yield { at, lines: new Map(lines.map((line) => [line.tag, line])).values() };
    }
    return;
  }
  const times = [...new Set([...inOrder.map(seenAt), ...withdrawnAt.values()])];
  for (const at of times.sort((left, right) => left - right)) {
    const known = inOrder
      .filter((release) => seenAt(release) <= at)
      .map((release) => (isWithdrawn(release, at, input) ? release : inForce(release)));
    yield { at, lines: resolveOwners(known, rules, at).lines.values() };
  }
}

/** Whether every line depends on the releases that belong to it, and on nothing else. */
function isIncremental({ releases, rules, withdrawnAt }: BacktestInput): boolean {
  const { conflicting, colliding, releases: counted } = examineReleases(releases, rules);
  const hasSetRules = rules.revisions || rules.variants.requireAll;
  const hasSoak = Object.values(rules.channels).some(({ soak = 0 }) => soak > 0);
  const isPlain = conflicting.size + colliding.size + withdrawnAt.size === 0;
  return isPlain && !hasSetRules && !hasSoak && counted.length === releases.length;
}

/** What was first seen together, such as everything at an import, is one step. */
function groupByTime(inOrder: readonly Release[]): ReadonlyMap<number, readonly Release[]> {
  const groups = new Map<number, Release[]>();
  for (const release of inOrder) {
    const group = groups.get(seenAt(release));
    if (group === undefined) groups.set(seenAt(release), [release]);
    else group.push(release);
  }
  return groups;
}

function seenAt({ firstSeenAt = 0 }: Release): number {
  return firstSeenAt;
}

function isWithdrawn({ tag }: Release, at: number, { withdrawnAt }: BacktestInput): boolean {
  return (withdrawnAt.get(tag) ?? Infinity) <= at;
}

/** It is not known now whether a release was gone then, so it counts as there. */
function inForce(release: Release): Release {
  return { ...release, withdrawn: undefined, missing: false };
}

/** Pairs moves of a tag to the same release, whenever they happened. */
function compareMoves(did: readonly RecordedMove[], would: readonly RecordedMove[]): Backtest {
  const counts = new Map<string, number>();
  for (const move of would) counts.set(keyOf(move), (counts.get(keyOf(move)) ?? 0) + 1);
  const differences: BacktestDifference[] = [];
  let same = 0;
  for (const move of did) {
    const left = counts.get(keyOf(move)) ?? 0;
    counts.set(keyOf(move), left - 1);
    if (left > 0) same += 1;
    else {
      differences.push({ ...move, kind: 'would-not-have-moved', instead: standAt(would, move) });
    }
  }
  for (const move of [...would].reverse()) {
    const left = counts.get(keyOf(move)) ?? 0;
    if (left <= 0) continue;
    counts.set(keyOf(move), left - 1);
    differences.push({ ...move, kind: 'would-have-moved', instead: standAt(did, move) });
  }
  return { same, differences: differences.sort((left, right) => left.at - right.at) };
}

function keyOf({ tag, release }: RecordedMove): string {
  return `${tag} ${release ?? ''}`;
}

/** Where the moves had put a tag by a time. */
function standAt(moves: readonly RecordedMove[], { tag, at }: RecordedMove): TagName | null {
  return moves.findLast((move) => move.tag === tag && move.at <= at)?.release ?? null;
}
