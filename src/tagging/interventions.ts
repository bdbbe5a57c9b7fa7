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
import type { PlanTrigger } from './planner';
import { ReconcileQueue, type ReconcileRequest } from './reconcile-queue';

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
    return this.carryOut(repository, because('withdrawn'), async (transaction) => {
      await this.findRelease(repository, tag);
      await this.releases.setWithdrawal(transaction, { repository, tag }, withdrawal);
    });
  }

  /** Gives a release back (rule W3). Throws `release-unknown` and `withdrawal-unknown`. */
  async restore(repository: RepositoryName, tag: TagName): Promise<Followed> {
    return this.carryOut(repository, because('restored'), async (transaction) => {
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
    return this.carryOut(repository, because('hold-released'), async (transaction) => {
      if (await this.holds.end(transaction, repository, tag, this.clock.now())) return;
      throw new DomainError('hold-unknown', `${tag} of ${repository} is not held`);
    });
  }

  /**
   * Lets moving tags that somebody else moved follow the rules: those named, or all of them
   * (rule I1). Throws `repository-unknown`.
   */
  async adopt(repository: RepositoryName, tags: readonly TagName[] | undefined): Promise<Followed> {
    const { drifts } = await this.ledger.read(repository);
    const adopted = new Set(tags ?? drifts.keys());
    const followed = await this.carryOut(repository, { full: true, adopted });
    const decisions = followed.decisions.filter(({ tag }) => adopted.has(tag));
    return { ...followed, decisions };
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
    request: ReconcileRequest & PlanTrigger,
    decide?: (transaction: Transaction) => Promise<void>,
  ): Promise<Followed> {
    return this.lease.run(repository, async (lease) => {
      await lease.confirm();
      if (decide !== undefined) await this.unitOfWork.run(decide);
      try {
        const decisions = await this.reconciler.reconcileUnder(lease, repository, request);
        return { status: 'done', decisions };
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        const { code, message } = error;
        this.logger.warn({ msg: 'a decision waits', repository, code, fault: message });
        this.queue.add(repository, { full: true });
        return { status: 'pending', decisions: [] };
      }
    });
  }
}

function because(cause: PlanCause): ReconcileRequest & PlanTrigger {
  return { full: false, cause };
}
