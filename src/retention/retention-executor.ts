import { Injectable } from '@nestjs/common';
import type { Reason } from '../core/decision';
import type { DeleteForm } from '../core/deletion';
import { DomainError } from '../core/domain-error';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { MoveStore, type NewMove } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import type { HeldLease } from '../tagging/renewed-lease';
import { RetentionStore } from './retention.store';

/** One request that deletes: a tag, or a manifest with all of its tags. */
export interface DeletionStep {
  readonly form: DeleteForm;
  readonly digest: Digest;
  readonly tags: readonly TagName[];
  /** Tags on the same digest that stay: the tag form must leave them. */
  readonly siblings: readonly TagName[];
}

export interface RunContext {
  readonly repository: RepositoryName;
  readonly planId: number;
  readonly runId: number;
  readonly actor: string;
  readonly lease: HeldLease;
}

/** Carries out single steps of a run: look, intend, delete, look again, record (invariant 5). */
@Injectable()
export class RetentionExecutor {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly moves: MoveStore,
    private readonly releases: ReleaseStore,
    private readonly store: RetentionStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes one step's tags, unless one of them has moved since the plan. A refusal of the registry
   * is the end of the step only; what leaves the outcome open is thrown.
   */
  async execute(step: DeletionStep, context: RunContext): Promise<void> {
    context.lease.check();
    const moved = await this.findMoved(step, context.repository);
    if (moved !== undefined) {
      const text = `skipped: ${moved} does not point at ${step.digest} any more`;
      await this.skip(step.tags, { code: 'moved', text }, context);
      return;
    }
    const bytes = await this.readSiblings(step, context.repository);
    const sequences = await this.intend(step, context);
    try {
      await this.delete(step, context);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.retryable) throw error;
      await this.recordRefusal(step, sequences, error, context);
      return;
    }
    await this.verify(step, bytes, context);
    await this.recordPruned(step, sequences, context);
  }

  async skip(
    tags: readonly TagName[],
    reason: Reason<string>,
    { planId }: Pick<RunContext, 'planId'>,
  ): Promise<void> {
    await this.unitOfWork.run((transaction) =>
      this.store.setStates(transaction, planId, tags, 'skipped', reason),
    );
  }

  /** Settles what a crash or a lost connection left open, by looking at the registry. */
  async settleOpen({ repository, runId, planId }: Omit<RunContext, 'lease'>): Promise<void> {
    // All of the repository's: under the lease none of them is still under way.
    for (const { sequence, tag, toDigest, ...move } of await this.moves.listIntended(repository)) {
      const found = await this.registry.findManifest(repository, tag);
      const happened = (found?.digest ?? null) === toDigest;
      await this.unitOfWork.run(async (transaction) => {
        if (happened) await this.moves.apply(transaction, [sequence]);
        else await this.moves.fail(transaction, [sequence]);
        if (found === undefined) {
          await this.releases.markMissing(transaction, repository, [tag], this.clock.now());
        }
        if (move.runId !== runId) return;
        await this.store.setStates(transaction, planId, [tag], happened ? 'pruned' : 'scheduled');
      });
    }
  }

  private async findMoved(
    { tags, digest }: DeletionStep,
    repository: RepositoryName,
  ): Promise<TagName | undefined> {
    for (const tag of tags) {
      const found = await this.registry.findManifest(repository, tag);
      if (found?.digest !== digest) return tag;
    }
    return undefined;
  }

  private async intend(
    step: DeletionStep,
    { repository, planId, runId, actor }: RunContext,
  ): Promise<readonly number[]> {
    const { lastMoveAt } = await this.moves.readStanding(repository);
    const at = Math.max(this.clock.now(), lastMoveAt);
    const reason = { code: 'pruned', text: `pruned by retention plan ${planId}` };
    const moves = step.tags.map((tag): NewMove => {
      const from = { digest: step.digest, release: tag };
      const facts = { repository, tag, from, to: null, reason, actor, runId, at };
      return { ...facts, kind: 'pruned', deliveryId: null };
    });
    return this.unitOfWork.run(async (transaction) => {
      await this.store.setStates(transaction, planId, step.tags, 'intended');
      return [...(await this.moves.intend(transaction, moves)).values()];
    });
  }

  private async delete({ form, digest, tags }: DeletionStep, context: RunContext): Promise<void> {
    const { repository } = context;
    context.lease.check();
    if (form === 'digest') {
      await this.registry.deleteManifest(repository, digest);
      return;
    }
    for (const tag of tags) await this.registry.deleteTag(repository, tag);
  }

  /** The bytes to put back if a registry takes more along than it was asked to. */
  private async readSiblings(
    { siblings, digest }: DeletionStep,
    repository: RepositoryName,
  ): Promise<Manifest | undefined> {
    return siblings.length === 0 ? undefined : this.registry.getManifest(repository, digest);
  }

  /** 202 does not mean "only this tag" everywhere (P18), so what stays is looked at, too. */
  private async verify(
    step: DeletionStep,
    manifest: Manifest | undefined,
    { repository }: RunContext,
  ): Promise<void> {
    const { siblings, digest, tags } = step;
    for (const tag of tags) {
      if ((await this.registry.findManifest(repository, tag))?.digest !== digest) continue;
      throw new DomainError('deletion-unsafe', `${tag} is still there after it was deleted`);
    }
    const [witness] = siblings;
    if (witness === undefined || manifest === undefined) return;
    if ((await this.registry.findManifest(repository, witness))?.digest === digest) return;
    for (const sibling of siblings) await this.registry.putManifest(repository, sibling, manifest);
    const sentence = `deleting ${tags.join(', ')} took ${siblings.join(', ')} along; these were put back, and the run stops`;
    throw new DomainError('deletion-unsafe', sentence);
  }

  private async recordPruned(
    step: DeletionStep,
    sequences: readonly number[],
    { repository, planId }: RunContext,
  ): Promise<void> {
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.apply(transaction, sequences);
      await this.releases.markMissing(transaction, repository, step.tags, this.clock.now());
      await this.store.setStates(transaction, planId, step.tags, 'pruned');
    });
  }

  private async recordRefusal(
    step: DeletionStep,
    sequences: readonly number[],
    error: RegistryError,
    { planId }: RunContext,
  ): Promise<void> {
    const reason = { code: error.code, text: error.message };
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.fail(transaction, sequences);
      await this.store.setStates(transaction, planId, step.tags, 'refused', reason);
    });
  }
}
