import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What registries can do, and the dummies that stand in for tags while they are deleted. */
export class Registries1783296000000 implements MigrationInterface {
  readonly name = 'Registries1783296000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `create table registry_capabilities (
        registry text not null,
        capability text not null,
        url text not null,
        value text not null,
        proven_at bigint not null,
        primary key (registry, capability))`,
      `alter table moves add column dummy_digest text`,
      `create table dummy_manifests (
        dummy_digest text not null,
        digest text not null,
        media_type text not null,
        bytes text not null,
        primary key (dummy_digest, digest))`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table dummy_manifests`);
    await queryRunner.query(`alter table moves drop column dummy_digest`);
    await queryRunner.query(`drop table registry_capabilities`);
  }
}
