import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import { ReasonAnswer } from '../http/answers.schema';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import { Clock } from '../runtime/clock';
import type { RetentionItemEntity } from './retention-item.entity';
import type { RetentionPlanEntity } from './retention-plan.entity';
import type { RetentionPlanAnswer, RetentionRunAnswer } from './retention.schema';
import { RetentionStore } from './retention.store';

const Reasons = z.array(ReasonAnswer);
const Digests = z.array(z.string());

/** Plans and runs as the API shows them. */
@Injectable()
export class RetentionReadModel {
  constructor(
    private readonly store: RetentionStore,
    private readonly clock: Clock,
  ) {}

  /** Throws `plan-unknown`. */
  async getPlan(id: number): Promise<RetentionPlanAnswer> {
    const plan = await this.store.findPlan(id);
    if (plan === undefined) throw new DomainError('plan-unknown', `there is no plan ${id}`);
    const run = await this.store.findRunOfPlan(id);
    const items = await this.store.listItems(id);
    return {
      ...{ id: plan.id, repository: plan.repository, policy: plan.policy },
      status: this.statusOf(plan, run !== undefined),
      planHash: plan.planHash,
      createdAt: toRfc3339(plan.createdAt),
      expiresAt: toRfc3339(plan.expiresAt),
      runId: run?.id ?? null,
      outcome: plan.outcome,
      ...(plan.reason === null ? {} : { reason: parseReason(plan.reason) }),
      warnings: [],
      decisions: items.map(toDecision),
      unreachable: Digests.parse(JSON.parse(plan.unreachable)),
    };
  }

  /** Throws `run-unknown`. */
  async getRun(id: number): Promise<RetentionRunAnswer> {
    const run = await this.store.findRun(id);
    if (run === undefined) throw new DomainError('run-unknown', `there is no retention run ${id}`);
    const items = await this.store.listItems(run.planId, 'scheduled');
    return {
      ...{ id: run.id, planId: run.planId, status: run.status, actor: run.actor },
      startedAt: toRfc3339(run.startedAt),
      finishedAt: toRfc3339OrNull(run.finishedAt),
      ...(run.reason === null ? {} : { reason: parseReason(run.reason) }),
      items: items.map(({ tag, digest, form, state, stateReason }) => ({
        ...{ tag, digest, form, state },
        ...(stateReason === null ? {} : { reason: parseReason(stateReason) }),
      })),
    };
  }

  private statusOf(plan: RetentionPlanEntity, executed: boolean): RetentionPlanAnswer['status'] {
    if (plan.outcome === 'aborted') return 'aborted';
    if (executed) return 'executed';
    return plan.expiresAt <= this.clock.now() ? 'expired' : 'open';
  }
}

function parseReason(json: string): ReasonAnswer {
  return ReasonAnswer.parse(JSON.parse(json));
}

function toDecision(item: RetentionItemEntity): RetentionPlanAnswer['decisions'][number] {
  const { tag, digest, verdict, form } = item;
  const reasons = Reasons.parse(JSON.parse(item.reasons));
  return { tag, digest, verdict, ...(form === null ? {} : { form }), reasons };
}
