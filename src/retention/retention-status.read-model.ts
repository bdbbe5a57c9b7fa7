import { Inject, Injectable } from '@nestjs/common';
import { CronTime } from 'cron';
import { SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { groupBy } from '../core/group-by';
import type { RepositoryName } from '../core/names';
import { toRfc3339, toRfc3339OrNull } from '../http/time';
import { Clock } from '../runtime/clock';
import { Approval } from './approval';
import { RestoreTagStore } from './restore-tag.store';
import { RetentionEvaluator } from './retention-evaluator';
import { RetentionPlanStore } from './retention-plan.store';
import { RetentionPlanner } from './retention-planner';
import { RetentionRunStore } from './retention-run.store';
import { toDecisionAnswer } from './retention.read-model';
import type { RetentionAnswer, RetentionPreviewAnswer } from './retention.schema';

/** Where retention of a repository stands, and what comes next. */
@Injectable()
export class RetentionStatusReadModel {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly evaluator: RetentionEvaluator,
    private readonly planner: RetentionPlanner,
    private readonly approval: Approval,
    private readonly plans: RetentionPlanStore,
    private readonly runs: RetentionRunStore,
    private readonly restoreTags: RestoreTagStore,
    private readonly clock: Clock,
  ) {}

  async get(repository: RepositoryName): Promise<RetentionAnswer> {
    const policy = this.evaluator.findPolicy(repository);
    const enforcement =
      policy === undefined
        ? ({ enforced: false, why: 'no-policy' } as const)
        : await this.approval.enforcementOf(repository, policy);
    const plan = await this.plans.findLatest(repository);
    const due = await this.runs.listDue(repository);
    return {
      ...{ repository, policy: policy?.name ?? null, mode: policy?.mode ?? null, ...enforcement },
      schedule: this.settings.retention.schedule ?? null,
      nextSlotAt: toRfc3339OrNull(this.nextSlot() ?? null),
      lastPlan: plan
        ? { id: plan.id, outcome: plan.outcome, createdAt: toRfc3339(plan.createdAt) }
        : null,
      due: due.map((item) => ({ ...item, dueAt: toRfc3339(item.dueAt) })),
      restorable: await this.listRestorable(repository),
    };
  }

  /**
   * What the policy would let go when the schedule comes round, as things stand; stored nowhere.
   * Throws `policy-missing`, `policy-off`, and what the registry throws.
   */
  async preview(repository: RepositoryName): Promise<RetentionPreviewAnswer> {
    const policy = this.planner.policyOf(repository);
    const at = this.nextSlot();
    if (at === undefined) {
      const sentence = 'retention has no schedule: it runs only when somebody executes a plan';
      throw new DomainError('policy-missing', sentence);
    }
    const evaluation = await this.planner.evaluateOrAbort(repository, policy, at);
    const { outcome, reason, breaches, warnings, decisions, unreachable } = evaluation;
    return {
      ...{ repository, policy: policy.name, at: toRfc3339(at), outcome },
      ...(reason === undefined ? {} : { reason }),
      ...{ breaches: [...breaches], warnings: [...warnings], unreachable: [...unreachable] },
      decisions: decisions.map(toDecisionAnswer),
    };
  }

  /** UTC milliseconds of the next slot after now; undefined without a schedule. */
  private nextSlot(): number | undefined {
    const { schedule } = this.settings.retention;
    if (schedule === undefined) return undefined;
    const now = new Date(this.clock.now());
    return new CronTime(schedule, 'UTC').getNextDateFrom(now, 'UTC').toMillis();
  }

  private async listRestorable(repository: RepositoryName): Promise<RetentionAnswer['restorable']> {
    const tags = groupBy(await this.restoreTags.listRestorable(repository), ({ digest }) => digest);
    return (await this.restoreTags.list(repository)).map(({ digest, tag, untilAt }) => ({
      digest,
      tags: [...new Set((tags.get(digest) ?? []).map((restorable) => restorable.tag))],
      restoreTag: tag,
      untilAt: toRfc3339(untilAt),
    }));
  }
}
