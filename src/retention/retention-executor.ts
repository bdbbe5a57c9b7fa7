import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { DummyJournal } from '../history/dummy-journal.store';
import { MoveStore } from '../history/move.store';
import { ImageRegistry } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import type { DeletionStep, SingleStep } from './deletion-steps';
import { DummyDeletion } from './dummy-deletion';
import { runPaced } from './paced';
import { RestoreTags } from './restore-tags';
import { RetentionLedger } from './retention-ledger';
import type { RunContext } from './run-context';
import { readSiblings, restoreSiblings } from './siblings';

/** Carries out single steps of a run: look, intend, delete, look again, record (invariant 5). */
@Injectable()
export class RetentionExecutor {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly moves: MoveStore,
    private readonly dummies: DummyJournal,
    private readonly ledger: RetentionLedger,
    private readonly dummyDeletion: DummyDeletion,
    private readonly restoreTags: RestoreTags,
  ) {}

  /**
   * Deletes one step's tags, unless one of them has moved since the plan. A refusal of the registry
   * is the end of the step only; what leaves the outcome open is thrown.
   */
  async execute(step: DeletionStep, context: RunContext): Promise<'done' | 'refused'> {
    context.lease.check();
    if (step.form !== 'batch-dummy') return this.executeSingle(step, context);
    await this.dummyDeletion.execute(step, context);
    return 'done';
  }

  /** Settles what a crash or a lost connection left open, by looking at the registry. */
  async settleOpen(context: Pick<RunContext, 'repository' | 'planId' | 'runId'>): Promise<void> {
    const { repository } = context;
    for (const { dummy, before } of await this.dummies.listOpen(repository)) {
      await this.registry.finishDummy(repository, dummy, before);
    }
    // All of the repository's: under the lease none of them is still under way.
    for (const move of await this.moves.listIntended(repository)) {
      if (move.toDigest === null) await this.registry.dropDummy(repository, move.tag);
      const found = await this.registry.findManifest(repository, move.tag);
      const happened = (found?.digest ?? null) === move.toDigest;
      await this.ledger.settle(move, { happened, isGone: found === undefined }, context);
    }
  }

  private async executeSingle(step: SingleStep, context: RunContext): Promise<'done' | 'refused'> {
    const { repository } = context;
    const { tags, digest } = step;
    const restoreTag = await this.restoreTags.secure(digest, context);
    const staying = [...(restoreTag === undefined ? [] : [restoreTag]), ...step.siblings];
    const siblings = await readSiblings(this.registry, repository, digest, staying);
    // The last request before the deletion: there is no conditional one (P27).
    if (await this.hasChanged(step, context)) return 'done';
    const targets = tags.map((tag) => ({ tag, digest }));
    const sequences = await this.ledger.intend(targets, context);
    const outcome = await this.deleteOrRefuse(step, context);
    if (outcome instanceof RegistryError) {
      const reason = { code: outcome.code, text: outcome.message };
      await this.ledger.recordUndone(tags, sequences, 'refused', reason, context);
      return 'refused';
    }
    // Both to their end, whatever one of them finds: nothing may be under way after the lease.
    const looks = [
      () => this.expectGone(step, repository),
      () => siblings && restoreSiblings(this.registry, repository, tags, siblings),
    ];
    await runPaced(looks, looks.length, async (look) => {
      await look();
      return 'go-on';
    });
    const state = outcome === 'absent' ? 'already-absent' : 'pruned';
    await this.ledger.recordPruned(tags, sequences, context, state);
    return 'done';
  }

  /** Whether a tag is not where the plan saw it; then the step is over. */
  private async hasChanged({ tags, digest }: SingleStep, context: RunContext): Promise<boolean> {
    for (const tag of tags) {
      const found = await this.registry.findManifest(context.repository, tag);
      if (found?.digest === digest) continue;
      const others = tags.filter((other) => other !== tag || found !== undefined);
      if (found === undefined) await this.ledger.recordAbsent([tag], context);
      const text = `skipped: ${tag} does not point at ${digest} any more`;
      await this.ledger.skip(others, { code: 'moved', text }, context);
      return true;
    }
    return false;
  }

  /** Gives a refusal; throws what leaves the outcome open. */
  private async deleteOrRefuse(
    step: SingleStep,
    context: RunContext,
  ): Promise<'deleted' | 'absent' | RegistryError> {
    try {
      return await this.delete(step, context);
    } catch (error) {
      if (error instanceof RegistryError && !error.retryable) return error;
      throw error;
    }
  }

  private async delete(
    { form, digest, tags }: SingleStep,
    { repository, lease }: RunContext,
  ): Promise<'deleted' | 'absent'> {
    lease.check();
    if (form === 'digest') return this.registry.deleteManifest(repository, digest);
    const outcomes = new Set<'deleted' | 'absent'>();
    for (const tag of tags) outcomes.add(await this.registry.deleteTag(repository, tag));
    return outcomes.has('deleted') ? 'deleted' : 'absent';
  }

  private async expectGone(
    { tags, digest }: SingleStep,
    repository: RepositoryName,
  ): Promise<void> {
    for (const tag of tags) {
      if ((await this.registry.findManifest(repository, tag))?.digest !== digest) continue;
      throw new DomainError('deletion-unsafe', `${tag} is still there after it was deleted`);
    }
  }
}
