import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { RepositoryName } from '../core/names';
import type { Reach } from '../core/reach';
import type { RetentionEvaluation } from '../core/retention';
import { bulkInsert } from '../database/bulk-insert';
import { literally } from '../database/columns';
import { READER } from '../database/data-sources';
import { isReached } from '../database/in-reach';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { RetentionItemEntity } from './retention-item.entity';
import { RetentionPlanEntity } from './retention-plan.entity';

export interface NewRetentionPlan {
  readonly repository: RepositoryName;
  readonly policy: string;
  readonly policyRevision: string;
  readonly evaluation: RetentionEvaluation;
  readonly planHash: string;
  readonly inventoryHash: string;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly createdBy: string;
}

export const InsertedId = z.tuple([z.object({ id: z.coerce.number() })]);

/** Plans and their items. */
@Injectable()
export class RetentionPlanStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Stores a plan with an item for every tag; gives its id. */
  async add(transaction: Transaction, plan: NewRetentionPlan): Promise<number> {
    const { evaluation } = plan;
    const { reason = null } = evaluation;
    const inserted = await bulkInsert(transaction, {
      table: 'retention_plans',
      columns: [
        ...['repository', 'policy', 'policy_revision', 'outcome', 'reason', 'breaches', 'warnings'],
        ...['plan_hash', 'inventory_hash', 'unreachable'],
        ...['created_at', 'due_at', 'expires_at', 'created_by'],
      ],
      rows: [
        [
          ...[plan.repository, plan.policy, plan.policyRevision],
          ...[evaluation.outcome, reason && JSON.stringify(reason)],
          ...[JSON.stringify(evaluation.breaches), JSON.stringify(evaluation.warnings)],
          ...[plan.planHash, plan.inventoryHash, JSON.stringify(evaluation.unreachable)],
          ...[plan.createdAt, plan.dueAt, plan.expiresAt, plan.createdBy],
        ],
      ],
      returning: ['id'],
    });
    const [{ id }] = InsertedId.parse(inserted);
    await bulkInsert(transaction, {
      table: 'retention_items',
      columns: ['plan_id', 'tag', 'digest', 'verdict', 'form', 'rule', 'reasons'],
      rows: evaluation.decisions.map(({ tag, digest, verdict, form, rule, reasons }) => [
        ...[id, tag, digest, verdict, form ?? null, rule ?? null, JSON.stringify(reasons)],
      ]),
      returning: ['tag'],
    });
    return id;
  }

  /** Undefined, too, for a plan of a repository that is not in reach. */
  async find(id: number, reach: Reach = 'all'): Promise<RetentionPlanEntity | undefined> {
    const reached = isReached(reach);
    const where = { id, ...(reached === undefined ? {} : { repository: reached }) };
    return (await this.reader.manager.findOneBy(RetentionPlanEntity, where)) ?? undefined;
  }

  async findLatest(repository: RepositoryName): Promise<RetentionPlanEntity | undefined> {
    const plan = await this.reader.manager.findOne(RetentionPlanEntity, {
      where: { repository },
      order: { id: 'DESC' },
    });
    return plan ?? undefined;
  }

  /** The last plan of this revision that was refused; undefined when none was. */
  async findLastRefused(
    repository: RepositoryName,
    policyRevision: string,
  ): Promise<RetentionPlanEntity | undefined> {
    const plan = await this.reader.manager.findOne(RetentionPlanEntity, {
      where: { repository, policyRevision, outcome: literally('refused') },
      order: { id: 'DESC' },
    });
    return plan ?? undefined;
  }

  /** All items of a plan, or only those that a run has to deal with. */
  async listItems(
    planId: number,
    which: 'all' | 'deletions' = 'all',
  ): Promise<readonly RetentionItemEntity[]> {
    const where = which === 'all' ? { planId } : { planId, verdict: 'delete' as const };
    return this.reader.manager.find(RetentionItemEntity, { where, order: { tag: 'ASC' } });
  }

  /** Plans from before a time (UTC milliseconds) that `forget` makes smaller, oldest first. */
  async listForgettable(before: number): Promise<readonly number[]> {
    const rows = await select<{ readonly id: number | string }>(
      this.reader,
      `select p.id from retention_plans p
      where p.created_at < ? and exists (select 1 from retention_items i where i.plan_id = p.id
        and (i.verdict <> 'delete' or not ${IS_EXECUTED})) order by p.id`,
      [before],
    );
    return rows.map(({ id }) => Number(id));
  }

  /**
   * Forgets what a plan would have done, and what it kept. Its head stays: approvals look at it. Of
   * one that was executed what it let go stays as well.
   */
  async forget(transaction: Transaction, id: number): Promise<void> {
    const plan = Math.trunc(id);
    await transaction.query(
      `delete from retention_items where plan_id = ${plan} and (verdict <> 'delete'
        or not exists (select 1 from retention_runs r where r.plan_id = ${plan}))`,
    );
  }
}

const IS_EXECUTED = 'exists (select 1 from retention_runs r where r.plan_id = p.id)';
