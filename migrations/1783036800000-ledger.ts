import type { MigrationInterface, QueryRunner } from 'typeorm';
import { identityPrimaryKey } from '../src/database/identity';

/** Inbox, ledger and leases. Times are UTC milliseconds; booleans are 0 or 1. */
export class Ledger1783036800000 implements MigrationInterface {
  readonly name = 'Ledger1783036800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const identity = identityPrimaryKey(queryRunner);
    for (const statement of [
      `create table repositories (
        name text primary key,
        first_seen_at bigint not null,
        imported_at bigint,
        last_swept_at bigint,
        rules_hash text)`,
      `create table deliveries (
        id ${identity},
        source text not null,
        dedupe_key text not null,
        event text not null check (event in ('published', 'deleted')),
        repository text,
        tag text,
        digest text,
        prerelease smallint,
        run_url text,
        occurred_at bigint,
        received_at bigint not null,
        body text not null,
        status text not null check (status in ('pending', 'done', 'ignored', 'dead')),
        attempts bigint not null default 0,
        not_before bigint not null,
        error text,
        outcome text,
        duplicates bigint not null default 0,
        accepted_in bigint not null,
        reopened_in bigint,
        replay_of bigint)`,
      `create unique index deliveries_dedupe on deliveries (source, dedupe_key)`,
      `create index deliveries_pending on deliveries (repository, not_before) where status = 'pending'`,
      `create table releases (
        repository text not null,
        tag text not null,
        version text not null,
        digest text not null,
        announced_prerelease smallint not null,
        first_seen_at bigint not null,
        missing_since bigint,
        primary key (repository, tag))`,
      `create table moves (
        sequence ${identity},
        repository text not null,
        tag text not null,
        kind text not null,
        from_digest text,
        from_release text,
        to_digest text,
        to_release text,
        reason text not null,
        actor text not null,
        delivery_id bigint,
        run_id bigint,
        at bigint not null,
        status text not null check (status in ('intended', 'applied', 'failed')),
        check (from_digest is not null or to_digest is not null))`,
      `create index moves_tag on moves (repository, tag, sequence)`,
      `create index moves_repository on moves (repository, sequence)`,
      `create index moves_time on moves (repository, at)`,
      `create index moves_intended on moves (repository) where status = 'intended'`,
      `create table lifetimes (
        from_sequence bigint primary key references moves (sequence),
        until_sequence bigint references moves (sequence),
        repository text not null,
        tag text not null,
        digest text not null,
        release text,
        kind text not null,
        from_at bigint not null,
        until_at bigint,
        check ((until_sequence is null) = (until_at is null)),
        check (until_at is null or until_at >= from_at))`,
      `create unique index lifetimes_open on lifetimes (repository, tag) where until_at is null`,
      `create index lifetimes_tag on lifetimes (repository, tag, from_at)`,
      `create index lifetimes_digest on lifetimes (repository, digest, from_sequence)`,
      `create table drifts (
        repository text not null,
        tag text not null,
        recorded_digest text,
        recorded_release text,
        found_digest text,
        found_release text,
        since bigint not null,
        primary key (repository, tag))`,
      `create table leases (
        repository text primary key,
        holder text not null,
        expires_at bigint not null)`,
      `create table job_runs (
        job text not null,
        slot bigint not null,
        started_at bigint not null,
        finished_at bigint,
        primary key (job, slot))`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const tables = ['job_runs', 'leases', 'drifts', 'lifetimes', 'moves', 'releases'];
    for (const table of [...tables, 'deliveries', 'repositories']) {
      await queryRunner.query(`drop table ${table}`);
    }
  }
}
