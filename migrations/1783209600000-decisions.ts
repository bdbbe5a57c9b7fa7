import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people decide: withdrawn releases and held tags. Times are UTC milliseconds. */
export class Decisions1783209600000 implements MigrationInterface {
  readonly name = 'Decisions1783209600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `alter table releases add column withdrawn_at bigint`,
      `alter table releases add column withdrawn_by text`,
      `alter table releases add column withdrawn_reason text`,
      `alter table releases add column platforms text`,
      `create table holds (
        repository text not null,
        tag text not null,
        held_by text not null,
        reason text not null,
        held_at bigint not null,
        expires_at bigint,
        primary key (repository, tag))`,
      `create index holds_expiry on holds (expires_at)`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table holds`);
    for (const column of ['withdrawn_at', 'withdrawn_by', 'withdrawn_reason', 'platforms']) {
      await queryRunner.query(`alter table releases drop column ${column}`);
    }
  }
}
