import { Injectable } from '@nestjs/common';
import type { MoveDecision } from '../core/decision';
import { isInForce } from '../core/hold';
import type { TagName } from '../core/names';
import type { ObservedChange } from '../core/observation';
import { type Transaction, UnitOfWork } from '../database/unit-of-work';
import { type Drift, DriftStore } from '../history/drift.store';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { MoveStore, type NewMove } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { Clock } from '../runtime/clock';
import { HoldStore } from './hold.store';
import { Inbox, type SettledAnnouncement } from './inbox';
import type { MoveOutcomes } from './move-writer';
import type { Reconciliation } from './reconciliation';

/** Sequences of what was recorded before the registry is written to. */
export interface Intended {
  /** Of each intended move, by tag. */
  readonly moves: ReadonlyMap<string, number>;
  /** Of observed moves that are still to be marked as applied. */
  readonly observed: readonly number[];
}

export interface Carried {
  readonly intended: Intended;
  readonly outcomes: MoveOutcomes;
  readonly settled: readonly SettledAnnouncement[];
}

/** The two commits of a reconcile: one before the registry is written to, one after. */
@Injectable()
export class LedgerWriter {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly moves: MoveStore,
    private readonly releases: ReleaseStore,
    private readonly drifts: DriftStore,
    private readonly repositories: KnownRepositoryStore,
    private readonly holds: HoldStore,
    private readonly inbox: Inbox,
    private readonly clock: Clock,
  ) {}

  /**
   * Records what was seen to have moved and what is about to be moved. A release waits for this
   * commit, so it is one statement: what was seen is recorded as intended, too, which is what a
   * crash makes true, and marked as applied with the rest.
   */
  async intend(work: Reconciliation, decisions: readonly MoveDecision[]): Promise<Intended> {
    const at = Math.max(this.clock.now(), work.view.lastMoveAt);
    const observed = work.proposal.observed.map((change) => toObservedMove(change, work, at));
    const moves = decisions.map((decision) => toMove(decision, work, at));
    if (observed.length + moves.length === 0) return { moves: new Map(), observed: [] };
    if (work.sighting.complete || haveCommonTag(observed, moves)) {
      return this.unitOfWork.run(async (transaction) => {
        await this.moves.recordApplied(transaction, observed);
        return { moves: await this.moves.intend(transaction, moves), observed: [] };
      });
    }
    const sequences = await this.unitOfWork.runStatement((transaction) =>
      this.moves.intend(transaction, [...observed, ...moves]),
    );
    return {
      moves: new Map(moves.map(({ tag }) => [tag, sequenceOf(sequences, tag)])),
      observed: observed.map(({ tag }) => sequenceOf(sequences, tag)),
    };
  }

  /**
   * Records what was seen and what became of the moves, and settles the announcements, in one
   * commit.
   */
  async record(work: Reconciliation, { intended, outcomes, settled }: Carried): Promise<void> {
    const now = this.clock.now();
    const drift = driftChanges(work, now);
    const ended = endedHolds(work, outcomes, now);
    const { changedReleases } = work.proposal;
    const news = [intended.observed, changedReleases, drift.opened, drift.closed, ended];
    const hasNews = intended.moves.size > 0 || news.some((list) => list.length > 0);
    if (!hasNews && !work.sighting.complete) return this.settle(settled);
    const sequencesOf = (tags: Iterable<TagName>): readonly number[] =>
      Array.from(tags, (tag) => sequenceOf(intended.moves, tag));
    await this.unitOfWork.run(async (transaction) => {
      await this.recordSighting(transaction, work, drift);
      const applied = [...intended.observed, ...sequencesOf(outcomes.moved)];
      await this.moves.apply(transaction, applied);
      await this.moves.fail(transaction, sequencesOf(outcomes.refused.keys()));
      await this.holds.remove(transaction, work.view.repository, ended);
      await this.inbox.settle(transaction, settled);
    });
  }

  async settle(settled: readonly SettledAnnouncement[]): Promise<void> {
    if (settled.length > 0) await this.inbox.settleAlone(settled);
  }

  private async recordSighting(
    transaction: Transaction,
    { view, sighting, proposal }: Reconciliation,
    drift: DriftChanges,
  ): Promise<void> {
    const now = this.clock.now();
    const { repository, rulesHash } = view;
    // Only a look at everything carries changed rules out for every line.
    if (sighting.complete) {
      const imported = view.imported ? {} : { importedAt: now };
      const marks = { rulesHash, lastSweptAt: now, ...imported };
      await this.repositories.mark(transaction, repository, marks, now);
    }
    await this.releases.record(transaction, repository, proposal.changedReleases, now);
    await this.drifts.open(transaction, repository, drift.opened);
    await this.drifts.close(transaction, repository, drift.closed);
  }
}

function haveCommonTag(left: readonly NewMove[], right: readonly NewMove[]): boolean {
  const tags = new Set(left.map(({ tag }) => tag));
  return right.some(({ tag }) => tags.has(tag));
}

function sequenceOf(sequences: ReadonlyMap<string, number>, tag: TagName): number {
  const sequence = sequences.get(tag);
  if (sequence === undefined) throw new Error(`the move of ${tag} was not recorded`);
  return sequence;
}

/** Tags whose hold has ended and that were looked at since: they are where they should be now. */
function endedHolds(
  { view, sighting }: Reconciliation,
  { refused, open }: MoveOutcomes,
  now: number,
): readonly TagName[] {
  return [...view.holds.values()]
    .filter((hold) => !isInForce(hold, now))
    .map(({ tag }) => tag)
    .filter((tag) => sighting.complete || sighting.found.has(tag))
    .filter((tag) => !refused.has(tag) && !open.has(tag));
}

interface DriftChanges {
  readonly opened: readonly Drift[];
  readonly closed: readonly TagName[];
}

/** A drift is open for exactly as long as the plan keeps a tag because somebody else moved it. */
function driftChanges({ view, proposal, sighting }: Reconciliation, now: number): DriftChanges {
  const drifted = proposal.decisions.filter(({ reason }) => reason.code === 'drifted');
  const opened = drifted.filter(({ tag, from }) => {
    const known = view.drifts.get(tag);
    return known === undefined || known.found?.digest !== from?.digest;
  });
  const stillDrifted = new Set(drifted.map(({ tag }) => tag));
  const decided = new Set(proposal.decisions.map(({ tag }) => tag));
  const closed = [...view.drifts.keys()].filter(
    (tag) => !stillDrifted.has(tag) && (sighting.complete || decided.has(tag)),
  );
  return {
    closed,
    opened: opened.map(({ tag, from }) => ({
      tag,
      recorded: proposal.observed.find((change) => change.tag === tag)?.from ?? null,
      found: from,
      since: now,
    })),
  };
}

function toMove(decision: MoveDecision, work: Reconciliation, at: number): NewMove {
  const { tag, from, to, reason } = decision;
  const { repository } = work.view;
  return {
    ...causeOf(to?.release ?? null, work),
    repository,
    tag,
    kind: reason.code,
    from,
    to,
    reason,
    at,
  };
}

function toObservedMove(change: ObservedChange, work: Reconciliation, at: number): NewMove {
  const { repository, imported } = work.view;
  const kind = imported ? 'observed' : 'imported';
  const text = imported
    ? 'found in the registry, and not moved by Tagward'
    : 'found when the repository was first met';
  const reason = { code: kind, text };
  return { ...causeOf(change.tag, work), ...change, repository, kind, reason, at };
}

/** The delivery that announced a release, or Tagward itself where none did. */
function causeOf(
  release: TagName | null,
  { announcements }: Reconciliation,
): Pick<NewMove, 'actor' | 'deliveryId' | 'runId'> {
  const announcement = announcements.find(({ tag }) => tag === release);
  return {
    actor: announcement === undefined ? 'tagward' : announcement.actor,
    deliveryId: announcement?.deliveryId ?? null,
    runId: null,
  };
}
