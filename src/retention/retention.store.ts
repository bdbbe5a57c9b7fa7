import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import type { Reason } from '../core/decision';
import { DomainError } from '../core/domain-error';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { RetentionDecision } from '../core/retention';
import { bulkInsert } from '../database/bulk-insert';
import { literally } from '../database/columns';
import { READER } from '../database/data-sources';
import type { Transaction } from '../database/unit-of-work';
import { RetentionItemEntity, type RetentionItemState } from './retention-item.entity';
import { type RetentionOutcome, RetentionPlanEntity } from './retention-plan.entity';
import { RetentionRunEntity, type RetentionRunStatus } from './retention-run.entity';

export interface NewRetentionPlan {
  readonly repository: RepositoryName;
  readonly policy: string;
  readonly outcome: RetentionOutcome;
  readonly reason: Reason<string> | null;
  readonly planHash: string;
  readonly decisions: readonly RetentionDecision[];
  readonly unreachable: readonly Digest[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly createdBy: string;
}

const Inserted = z.tuple([z.object({ id: z.coerce.number() })]);

/** Plans, their items and their runs. */
@Injectable()
export class RetentionStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Stores a plan with an item for every tag; gives its id. */
  async addPlan(transaction: Transaction, plan: NewRetentionPlan): Promise<number> {
    const [{ id }] = Inserted.parse(
      await bulkInsert(transaction, {
        table: 'retention_plans',
        columns: [
          ...['repository', 'policy', 'outcome', 'reason', 'plan_hash', 'unreachable'],
          ...['created_at', 'expires_at', 'created_by'],
        ],
        rows: [
          [
            ...[
              plan.repository,
              plan.policy,
              plan.outcome,
              plan.reason && JSON.stringify(plan.reason),
            ],
            ...[plan.planHash, JSON.stringify(plan.unreachable)],
            ...[plan.createdAt, plan.expiresAt, plan.createdBy],
          ],
        ],
        returning: ['id'],
      }),
    );
    await bulkInsert(transaction, {
      table: 'retention_items',
      columns: ['plan_id', 'tag', 'digest', 'verdict', 'form', 'reasons'],
      rows: plan.decisions.map(({ tag, digest, verdict, form, reasons }) => [
        ...[id, tag, digest, verdict, form ?? null, JSON.stringify(reasons)],
      ]),
      returning: ['tag'],
    });
    return id;
  }

  /** Begins the run of a plan and schedules what it lets go. Throws `plan-not-executable` the second time. */
  async beginRun(
    transaction: Transaction,
    planId: number,
    actor: string,
    now: number,
  ): Promise<number> {
    const rows = await bulkInsert(transaction, {
      table: 'retention_runs',
      columns: ['plan_id', 'status', 'actor', 'started_at'],
      rows: [[planId, 'running', actor, now]],
      onConflict: '(plan_id) do nothing',
      returning: ['id'],
    });
    if (rows.length === 0) {
      const sentence = `plan ${planId} has been executed: compute a new one`;
      throw new DomainError('plan-not-executable', sentence);
    }
    const scheduled = { planId, verdict: 'delete' as const };
    await transaction.update(RetentionItemEntity, scheduled, { state: 'scheduled' });
    return Inserted.parse(rows)[0].id;
  }

  async finishRun(
    transaction: Transaction,
    runId: number,
    result: {
      readonly status: Exclude<RetentionRunStatus, 'running'>;
      readonly reason: Reason<string> | null;
    },
    now: number,
  ): Promise<void> {
    const { status, reason } = result;
    await transaction.update(
      RetentionRunEntity,
      { id: runId },
      { status, reason: reason && JSON.stringify(reason), finishedAt: now },
    );
  }

  async setStates(
    transaction: Transaction,
    planId: number,
    tags: readonly TagName[],
    state: RetentionItemState,
    reason: Reason<string> | null = null,
  ): Promise<void> {
    if (tags.length === 0) return;
    await transaction.update(
      RetentionItemEntity,
      { planId, tag: In([...tags]) },
      { state, stateReason: reason && JSON.stringify(reason) },
    );
  }

  /** Nothing more will be done for these items; says why. */
  async failOpenItems(
    transaction: Transaction,
    planId: number,
    reason: Reason<string>,
  ): Promise<void> {
    await transaction.update(
      RetentionItemEntity,
      { planId, state: In(['scheduled', 'intended']) },
      { state: 'failed', stateReason: JSON.stringify(reason) },
    );
  }

  async findPlan(id: number): Promise<RetentionPlanEntity | undefined> {
    return (await this.reader.manager.findOneBy(RetentionPlanEntity, { id })) ?? undefined;
  }

  async findRun(id: number): Promise<RetentionRunEntity | undefined> {
    return (await this.reader.manager.findOneBy(RetentionRunEntity, { id })) ?? undefined;
  }

  async findRunOfPlan(planId: number): Promise<RetentionRunEntity | undefined> {
    return (await this.reader.manager.findOneBy(RetentionRunEntity, { planId })) ?? undefined;
  }

  /** All items of a plan, or only those that a run has to deal with. */
  async listItems(
    planId: number,
    which: 'all' | 'scheduled' = 'all',
  ): Promise<readonly RetentionItemEntity[]> {
    const where = which === 'all' ? { planId } : { planId, verdict: 'delete' as const };
    return this.reader.manager.find(RetentionItemEntity, { where, order: { tag: 'ASC' } });
  }

  /** Runs that a crash cut off. */
  async listRunning(): Promise<readonly RetentionRunEntity[]> {
    return this.reader.manager.findBy(RetentionRunEntity, { status: literally('running') });
  }
}
