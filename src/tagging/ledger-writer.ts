import { Injectable } from '@nestjs/common';
import type { MoveDecision } from '../core/decision';
import type { TagName } from '../core/names';
import type { ObservedChange } from '../core/observation';
import { type Transaction, UnitOfWork } from '../database/unit-of-work';
import { type Drift, DriftStore } from '../history/drift.store';
import { KnownRepositoryStore } from '../history/known-repository.store';
import { MoveStore, type NewMove } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { Clock } from '../runtime/clock';
import { Inbox, type SettledAnnouncement } from './inbox';
import type { MoveOutcomes } from './move-writer';
import type { Reconciliation } from './reconciliation';

export interface Carried {
  /** Sequence of each intended move, by tag. */
  readonly intended: ReadonlyMap<string, number>;
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
    private readonly inbox: Inbox,
    private readonly clock: Clock,
  ) {}

  /** Records what was seen and what is about to be done; gives the sequences of the moves. */
  async intend(
    work: Reconciliation,
    moves: readonly MoveDecision[],
  ): Promise<ReadonlyMap<string, number>> {
    const { proposal } = work;
    const drift = driftChanges(work, this.clock.now());
    const news = [proposal.changedReleases, proposal.observed, moves, drift.opened, drift.closed];
    if (work.view.imported && news.every((list) => list.length === 0)) return new Map();
    return this.unitOfWork.run(async (transaction) => {
      await this.recordSighting(transaction, work, drift);
      const at = Math.max(this.clock.now(), work.view.lastMoveAt);
      return this.moves.intend(
        transaction,
        moves.map((decision) => toMove(decision, work, at)),
      );
    });
  }

  /** Records what became of the moves, and settles the announcements, in one commit. */
  async record(work: Reconciliation, { intended, outcomes, settled }: Carried): Promise<void> {
    const { repository, rulesHash } = work.view;
    const sequencesOf = (tags: Iterable<TagName>): readonly number[] =>
      Array.from(tags, (tag) => intended.get(tag)).filter((sequence) => sequence !== undefined);
    const { complete } = work.sighting;
    const now = this.clock.now();
    if (intended.size === 0 && settled.length === 0 && !complete) return;
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.apply(transaction, sequencesOf(outcomes.moved));
      await this.moves.fail(transaction, sequencesOf(outcomes.refused.keys()));
      await this.inbox.settle(transaction, settled);
      // Only a look at everything carries changed rules out for every line.
      const marks = complete ? { rulesHash, lastSweptAt: now } : undefined;
      if (marks) await this.repositories.mark(transaction, repository, marks, now);
    });
  }

  async settle(settled: readonly SettledAnnouncement[]): Promise<void> {
    if (settled.length === 0) return;
    await this.unitOfWork.run((transaction) => this.inbox.settle(transaction, settled));
  }

  private async recordSighting(
    transaction: Transaction,
    work: Reconciliation,
    drift: DriftChanges,
  ): Promise<void> {
    const { view, proposal } = work;
    const now = this.clock.now();
    const { repository } = view;
    if (!view.imported) {
      await this.repositories.mark(transaction, repository, { importedAt: now }, now);
    }
    await this.releases.record(transaction, repository, proposal.changedReleases, now);
    const at = Math.max(now, view.lastMoveAt);
    await this.moves.recordApplied(
      transaction,
      proposal.observed.map((change) => toObservedMove(change, work, at)),
    );
    await this.drifts.open(transaction, repository, drift.opened);
    await this.drifts.close(transaction, repository, drift.closed);
  }
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
  return { ...causeOf(to.release, work), repository, tag, kind: reason.code, from, to, reason, at };
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
