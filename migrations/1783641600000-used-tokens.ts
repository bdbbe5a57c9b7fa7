import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens of issuers that were used, until they expire: each serves one body. */
export class UsedTokens1783641600000 implements MigrationInterface {
  readonly name = 'UsedTokens1783641600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `create table used_tokens (
        issuer text not null,
        token_id text not null,
        body_hash text not null,
        expires_at bigint not null,
        primary key (issuer, token_id))`,
      `create index used_tokens_expires_at on used_tokens (expires_at)`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table used_tokens`);
  }
}
