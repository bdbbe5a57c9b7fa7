import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { Reason } from '../core/decision';
import { DomainError } from '../core/domain-error';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import { literally } from '../database/columns';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';
import { RetentionItemEntity, type RetentionItemState } from './retention-item.entity';
import { RetentionPlanEntity } from './retention-plan.entity';
import { InsertedId } from './retention-plan.store';
import { RetentionRunEntity, type RetentionRunStatus } from './retention-run.entity';

/** Who runs a plan on schedule. */
export const SCHEDULE_ACTOR = 'schedule';

/** Guards that a person set aside for one plan. */
export interface Overrides {
  readonly guards: readonly string[];
  readonly reason: string | undefined;
}

/** What is deleted next. */
export interface DueTag {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly rule: string | null;
  readonly form: string | null;
  readonly dueAt: number;
  readonly runId: number;
}

/** Executions of plans, and what they make of the items. */
@Injectable()
export class RetentionRunStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /**
   * Begins the run of a plan and schedules what it lets go. Throws `plan-not-executable` the second
   * time, and while another run of the repository is under way.
   */
  async begin(
    transaction: Transaction,
    plan: RetentionPlanEntity,
    { actor, overrides, now }: { actor: string; overrides: Overrides | null; now: number },
  ): Promise<number> {
    const open = await transaction
      .createQueryBuilder(RetentionRunEntity, 'run')
      .innerJoin(RetentionPlanEntity, 'plan', 'plan.id = run.planId')
      .where({ status: literally('running') })
      .andWhere('plan.repository = :repository and plan.id <> :id', plan)
      .getOne();
    if (open !== null) {
      const sentence = `run ${open.id} of ${plan.repository} is still under way`;
      throw new DomainError('plan-not-executable', sentence);
    }
    const rows = await bulkInsert(transaction, {
      table: 'retention_runs',
      columns: ['plan_id', 'status', 'actor', 'overrides', 'started_at'],
      rows: [[plan.id, 'running', actor, overrides && JSON.stringify(overrides), now]],
      onConflict: '(plan_id) do nothing',
      returning: ['id'],
    });
    if (rows.length === 0) {
      const sentence = `plan ${plan.id} has been executed: compute a new one`;
      throw new DomainError('plan-not-executable', sentence);
    }
    const scheduled = { planId: plan.id, verdict: 'delete' as const };
    const dueAt = Math.max(now, plan.dueAt);
    await transaction.update(RetentionItemEntity, scheduled, { state: 'scheduled', dueAt });
    return InsertedId.parse(rows)[0].id;
  }

  async finish(
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
      { planId, verdict: 'delete', tag: In([...tags]) },
      { state, stateReason: reason && JSON.stringify(reason) },
    );
  }

  /** Nothing more will be done for these items; says why. */
  async closeOpenItems(
    transaction: Transaction,
    planId: number,
    state: 'failed' | 'skipped',
    reason: Reason<string>,
  ): Promise<void> {
    await transaction.update(
      RetentionItemEntity,
      { planId, state: In(['scheduled', 'intended']) },
      { state, stateReason: JSON.stringify(reason) },
    );
  }

  /** Scheduled items that a person does not want to go: those named, or all. Gives their tags. */
  async cancel(
    transaction: Transaction,
    planId: number,
    tags: readonly TagName[] | undefined,
    reason: Reason<string>,
  ): Promise<readonly TagName[]> {
    const open = { planId, state: literally('scheduled') };
    const where = tags === undefined ? open : { ...open, tag: In([...tags]) };
    const items = await transaction.find(RetentionItemEntity, { where, order: { tag: 'ASC' } });
    const found = items.map(({ tag }) => tag);
    await this.setStates(transaction, planId, found, 'skipped', reason);
    return found;
  }

  async find(id: number): Promise<RetentionRunEntity | undefined> {
    return (await this.reader.manager.findOneBy(RetentionRunEntity, { id })) ?? undefined;
  }

  async findOfPlan(planId: number): Promise<RetentionRunEntity | undefined> {
    return (await this.reader.manager.findOneBy(RetentionRunEntity, { planId })) ?? undefined;
  }

  /** Runs that have begun and not ended: waiting for their notice, under way, or cut off. */
  async listRunning(): Promise<readonly RetentionRunEntity[]> {
    return this.reader.manager.findBy(RetentionRunEntity, { status: literally('running') });
  }

  /** The highest plan of a revision that a person has executed to its end; undefined when none. */
  async findLastApproved(
    policyRevision: string,
    repository?: RepositoryName,
  ): Promise<number | undefined> {
    const [row] = await select<{ readonly id: number | string | null }>(
      this.reader,
      `select max(p.id) as id from retention_plans p join retention_runs r on r.plan_id = p.id
      where p.policy_revision = ? and r.status = 'done' and r.actor <> '${SCHEDULE_ACTOR}'
        ${repository === undefined ? '' : 'and p.repository = ?'}`,
      repository === undefined ? [policyRevision] : [policyRevision, repository],
    );
    return row === undefined || row.id === null ? undefined : Number(row.id);
  }

  /** What runs of a repository will delete, the next first. */
  async listDue(repository: RepositoryName): Promise<readonly DueTag[]> {
    const rows = await select<Omit<DueTag, 'dueAt' | 'runId'> & DueRow>(
      this.reader,
      `select i.tag, i.digest, i.rule, i.form, i.due_at, r.id as run_id
      from retention_items i join retention_plans p on p.id = i.plan_id
        join retention_runs r on r.plan_id = p.id
      where p.repository = ? and i.state = 'scheduled' order by i.due_at, i.tag`,
      [repository],
    );
    return rows.map(({ due_at, run_id, ...due }) => ({
      ...due,
      dueAt: Number(due_at),
      runId: Number(run_id),
    }));
  }
}

interface DueRow {
  readonly due_at: number | string;
  readonly run_id: number | string;
}
