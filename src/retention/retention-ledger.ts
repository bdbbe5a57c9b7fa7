import { Injectable } from '@nestjs/common';
import type { Reason } from '../core/decision';
import type { Digest, TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { DummyJournal, type KeptManifest } from '../history/dummy-journal.store';
import { LifetimeStore } from '../history/lifetime.store';
import { type IntendedMove, MoveStore, type NewMove } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import type { PlannedDeletion } from './deletion-steps';
import { RestoreTagStore } from './restore-tag.store';
import { RetentionRunStore } from './retention-run.store';
import type { RunContext } from './run-context';

/** What stands in for the tags while they are deleted. */
export interface DummyPlan {
  readonly dummy: Digest;
  readonly before: readonly KeptManifest[];
}

/** What a run writes down before and after each deletion: items, moves and releases agree. */
@Injectable()
export class RetentionLedger {
  constructor(
    private readonly moves: MoveStore,
    private readonly dummies: DummyJournal,
    private readonly releases: ReleaseStore,
    private readonly lifetimes: LifetimeStore,
    private readonly store: RetentionRunStore,
    private readonly restoreTags: RestoreTagStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** Before the first request; gives the sequence of each tag's move. */
  async intend(
    targets: readonly PlannedDeletion[],
    { repository, planId, runId, actor, restore }: RunContext,
    plan?: DummyPlan,
  ): Promise<ReadonlyMap<string, number>> {
    const { lastMoveAt } = await this.moves.readStanding(repository);
    const at = Math.max(this.clock.now(), lastMoveAt);
    const reason = { code: 'pruned', text: `pruned by retention plan ${planId}` };
    const moves = targets.map(({ tag, digest }): NewMove => {
      const from = { digest, release: tag };
      const facts = { repository, tag, from, to: null, reason, actor, runId, at };
      const dummy = plan === undefined ? {} : { dummyDigest: plan.dummy };
      return { ...facts, kind: 'pruned', deliveryId: null, ...dummy };
    });
    const tags = targets.map(({ tag }) => tag);
    return this.unitOfWork.run(async (transaction) => {
      await this.store.setStates(transaction, planId, tags, 'intended');
      if (plan !== undefined) await this.dummies.begin(transaction, plan.dummy, plan.before);
      const sequences = await this.moves.intend(transaction, moves);
      if (restore !== undefined) {
        const { untilAt } = restore;
        const restorable = targets.flatMap(({ tag, digest }) => {
          const sequence = sequences.get(tag);
          return sequence === undefined ? [] : [{ tag, digest, sequence, untilAt }];
        });
        await this.restoreTags.addRestorable(transaction, repository, restorable);
      }
      return sequences;
    });
  }

  /** The tags are gone: deleted by the run, or by somebody else in the moment before. */
  async recordPruned(
    tags: readonly TagName[],
    sequences: ReadonlyMap<string, number>,
    { repository, planId }: RunContext,
    state: 'pruned' | 'already-absent' = 'pruned',
  ): Promise<void> {
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.apply(transaction, sequencesOf(tags, sequences));
      await this.releases.markMissing(transaction, repository, tags, this.clock.now());
      await this.store.setStates(transaction, planId, tags, state);
      await this.dummies.forgetSettled(transaction);
    });
    this.metrics.moves.inc({ repository, kind: 'pruned', result: 'applied' }, tags.length);
    if (state === 'pruned') this.metrics.tagsDeleted.inc({ repository }, tags.length);
  }

  /** The registry did not delete the tags, and they are where they were, or somewhere else. */
  async recordUndone(
    tags: readonly TagName[],
    sequences: ReadonlyMap<string, number>,
    state: 'refused' | 'skipped',
    reason: Reason<string>,
    { planId }: RunContext,
  ): Promise<void> {
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.fail(transaction, sequencesOf(tags, sequences));
      await this.store.setStates(transaction, planId, tags, state, reason);
      await this.dummies.forgetSettled(transaction);
    });
  }

  /** Tags that the run does not touch. */
  async skip(
    tags: readonly TagName[],
    reason: Reason<string>,
    { planId }: Pick<RunContext, 'planId'>,
  ): Promise<void> {
    if (tags.length === 0) return;
    await this.unitOfWork.run((transaction) =>
      this.store.setStates(transaction, planId, tags, 'skipped', reason),
    );
  }

  /** Tags that were gone before the run came to them: their lifetimes end as observed. */
  async recordAbsent(
    tags: readonly TagName[],
    { repository, planId }: Pick<RunContext, 'repository' | 'planId'>,
  ): Promise<void> {
    if (tags.length === 0) return;
    const open = await this.lifetimes.listOpen(repository, new Set(tags));
    const { lastMoveAt } = await this.moves.readStanding(repository);
    const at = Math.max(this.clock.now(), lastMoveAt);
    const reason = { code: 'observed', text: 'somebody else deleted it' };
    const moves = Array.from(open.values(), ({ tag, digest, release }): NewMove => {
      const facts = { repository, tag, from: { digest, release }, to: null, reason, at };
      return { ...facts, kind: 'observed', actor: 'unknown', deliveryId: null, runId: null };
    });
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.recordApplied(transaction, moves);
      await this.releases.markMissing(transaction, repository, tags, this.clock.now());
      await this.store.setStates(transaction, planId, tags, 'already-absent');
    });
  }

  /** What a look at the registry has shown of a move whose outcome was open. */
  async settle(
    { repository, tag, sequence, runId: owner }: IntendedMove,
    { happened, isGone }: { readonly happened: boolean; readonly isGone: boolean },
    { runId, planId }: Pick<RunContext, 'runId' | 'planId'>,
  ): Promise<void> {
    await this.unitOfWork.run(async (transaction) => {
      if (happened) await this.moves.apply(transaction, [sequence]);
      else await this.moves.fail(transaction, [sequence]);
      if (isGone) await this.releases.markMissing(transaction, repository, [tag], this.clock.now());
      if (owner === runId) {
        await this.store.setStates(transaction, planId, [tag], happened ? 'pruned' : 'scheduled');
      }
      await this.dummies.forgetSettled(transaction);
    });
  }
}

function sequencesOf(
  tags: readonly TagName[],
  sequences: ReadonlyMap<string, number>,
): readonly number[] {
  return tags.flatMap((tag) => sequences.get(tag) ?? []);
}
