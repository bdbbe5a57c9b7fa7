import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { RepositoryName, TagName } from '../core/names';
import { DummyJournal } from '../history/dummy-journal.store';
import { MoveStore } from '../history/move.store';
import { ImageRegistry } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import type { DeletionStep, SingleStep } from './deletion-steps';
import { DummyDeletion } from './dummy-deletion';
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
  ) {}

  /**
   * Deletes one step's tags, unless one of them has moved since the plan. A refusal of the registry
   * is the end of the step only; what leaves the outcome open is thrown.
   */
  async execute(step: DeletionStep, context: RunContext): Promise<void> {
    context.lease.check();
    if (step.form === 'batch-dummy') await this.dummyDeletion.execute(step, context);
    else await this.executeSingle(step, context);
  }

  /** Settles what a crash or a lost connection left open, by looking at the registry. */
  async settleOpen(context: Omit<RunContext, 'lease'>): Promise<void> {
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

  private async executeSingle(step: SingleStep, context: RunContext): Promise<void> {
    const { repository } = context;
    const { tags, digest } = step;
    const moved = await this.findMoved(step, repository);
    if (moved !== undefined) {
      const text = `skipped: ${moved} does not point at ${digest} any more`;
      await this.ledger.skip(tags, { code: 'moved', text }, context);
      return;
    }
    const siblings = await readSiblings(this.registry, repository, digest, step.siblings);
    const targets = tags.map((tag) => ({ tag, digest }));
    const sequences = await this.ledger.intend(targets, context);
    try {
      await this.delete(step, context);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.retryable) throw error;
      const reason = { code: error.code, text: error.message };
      await this.ledger.recordUndone(tags, sequences, 'refused', reason, context);
      return;
    }
    await this.expectGone(step, repository);
    if (siblings !== undefined) await restoreSiblings(this.registry, repository, tags, siblings);
    await this.ledger.recordPruned(tags, sequences, context);
  }

  private async findMoved(
    { tags, digest }: SingleStep,
    repository: RepositoryName,
  ): Promise<TagName | undefined> {
    for (const tag of tags) {
      const found = await this.registry.findManifest(repository, tag);
      if (found?.digest !== digest) return tag;
    }
    return undefined;
  }

  private async delete({ form, digest, tags }: SingleStep, context: RunContext): Promise<void> {
    const { repository } = context;
    context.lease.check();
    if (form === 'digest') {
      await this.registry.deleteManifest(repository, digest);
      return;
    }
    for (const tag of tags) await this.registry.deleteTag(repository, tag);
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
