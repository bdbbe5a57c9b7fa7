import { Injectable, Logger } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { DummyJournal } from '../history/dummy-journal.store';
import { type IntendedMove, MoveStore } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { ImageRegistry } from '../registry/image-registry';
import { Clock } from '../runtime/clock';

/**
 * Settles moves whose outcome a crash or a lost connection left open, by looking at the registry
 * (invariant 5): a tag on the intended digest was moved, any other was not.
 */
@Injectable()
export class IntentSettler {
  private readonly logger = new Logger(IntentSettler.name);

  constructor(
    private readonly moves: MoveStore,
    private readonly dummies: DummyJournal,
    private readonly registry: ImageRegistry,
    private readonly releases: ReleaseStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * The caller holds the repository's lease. Nothing is written to the registry, except that tags do
   * not stay on a dummy that stood in for them while they were being deleted.
   */
  async settle(repository: RepositoryName): Promise<void> {
    const intended = await this.moves.listIntended(repository);
    if (intended.length === 0) return;
    for (const { dummy, before } of await this.dummies.listOpen(repository)) {
      await this.registry.finishDummy(repository, dummy, before);
    }
    const outcomes = await Promise.all(intended.map((move) => this.lookAt(move)));
    const applied = outcomes.filter(({ happened }) => happened).map(({ sequence }) => sequence);
    const failed = outcomes.filter(({ happened }) => !happened).map(({ sequence }) => sequence);
    const pruned = outcomes.filter(({ happened, toDigest }) => happened && toDigest === null);
    await this.unitOfWork.run(async (transaction) => {
      const tags = pruned.map(({ tag }) => tag);
      await this.releases.markMissing(transaction, repository, tags, this.clock.now());
      await this.moves.apply(transaction, applied);
      await this.moves.fail(transaction, failed);
      await this.dummies.forgetSettled(transaction);
    });
    this.logger.log({ msg: 'settled intended moves', repository, applied, failed });
  }

  private async lookAt(move: IntendedMove): Promise<IntendedMove & { happened: boolean }> {
    if (move.toDigest === null) await this.registry.dropDummy(move.repository, move.tag);
    const manifest = await this.registry.findManifest(move.repository, move.tag);
    return { ...move, happened: (manifest?.digest ?? null) === move.toDigest };
  }
}
