import type { QueryRunner } from 'typeorm';

/** The only column whose definition differs between the engines: a generated primary key. */
export function identityPrimaryKey(queryRunner: QueryRunner): string {
  return queryRunner.connection.options.type === 'postgres'
    ? 'bigint generated always as identity primary key'
    : 'integer primary key autoincrement';
}
