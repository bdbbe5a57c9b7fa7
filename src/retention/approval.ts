import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { PLAN_GUARDS } from '../core/retention-guards';
import type { RetentionPolicy } from '../core/retention-policy';
import { ReasonAnswer } from '../http/answers.schema';
import { Clock } from '../runtime/clock';
import type { RetentionPlanEntity } from './retention-plan.entity';
import { RetentionPlanStore } from './retention-plan.store';
import { revisionOf } from './retention-planner';
import { type Overrides, RetentionRunStore } from './retention-run.store';

const Breaches = z.array(ReasonAnswer);
const StoredOverrides = z
  .object({ guards: z.array(z.enum(PLAN_GUARDS)), reason: z.string().optional() })
  .transform(({ guards, reason }): Overrides => ({ guards, reason }));

/** Whether a scheduled run of a policy deletes anything, and why not. */
export type Enforcement =
  | { readonly enforced: true }
  | { readonly enforced: false; readonly why: 'mode' | 'not-approved' | 'refused' };

/** What persons have approved, and what still needs them (retention.md 2.4). */
@Injectable()
export class Approval {
  constructor(
    private readonly plans: RetentionPlanStore,
    private readonly runs: RetentionRunStore,
    private readonly clock: Clock,
  ) {}

  /**
   * The plan, if it may be executed now with these overrides. Throws `plan-unknown`, `plan-stale`,
   * `plan-expired`, `plan-not-executable`, and `approval-missing` naming each guard in the way.
   */
  async check(
    planId: number,
    planHash: string,
    overrides: Overrides | null,
  ): Promise<RetentionPlanEntity> {
    const plan = await this.plans.find(planId);
    if (plan === undefined) throw new DomainError('plan-unknown', `there is no plan ${planId}`);
    if (plan.planHash !== planHash) {
      const sentence = `plan ${planId} has another hash than the one in If-Match: read it again`;
      throw new DomainError('plan-stale', sentence);
    }
    if (plan.outcome !== 'planned' && plan.outcome !== 'needs-approval') {
      const sentence = `plan ${planId} is ${plan.outcome} and lets nothing go`;
      throw new DomainError('plan-not-executable', sentence);
    }
    if (plan.expiresAt <= this.clock.now()) {
      throw new DomainError('plan-expired', `plan ${planId} has expired: compute a new one`);
    }
    refuseUnapproved(plan, overrides);
    return plan;
  }

  /** The overrides of a stored run. */
  read(stored: string | null): Overrides | null {
    return stored === null ? null : StoredOverrides.parse(JSON.parse(stored));
  }

  /**
   * A new or edited policy is in dry-run until a person has executed one plan of it to its end; a
   * plan that was refused puts it back there, for that repository.
   */
  async enforcementOf(repository: RepositoryName, policy: RetentionPolicy): Promise<Enforcement> {
    if (policy.mode !== 'enforce') return { enforced: false, why: 'mode' };
    const revision = revisionOf(policy);
    const approved = await this.runs.findLastApproved(revision);
    if (approved === undefined) return { enforced: false, why: 'not-approved' };
    const refused = await this.plans.findLastRefused(repository, revision);
    if (refused === undefined) return { enforced: true };
    const since = (await this.runs.findLastApproved(revision, repository)) ?? 0;
    return since > refused.id ? { enforced: true } : { enforced: false, why: 'refused' };
  }
}

/** Executing a plan approves its size; any other guard has to be named. */
function refuseUnapproved(
  { id, breaches }: RetentionPlanEntity,
  overrides: Overrides | null,
): void {
  const overridden = new Set(['approve-above', ...(overrides?.guards ?? [])]);
  const missing = Breaches.parse(JSON.parse(breaches)).filter(({ code }) => !overridden.has(code));
  if (missing.length === 0) return;
  const texts = missing.map(({ text }) => text).join('; ');
  const named = missing.map(({ code }) => JSON.stringify(code)).join(', ');
  const sentence = `plan ${id} is held by its guards: ${texts}. To execute it all the same, send {"override": [${named}], "reason": "…"}`;
  throw new DomainError('approval-missing', sentence);
}
