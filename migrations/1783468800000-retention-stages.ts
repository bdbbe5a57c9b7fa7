import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Plans with their guards and notice, restore tags, and what can be restored by them. */
export class RetentionStages1783468800000 implements MigrationInterface {
  readonly name = 'RetentionStages1783468800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `alter table retention_plans add column policy_revision text not null default ''`,
      `alter table retention_plans add column breaches text not null default '[]'`,
      `alter table retention_plans add column warnings text not null default '[]'`,
      `alter table retention_plans add column inventory_hash text not null default ''`,
      `alter table retention_plans add column due_at bigint not null default 0`,
      `alter table retention_runs add column overrides text`,
      `alter table retention_items add column rule text`,
      `alter table retention_items add column due_at bigint`,
      `create index retention_items_due on retention_items (due_at, tag) where state = 'scheduled'`,
      `alter table lifetimes add column reversion smallint not null default 0`,
      `create table restore_tags (
        repository text not null,
        digest text not null,
        tag text not null,
        media_type text not null,
        bytes text not null,
        run_id bigint not null,
        created_at bigint not null,
        until_at bigint not null,
        primary key (repository, digest))`,
      `create index restore_tags_until on restore_tags (until_at)`,
      `create table restorable_tags (
        sequence bigint primary key references moves (sequence),
        repository text not null,
        tag text not null,
        digest text not null,
        until_at bigint not null)`,
      `create index restorable_tags_tag on restorable_tags (repository, tag, sequence)`,
      `create index restorable_tags_digest on restorable_tags (repository, digest)`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table restorable_tags`);
    await queryRunner.query(`drop table restore_tags`);
    await queryRunner.query(`alter table lifetimes drop column reversion`);
    await queryRunner.query(`drop index retention_items_due`);
    for (const column of ['rule', 'due_at']) {
      await queryRunner.query(`alter table retention_items drop column ${column}`);
    }
    await queryRunner.query(`alter table retention_runs drop column overrides`);
    for (const column of ['policy_revision', 'breaches', 'warnings', 'inventory_hash', 'due_at']) {
      await queryRunner.query(`alter table retention_plans drop column ${column}`);
    }
  }
}
