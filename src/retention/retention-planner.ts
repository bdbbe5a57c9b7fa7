import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import type { RetentionEvaluation } from '../core/retention';
import type { RetentionDecision } from '../core/retention-decision';
import type { RetentionPolicy } from '../core/retention-policy';
import { UnitOfWork } from '../database/unit-of-work';
import { LifetimeStore } from '../history/lifetime.store';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { RetentionEvaluator } from './retention-evaluator';
import { RetentionPlanStore } from './retention-plan.store';

const DAY_MS = 86_400_000;

/** Computes and stores plans. */
@Injectable()
export class RetentionPlanner {
  constructor(
    private readonly evaluator: RetentionEvaluator,
    private readonly lifetimes: LifetimeStore,
    private readonly plans: RetentionPlanStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Computes and stores a plan, and gives its id. Deletes nothing. Throws `policy-missing` and
   * `policy-off`; what cannot be read makes a plan that keeps everything and says why.
   */
  async plan(repository: RepositoryName, createdBy: string): Promise<number> {
    const policy = this.policyOf(repository);
    const now = this.clock.now();
    const evaluation = await this.evaluateOrAbort(repository, policy, now);
    const policyRevision = revisionOf(policy);
    const dueAt = now + policy.deletion.noticeMs;
    const { decisions } = evaluation;
    const plan = {
      ...{ repository, policy: policy.name, policyRevision, evaluation, createdBy },
      planHash: hashOf([repository, policyRevision, decisions]),
      inventoryHash: hashOf(decisions.map(({ tag, digest }) => [tag, digest])),
      ...{ createdAt: now, dueAt, expiresAt: dueAt + DAY_MS },
    };
    return this.unitOfWork.run((transaction) => this.plans.add(transaction, plan));
  }

  /** Throws `policy-missing` and `policy-off`. */
  policyOf(repository: RepositoryName): RetentionPolicy {
    const policy = this.evaluator.findPolicy(repository);
    if (policy === undefined) {
      const sentence = `${repository} has no retention policy: name one under "repositories" in the configuration`;
      throw new DomainError('policy-missing', sentence);
    }
    if (policy.mode !== 'off') return policy;
    throw new DomainError('policy-off', `the retention policy ${policy.name} is off`);
  }

  /** An inventory with one unreadable manifest keeps every tag that the ledger knows. */
  async evaluateOrAbort(
    repository: RepositoryName,
    policy: RetentionPolicy,
    now: number,
  ): Promise<RetentionEvaluation> {
    try {
      return await this.evaluator.evaluate(repository, policy, now);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const reason = { code: 'unreadable-manifest', text: error.message } as const;
      const known = await this.lifetimes.listOpen(repository);
      const decisions = Array.from(known.values(), ({ tag, digest }): RetentionDecision => {
        return { tag, digest, verdict: 'keep', reasons: [reason] };
      });
      return { outcome: 'aborted', reason, breaches: [], warnings: [], decisions, unreachable: [] };
    }
  }
}

/** A manifest that is broken or gone will not be better in a minute; a registry that is down will. */
export function isUnreadable(error: unknown): error is DomainError | RegistryError {
  if (error instanceof DomainError) return error.code === 'inventory-unreadable';
  return error instanceof RegistryError && !error.retryable;
}

/** Changes with everything in a policy that decides what goes; its mode does not. */
export function revisionOf(policy: RetentionPolicy): string {
  return hashOf({ ...policy, mode: undefined });
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
