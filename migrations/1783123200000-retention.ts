import type { MigrationInterface, QueryRunner } from 'typeorm';
import { identityPrimaryKey } from '../src/database/identity';

/** Retention plans with their items, and the runs that carry them out. */
export class Retention1783123200000 implements MigrationInterface {
  readonly name = 'Retention1783123200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const identity = identityPrimaryKey(queryRunner);
    for (const statement of [
      `create table retention_plans (
        id ${identity},
        repository text not null,
        policy text not null,
        outcome text not null,
        reason text,
        plan_hash text not null,
        unreachable text not null,
        created_at bigint not null,
        expires_at bigint not null,
        created_by text not null)`,
      `create index retention_plans_repository on retention_plans (repository, id)`,
      `create table retention_runs (
        id ${identity},
        plan_id bigint not null unique references retention_plans (id),
        status text not null,
        actor text not null,
        reason text,
        started_at bigint not null,
        finished_at bigint)`,
      `create index retention_runs_running on retention_runs (id) where status = 'running'`,
      `create table retention_items (
        plan_id bigint not null references retention_plans (id),
        tag text not null,
        digest text not null,
        verdict text not null check (verdict in ('keep', 'delete', 'blocked')),
        form text,
        reasons text not null,
        state text,
        state_reason text,
        primary key (plan_id, tag))`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['retention_items', 'retention_runs', 'retention_plans']) {
      await queryRunner.query(`drop table ${table}`);
    }
  }
}
