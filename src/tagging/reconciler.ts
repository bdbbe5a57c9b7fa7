import { Injectable, Logger } from '@nestjs/common';
import type { Decision } from '../core/decision';
import { DomainError } from '../core/domain-error';
import { isInForce } from '../core/hold';
import type { RepositoryName, TagName } from '../core/names';
import type { Target } from '../core/release';
import { examineReleases } from '../core/release-set';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import { type Announcement, type DueAnnouncement, Inbox } from './inbox';
import { IntentSettler } from './intent-settler';
import { RepositoryLease } from './lease';
import type { HeldLease } from './renewed-lease';
import { LedgerReader, type LedgerView } from './ledger-reader';
import { LedgerWriter } from './ledger-writer';
import { LostPushes } from './lost-pushes';
import { type MoveOutcomes, MoveWriter } from './move-writer';
import { Observer, type Sighting } from './observer';
import { isMove, Planner, type PlanTrigger } from './planner';
import type { ReconcileRequest } from './reconcile-queue';
import type { Reconciliation } from './reconciliation';
import { type ReconcileOutcome, settleEach, settleFailure, settlementOf } from './settlements';

const MOST_IDS_IN_A_LINE = 20;

/**
 * The one path on which tags are moved: observe, decide, intend, write, record. A delivery, a
 * sweep, a start-up and an import differ only in what is looked at.
 */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger(Reconciler.name);

  constructor(
    private readonly lease: RepositoryLease,
    private readonly settler: IntentSettler,
    private readonly inbox: Inbox,
    private readonly ledger: LedgerReader,
    private readonly observer: Observer,
    private readonly lostPushes: LostPushes,
    private readonly planner: Planner,
    private readonly ledgerWriter: LedgerWriter,
    private readonly moveWriter: MoveWriter,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Brings one repository to what it should be. When it cannot be looked at, the announcements wait
   * or end with the reason, and the error is thrown.
   */
  async reconcile(repository: RepositoryName, request: ReconcileRequest): Promise<void> {
    await this.lease.run(repository, (lease) => this.reconcileUnder(lease, repository, request));
  }

  /** The same for a caller that holds the lease already; gives what was decided. */
  async reconcileUnder(
    lease: HeldLease,
    repository: RepositoryName,
    request: ReconcileRequest & PlanTrigger,
  ): Promise<readonly Decision[]> {
    const view = this.readView(repository, lease);
    // Seen by whoever awaits it; until then it must not end the process.
    view.catch(() => undefined);
    const due = await this.inbox.listDue(repository, this.clock.now());
    const announcements = due.filter(namesTag);
    const full = request.full || announcements.length < due.length;
    try {
      const known = await view;
      if (due.length === 0 && !full && !this.hasReason(known, request)) return [];
      const all = { ...request, full };
      return await this.reconcileHeld(known, { announcements, due }, all, lease);
    } catch (error) {
      // Another process has the repository and its announcements.
      if (error instanceof DomainError && error.code === 'lease-held') throw error;
      await this.settleAll(due, error);
      throw error;
    }
  }

  private hasReason({ holds }: LedgerView, { cause, adopted }: PlanTrigger): boolean {
    const now = this.clock.now();
    return (
      cause !== undefined ||
      adopted !== undefined ||
      [...holds.values()].some((hold) => !isInForce(hold, now))
    );
  }

  /** What is on record, once every move of an earlier try is known to have happened or not. */
  private async readView(repository: RepositoryName, lease: HeldLease): Promise<LedgerView> {
    const view = await this.ledger.read(repository);
    if (!view.hasIntended) return view;
    await lease.confirm();
    await this.settler.settle(repository);
    return this.ledger.read(repository);
  }

  private async reconcileHeld(
    view: LedgerView,
    { announcements, due }: Pick<Reconciliation, 'announcements' | 'due'>,
    request: ReconcileRequest & PlanTrigger,
    lease: HeldLease,
  ): Promise<readonly Decision[]> {
    const sighting = await this.look(view, announcements, request);
    const back = await this.lostPushes.putBack(view.repository, announcements, sighting, lease);
    if (back.length > 0) {
      const again = await this.ledger.read(view.repository);
      return this.reconcileHeld(again, { announcements, due }, request, lease);
    }
    const proposal = await this.planner.propose(view, sighting, request);
    await this.carryOut({ view, sighting, proposal, announcements, due }, lease);
    return proposal.decisions;
  }

  private look(
    view: LedgerView,
    announcements: readonly Announcement[],
    { full }: ReconcileRequest,
  ): Promise<Sighting> {
    return full || !view.imported
      ? this.observer.observeAll(view, announcements)
      : this.observer.observeAnnounced(view, announcements);
  }

  private async carryOut(work: Reconciliation, lease: HeldLease): Promise<void> {
    const { view, proposal, due } = work;
    const moves = proposal.decisions.filter(isMove);
    await lease.confirm();
    const intended = await this.ledgerWriter.intend(work, moves);
    const outcomes = await this.moveWriter.write(view.repository, moves, proposal.manifests, lease);
    const outcome = toOutcome(work, outcomes);
    const moment = { now: this.clock.now(), random: Math.random() };
    const settled = settleEach(due, (facts) => settlementOf(facts, outcome, moment));
    await this.ledgerWriter.record(work, { intended, outcomes, settled });
    this.count(work, outcomes, moment.now);
    this.logDecisions(work, outcome.unwritten);
  }

  /** Nothing could be decided: every announcement of this try waits, or is given up. */
  private async settleAll(
    announcements: readonly DueAnnouncement[],
    error: unknown,
  ): Promise<void> {
    const failure = error instanceof Error ? error : new Error(String(error));
    const moment = { now: this.clock.now(), random: Math.random() };
    const settled = settleEach(announcements, (facts) => settleFailure(facts, failure, moment));
    await this.ledgerWriter.settle(settled);
  }

  private count(
    { view, proposal, due }: Reconciliation,
    { moved, refused }: MoveOutcomes,
    now: number,
  ): void {
    const { repository } = view;
    for (const { tag, reason, to } of proposal.decisions.filter(isMove)) {
      const result = moved.has(tag) ? 'applied' : refused.has(tag) ? 'failed' : 'open';
      this.metrics.moves.inc({ repository, kind: reason.code, result });
      if (due.length > 0) continue;
      this.metrics.foundBySweep.inc({ repository });
      if (isNews(view, to)) this.metrics.foundBySweepAt.set({ repository }, now / 1_000);
    }
    for (const { receivedAt } of due) {
      this.metrics.releaseSeconds.observe(Math.max(0, now - receivedAt) / 1_000);
    }
  }

  private logDecisions(
    { view: { repository }, proposal, due }: Reconciliation,
    unwritten: ReadonlyMap<TagName, Error>,
  ): void {
    const deliveryIds = due.slice(0, MOST_IDS_IN_A_LINE).map(({ deliveryId }) => deliveryId);
    for (const decision of proposal.decisions.filter(isMove)) {
      const { tag, from, to, reason } = decision;
      const fault = unwritten.get(tag);
      const names = { repository, tag, from: from?.digest, to: to?.digest };
      const fields = { ...names, reason: reason.code, deliveryIds };
      if (fault === undefined) this.logger.log({ msg: 'moved a tag', ...fields });
      else this.logger.warn({ msg: 'could not move a tag', ...fields, fault: fault.message });
    }
  }
}

/** A release that somebody should have announced, and no older one that soaked or was held back. */
function isNews({ imported, releases }: LedgerView, to: Target | null): boolean {
  if (!imported || to === null) return false;
  return !releases.some(({ tag, digest }) => tag === to.release && digest === to.digest);
}

function namesTag(due: DueAnnouncement): due is DueAnnouncement & Announcement {
  return due.tag !== null;
}

function toOutcome(
  { view, sighting, proposal }: Reconciliation,
  outcomes: MoveOutcomes,
): ReconcileOutcome {
  const { conflicting, colliding } = examineReleases(proposal.releases, view.rules);
  return {
    rules: view.rules,
    releases: new Map(proposal.releases.map((release) => [release.tag, release])),
    decisions: proposal.decisions,
    conflicting,
    colliding,
    failures: sighting.failures,
    unwritten: new Map([...outcomes.refused, ...outcomes.open]),
    found: sighting.found,
  };
}
