import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pins, and what reporters say is in use. */
export class Protections1783382400000 implements MigrationInterface {
  readonly name = 'Protections1783382400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `create table pins (
        repository text not null,
        target text not null,
        reason text not null,
        created_by text not null,
        created_at bigint not null,
        expires_at bigint,
        primary key (repository, target))`,
      `create table in_use_reporters (
        reporter text primary key,
        reported_at bigint not null,
        reported_by text not null)`,
      `create table in_use_digests (
        reporter text not null references in_use_reporters (reporter) on delete cascade,
        repository text not null,
        digest text not null,
        primary key (reporter, repository, digest))`,
      `create index in_use_digests_repository on in_use_digests (repository)`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['in_use_digests', 'in_use_reporters', 'pins']) {
      await queryRunner.query(`drop table ${table}`);
    }
  }
}
