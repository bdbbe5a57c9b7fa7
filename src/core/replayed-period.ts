import type { DeletionCapabilities } from './deletion';
import type { InUseReport } from './in-use';
import type { TagName } from './names';
import type { Release } from './release';
import type { ReplayedDay, RetentionReplay, RetentionReplayInput } from './replay-data';
import { ReplayRegrets } from './replay-regrets';
import { ReplayedDeletions } from './replayed-deletions';
import { ReplayedTags } from './replayed-tags';
import { evaluateRetention, type RetentionEvaluation } from './retention';
import { isDeleted, type RetentionDecision } from './retention-decision';
import type { RetentionPolicy } from './retention-policy';

export const DAY_MS = 86_400_000;

/** A deletion whose notice runs. */
interface Pending {
  readonly dueAt: number;
  /** Of the move after which the tag would have been deleted: a later one calls it off. */
  readonly sequence: number | undefined;
}

/** Every form of deletion works: the question is what the policy wants. */
const ALL_WORKS: DeletionCapabilities = {
  ...{ tagDelete: 'works', digestDelete: 'works', provider: false },
};

/** The repository as it would have been under the policy, from move to move. */
export class ReplayedPeriod {
  private readonly tags: ReplayedTags;
  private readonly deletions: ReplayedDeletions;
  private readonly regrets: ReplayRegrets;
  private readonly policy: RetentionPolicy;
  private readonly reports: readonly InUseReport[];
  private readonly pending = new Map<TagName, Pending>();
  private readonly days: Omit<ReplayedDay, 'deleted'>[] = [];
  private nextMove = 0;
  private nextReport = 0;
  private cancelled = 0;
  private warnings: RetentionEvaluation['warnings'] = [];

  constructor(private readonly input: RetentionReplayInput) {
    const { policy, rules, manifests, inUse } = input;
    this.tags = new ReplayedTags(rules);
    this.deletions = new ReplayedDeletions(this.tags, manifests, policy);
    this.regrets = new ReplayRegrets(this.tags, this.deletions, manifests);
    // Reports are not kept, so that a stale one says nothing about that time.
    const protect = { ...policy.protect, maxReportAgeMs: undefined };
    this.policy = { ...policy, mode: 'dry-run', protect };
    this.reports = [...inUse].sort((left, right) => left.reportedAt - right.reportedAt);
  }

  /** Lets everything happen that happened up to a time. */
  goTo(time: number): void {
    for (;;) {
      const moveAt = this.input.moves[this.nextMove]?.at ?? Infinity;
      const report = this.reports[this.nextReport];
      if (Math.min(moveAt, report?.reportedAt ?? Infinity) > time) return;
      if (report === undefined || moveAt <= report.reportedAt) this.moveOn(moveAt);
      else {
        this.regrets.lookAtReport(report);
        this.nextReport += 1;
      }
    }
  }

  /** The moves of one time. */
  private moveOn(at: number): void {
    const { moves } = this.input;
    const first = this.nextMove;
    while (moves[this.nextMove]?.at === at) this.nextMove += 1;
    const together = moves.slice(first, this.nextMove);
    this.regrets.lookAtMoves(together, at);
    for (const move of together) this.tags.apply(move);
  }

  /** Evaluates the policy where a day begins or a notice ends; false where there is nothing to do. */
  step(at: number, isDay: boolean): boolean {
    const due = [...this.pending].filter(([, { dueAt }]) => dueAt <= at);
    if (!isDay && due.length === 0) return false;
    const evaluation = this.evaluate(at);
    const deletable = new Map(
      evaluation.decisions.filter(isDeleted).map((decision) => [decision.tag, decision]),
    );
    if (isDay) this.plan(evaluation, [...deletable.values()], at);
    for (const [tag, notice] of due) {
      if (this.pending.get(tag) === notice) this.endNotice(tag, notice, deletable.get(tag));
    }
    return true;
  }

  /** Deletes what is still as it was when the notice was given, and may still go. */
  private endNotice(
    tag: TagName,
    { dueAt, sequence }: Pending,
    decision: RetentionDecision | undefined,
  ): void {
    this.pending.delete(tag);
    const isSame = this.tags.find(tag)?.sequence === sequence;
    if (isSame && decision !== undefined) this.deletions.add(decision, dueAt);
    else this.cancelled += 1;
  }

  private plan(
    { outcome, reason, decisions, warnings }: RetentionEvaluation,
    deletable: readonly RetentionDecision[],
    at: number,
  ): void {
    const why = reason === undefined ? {} : { reason };
    const counts = { tags: decisions.length, planned: deletable.length };
    this.days.push({ at, outcome, ...why, ...counts });
    this.warnings = warnings;
    const isApproved = outcome === 'needs-approval' && this.input.approve;
    if (outcome !== 'planned' && !isApproved) return;
    const { noticeMs } = this.policy.deletion;
    for (const decision of deletable) {
      if (noticeMs === 0) this.deletions.add(decision, at);
      else this.giveNotice(decision.tag, at + noticeMs);
    }
  }

  /** A notice that runs for the tag goes on, unless the tag has moved since. */
  private giveNotice(tag: TagName, dueAt: number): void {
    const running = this.pending.get(tag);
    const sequence = this.tags.find(tag)?.sequence;
    if (running !== undefined) {
      if (running.sequence === sequence) return;
      this.cancelled += 1;
    }
    this.pending.set(tag, { dueAt, sequence });
  }

  private evaluate(at: number): RetentionEvaluation {
    const { rules, pins, inUse } = this.input;
    const { policy, tags, deletions } = this;
    return evaluateRetention({
      ...{ policy, rules, pins, now: at, capabilities: ALL_WORKS, ledgerTagCount: undefined },
      releases: this.releasesAt(at),
      inventory: { tags: deletions.withRestoreTags(at), manifests: deletions.manifestsAt(at) },
      formerTargets: policy.protect.rollbackDepth === 0 ? new Map() : tags.formerTargets(),
      inUse: inUse.filter(({ reportedAt }) => reportedAt <= at),
      tagsEverSeen: tags.listEverSeen(),
    });
  }

  /** What the ledger knew: releases that were out, those gone or taken back by then marked so. */
  private releasesAt(at: number): readonly Release[] {
    const { releases, withdrawnAt } = this.input;
    return releases
      .filter(({ firstSeenAt = 0 }) => firstSeenAt <= at)
      .map((release) => {
        const missing = this.tags.find(release.tag) === undefined;
        const isWithdrawn = (withdrawnAt.get(release.tag) ?? Infinity) <= at;
        const withdrawn = isWithdrawn ? release.withdrawn : undefined;
        const isAsNow = missing === release.missing && withdrawn === release.withdrawn;
        return isAsNow ? release : { ...release, missing, withdrawn };
      });
  }

  result(): Omit<RetentionReplay, 'from' | 'to'> {
    const { cancelled, warnings } = this;
    const [begin] = this.days;
    const last = this.days.length - 1;
    const counts = new Map<number, number>();
    for (const { at } of this.deletions.list) {
      const day = Math.min(last, Math.floor((at - (begin?.at ?? 0)) / DAY_MS));
      counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    return {
      days: this.days.map((day, index) => ({ ...day, deleted: counts.get(index) ?? 0 })),
      deleted: this.deletions.list,
      regrets: this.regrets.list,
      ...{ cancelled, pending: this.pending.size, warnings },
    };
  }
}
