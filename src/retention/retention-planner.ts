import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { repositorySettingsFor } from '../config/repository-settings';
import { SETTINGS, type Settings } from '../config/settings';
import type { Reason } from '../core/decision';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { evaluateRetention, findUnreachable, type RetentionDecision } from '../core/retention';
import type { RetentionPolicy } from '../core/retention-policy';
import type { RepositoryRules } from '../core/rules';
import { UnitOfWork } from '../database/unit-of-work';
import { LifetimeStore } from '../history/lifetime.store';
import { ReleaseStore } from '../history/release.store';
import { ImageRegistry } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { InventoryTaker } from './inventory-taker';
import { RetentionStore } from './retention.store';

const DAY_MS = 86_400_000;

/** Evaluates the policy of a repository: the same code for the preview and for the run. */
@Injectable()
export class RetentionPlanner {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly inventory: InventoryTaker,
    private readonly registry: ImageRegistry,
    private readonly lifetimes: LifetimeStore,
    private readonly releases: ReleaseStore,
    private readonly store: RetentionStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** The policy of a repository; undefined when it has none, and then nothing is ever pruned. */
  findPolicy(repository: RepositoryName): RetentionPolicy | undefined {
    const name = repositorySettingsFor(this.settings, repository)?.retentionPolicy;
    return name === undefined ? undefined : this.settings.retention.policies.get(name);
  }

  /**
   * Computes and stores a plan, and gives its id. Deletes nothing. Throws `policy-missing` and
   * `policy-off`; what cannot be read makes a plan that keeps everything and says why.
   */
  async plan(repository: RepositoryName, createdBy: string): Promise<number> {
    const policy = this.findPolicy(repository);
    if (policy === undefined) {
      const sentence = `${repository} has no retention policy: name one under "repositories" in the configuration`;
      throw new DomainError('policy-missing', sentence);
    }
    if (policy.mode === 'off') {
      throw new DomainError('policy-off', `the retention policy ${policy.name} is off`);
    }
    const content = await this.evaluateOrAbort(repository, policy);
    const now = this.clock.now();
    return this.unitOfWork.run((transaction) =>
      this.store.addPlan(transaction, {
        ...{ repository, policy: policy.name, ...content, createdBy },
        planHash: hashOf([repository, policy, content.decisions]),
        createdAt: now,
        expiresAt: now + DAY_MS,
      }),
    );
  }

  /** A fresh evaluation. Throws what the registry throws: a run then stops. */
  async evaluate(repository: RepositoryName, policy: RetentionPolicy): Promise<Evaluation> {
    const rules = this.rulesOf(repository);
    const [inventory, capabilities, releases] = await Promise.all([
      this.inventory.take(repository),
      this.registry.probeDeletion(repository),
      this.releases.list(repository, rules),
    ]);
    const decisions = evaluateRetention({
      ...{ policy, rules, releases, inventory, capabilities, now: this.clock.now() },
    });
    return { decisions, unreachable: findUnreachable(inventory, decisions) };
  }

  /** An inventory with one unreadable manifest keeps every tag that the ledger knows. */
  private async evaluateOrAbort(
    repository: RepositoryName,
    policy: RetentionPolicy,
  ): Promise<PlanContent> {
    try {
      const evaluation = await this.evaluate(repository, policy);
      return { ...evaluation, outcome: 'planned', reason: null };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const reason = { code: 'unreadable-manifest', text: error.message };
      const known = await this.lifetimes.listOpen(repository);
      const decisions = Array.from(known.values(), ({ tag, digest }): RetentionDecision => {
        return { tag, digest, verdict: 'keep', reasons: [reason] };
      });
      return { decisions, unreachable: [], outcome: 'aborted', reason };
    }
  }

  private rulesOf(repository: RepositoryName): RepositoryRules {
    const settings = repositorySettingsFor(this.settings, repository);
    if (settings !== undefined) return settings.rules;
    throw new DomainError('repository-unknown', `the configuration no longer names ${repository}`);
  }
}

export interface Evaluation {
  readonly decisions: readonly RetentionDecision[];
  readonly unreachable: ReturnType<typeof findUnreachable>;
}

interface PlanContent extends Evaluation {
  readonly outcome: 'planned' | 'aborted';
  readonly reason: Reason<string> | null;
}

/** A manifest that is broken or gone will not be better in a minute; a registry that is down will. */
export function isUnreadable(error: unknown): error is DomainError | RegistryError {
  if (error instanceof DomainError) return error.code === 'inventory-unreadable';
  return error instanceof RegistryError && !error.retryable;
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
