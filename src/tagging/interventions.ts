import { Injectable, Logger } from '@nestjs/common';
import type { Decision } from '../core/decision';
import { DomainError } from '../core/domain-error';
import type { Hold } from '../core/hold';
import { isMovingTagShape } from '../core/moving-tags';
import type { RepositoryName, TagName } from '../core/names';
import type { PlanCause } from '../core/plan';
import { type Transaction, UnitOfWork } from '../database/unit-of-work';
import { ReleaseStore } from '../history/release.store';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { HoldStore } from './hold.store';
import { RepositoryLease } from './lease';
import { LedgerReader } from './ledger-reader';
import { Reconciler } from './reconciler';
import { ReconcileQueue } from './reconcile-queue';

/** Who decided, and why. */
export interface Decree {
  readonly by: string;
  readonly reason: string;
}

/** What followed at once; `pending` when the registry has to be waited for. */
export interface Followed {
  readonly status: 'done' | 'pending';
  readonly decisions: readonly Decision[];
}

/**
 * What people decide about releases and moving tags: recorded first, and carried out on the same
 * path as everything else, under the repository's lease.
 */
@Injectable()
export class Interventions {
  private readonly logger = new Logger(Interventions.name);

  constructor(
    private readonly lease: RepositoryLease,
    private readonly ledger: LedgerReader,
    private readonly reconciler: Reconciler,
    private readonly queue: ReconcileQueue,
    private readonly holds: HoldStore,
    private readonly releases: ReleaseStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Takes a release back (rule W1). Throws `release-unknown`. */
  async withdraw(repository: RepositoryName, tag: TagName, decree: Decree): Promise<Followed> {
    const withdrawal = { ...decree, at: this.clock.now() };
    return this.carryOut(repository, 'withdrawn', async (transaction) => {
      await this.findRelease(repository, tag);
      await this.releases.setWithdrawal(transaction, { repository, tag }, withdrawal);
    });
  }

  /** Gives a release back (rule W3). Throws `release-unknown` and `withdrawal-unknown`. */
  async restore(repository: RepositoryName, tag: TagName): Promise<Followed> {
    return this.carryOut(repository, 'restored', async (transaction) => {
      const { withdrawn } = await this.findRelease(repository, tag);
      if (withdrawn === undefined) {
        throw new DomainError('withdrawal-unknown', `${tag} of ${repository} is not withdrawn`);
      }
      await this.releases.setWithdrawal(transaction, { repository, tag }, undefined);
    });
  }

  /** Freezes a moving tag, there or not yet (rule H1). Throws `not-a-moving-tag`. */
  async hold(repository: RepositoryName, hold: Hold): Promise<void> {
    this.refuseOthers(repository, hold.tag);
    await this.lease.run(repository, async (lease) => {
      await lease.confirm();
      await this.unitOfWork.run((transaction) =>
        this.holds.set(transaction, repository, hold, this.clock.now()),
      );
    });
  }

  /** Ends a hold: its tag goes to the present owner in one move. Throws `hold-unknown`. */
  async release(repository: RepositoryName, tag: TagName): Promise<Followed> {
    return this.carryOut(repository, 'hold-released', async (transaction) => {
      if (await this.holds.end(transaction, repository, tag, this.clock.now())) return;
      throw new DomainError('hold-unknown', `${tag} of ${repository} is not held`);
    });
  }

  /** Throws `not-a-moving-tag`, and `repository-unknown` for one that is not configured. */
  refuseOthers(repository: RepositoryName, tag: TagName): void {
    if (isMovingTagShape(tag, this.ledger.rulesOf(repository))) return;
    const sentence = `${tag} is no moving tag by the rules of ${repository}`;
    throw new DomainError('not-a-moving-tag', sentence);
  }

  private async findRelease(
    repository: RepositoryName,
    tag: TagName,
  ): Promise<{ readonly withdrawn?: string | undefined }> {
    const releases = await this.releases.list(repository, this.ledger.rulesOf(repository));
    const release = releases.find((candidate) => candidate.tag === tag);
    if (release !== undefined) return release;
    throw new DomainError('release-unknown', `${repository} has no release ${tag} on record`);
  }

  /** What is decided stands whatever the registry says; moves that it keeps back come later. */
  private async carryOut(
    repository: RepositoryName,
    cause: PlanCause,
    decide: (transaction: Transaction) => Promise<void>,
  ): Promise<Followed> {
    return this.lease.run(repository, async (lease) => {
      await lease.confirm();
      await this.unitOfWork.run(decide);
      try {
        const request = { full: false, cause };
        const decisions = await this.reconciler.reconcileUnder(lease, repository, request);
        return { status: 'done', decisions };
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        this.logger.warn({ msg: 'a decision waits for the registry', repository, cause });
        this.queue.add(repository, { full: true });
        return { status: 'pending', decisions: [] };
      }
    });
  }
}
