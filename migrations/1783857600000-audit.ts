import type { MigrationInterface, QueryRunner } from 'typeorm';
import { identityPrimaryKey } from '../src/database/identity';

/** Who was refused, and who did what only some may do. */
export class Audit1783857600000 implements MigrationInterface {
  readonly name = 'Audit1783857600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `create table audit_records (
        id ${identityPrimaryKey(queryRunner)},
        kind text not null,
        at bigint not null,
        until_at bigint not null,
        count bigint not null,
        actor text not null,
        address text,
        method text not null,
        route text not null,
        repository text,
        target text,
        status bigint not null,
        code text,
        request_id text)`,
      `create index audit_records_until_at on audit_records (until_at)`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table audit_records`);
  }
}
