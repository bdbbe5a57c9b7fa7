import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import type { Reach } from '../core/reach';
import type { RetentionDecision } from '../core/retention-decision';
import { ReasonAnswer } from '../http/answers.schema';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import { Clock } from '../runtime/clock';
import type { RetentionItemEntity } from './retention-item.entity';
import type { RetentionPlanEntity } from './retention-plan.entity';
import { RetentionPlanStore } from './retention-plan.store';
import type { RetentionRunEntity } from './retention-run.entity';
import { RetentionRunStore } from './retention-run.store';
import type { RetentionPlanAnswer, RetentionRunAnswer } from './retention.schema';

const Reasons = z.array(ReasonAnswer);
const Digests = z.array(z.string());

/** Plans and runs as the API shows them. */
@Injectable()
export class RetentionReadModel {
  constructor(
    private readonly plans: RetentionPlanStore,
    private readonly runs: RetentionRunStore,
    private readonly clock: Clock,
  ) {}

  /** Throws `plan-unknown`. */
  async getPlan(id: number, reach: Reach): Promise<RetentionPlanAnswer> {
    const plan = await this.findPlan(id, reach);
    const run = await this.runs.findOfPlan(id);
    const items = await this.plans.listItems(id);
    return {
      ...{ id: plan.id, repository: plan.repository, policy: plan.policy },
      ...{ policyRevision: plan.policyRevision, status: this.statusOf(plan, run !== undefined) },
      ...{ planHash: plan.planHash, inventoryHash: plan.inventoryHash },
      ...{ createdAt: toRfc3339(plan.createdAt), createdBy: plan.createdBy },
      ...{ dueAt: toRfc3339(plan.dueAt), expiresAt: toRfc3339(plan.expiresAt) },
      runId: run?.id ?? null,
      outcome: plan.outcome,
      ...(plan.reason === null ? {} : { reason: parseReason(plan.reason) }),
      breaches: Reasons.parse(JSON.parse(plan.breaches)),
      warnings: Reasons.parse(JSON.parse(plan.warnings)),
      decisions: items.map(toDecision),
      unreachable: Digests.parse(JSON.parse(plan.unreachable)),
    };
  }

  /** Throws `run-unknown`. */
  async getRun(id: number, reach: Reach): Promise<RetentionRunAnswer> {
    const { run, plan } = await this.findRun(id, reach);
    const items = await this.plans.listItems(run.planId, 'deletions');
    return {
      ...{ id: run.id, planId: run.planId, repository: plan.repository },
      ...{ status: run.status, actor: run.actor },
      startedAt: toRfc3339(run.startedAt),
      dueAt: toRfc3339(Math.max(run.startedAt, plan.dueAt)),
      finishedAt: toRfc3339OrNull(run.finishedAt),
      ...(run.reason === null ? {} : { reason: parseReason(run.reason) }),
      items: items.map(({ tag, digest, form, state, stateReason }) => ({
        ...{ tag, digest, form, state },
        ...(stateReason === null ? {} : { reason: parseReason(stateReason) }),
      })),
    };
  }

  /** Throws `plan-unknown`, for a plan that is out of reach, too. */
  async findPlan(id: number, reach: Reach): Promise<RetentionPlanEntity> {
    const plan = await this.plans.find(id, reach);
    if (plan !== undefined) return plan;
    throw new DomainError('plan-unknown', `there is no plan ${id}`);
  }

  /** Throws `run-unknown`, for a run that is out of reach, too. */
  async findRun(
    id: number,
    reach: Reach,
  ): Promise<{ readonly run: RetentionRunEntity; readonly plan: RetentionPlanEntity }> {
    const run = await this.runs.find(id);
    const plan = run && (await this.plans.find(run.planId, reach));
    if (run !== undefined && plan !== undefined) return { run, plan };
    throw new DomainError('run-unknown', `there is no retention run ${id}`);
  }

  private statusOf(plan: RetentionPlanEntity, executed: boolean): RetentionPlanAnswer['status'] {
    if (executed) return 'executed';
    const { outcome } = plan;
    if (outcome !== 'planned' && outcome !== 'needs-approval') return outcome;
    return plan.expiresAt <= this.clock.now() ? 'expired' : 'open';
  }
}

function parseReason(json: string): ReasonAnswer {
  return ReasonAnswer.parse(JSON.parse(json));
}

function toDecision(item: RetentionItemEntity): RetentionPlanAnswer['decisions'][number] {
  const { tag, digest, verdict, form, rule } = item;
  const reasons = Reasons.parse(JSON.parse(item.reasons));
  return {
    ...{ tag, digest, verdict },
    ...(form === null ? {} : { form }),
    ...(rule === null ? {} : { rule }),
    reasons,
  };
}

/** A decision with a list that the answer may own. */
export function toDecisionAnswer(
  decision: RetentionDecision,
): RetentionPlanAnswer['decisions'][number] {
  return { ...decision, reasons: [...decision.reasons] };
}
