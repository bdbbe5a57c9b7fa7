import type { DataSource, EntityMetadata, MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { Ledger1783036800000 } from '../../migrations/1783036800000-ledger';
import { Retention1783123200000 } from '../../migrations/1783123200000-retention';
import { Decisions1783209600000 } from '../../migrations/1783209600000-decisions';
import { Registries1783296000000 } from '../../migrations/1783296000000-registries';
import { Protections1783382400000 } from '../../migrations/1783382400000-protections';
import { RetentionStages1783468800000 } from '../../migrations/1783468800000-retention-stages';
import { DeliveriesByTime1783555200000 } from '../../migrations/1783555200000-deliveries-by-time';
import { UsedTokens1783641600000 } from '../../migrations/1783641600000-used-tokens';
import { DeliveriesBySource1783771200000 } from '../../migrations/1783771200000-deliveries-by-source';
import { Audit1783857600000 } from '../../migrations/1783857600000-audit';
import { entities } from '../../src/database/entities';
import { openTestDatabase, type TestDatabase } from './test-database';
import { describeOnPostgres } from './throwaway-postgres';

const migrations = [
  new Ledger1783036800000(),
  new Retention1783123200000(),
  new Decisions1783209600000(),
  new Registries1783296000000(),
  new Protections1783382400000(),
  new RetentionStages1783468800000(),
  new DeliveriesByTime1783555200000(),
  new UsedTokens1783641600000(),
  new DeliveriesBySource1783771200000(),
  new Audit1783857600000(),
];

describe('the migrations on SQLite', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  });

  afterAll(() => database.close());

  it.each(entities.map((entity) => [entity.name, entity] as const))(
    'make the columns of %s',
    async (_name, entity) => {
      const metadata = database.writer.getMetadata(entity);

      const columns = await readColumns(database.writer, metadata.tableName);

      expect(columns).toEqual(columnsOf(metadata));
    },
  );

  it('make a table for every entity, and no other', async () => {
    const tables = database.writer.entityMetadatas.map(({ tableName }) => tableName).sort();

    expect(await readTables(database.writer)).toEqual(tables);
  });

  it('go down and up again', async () => {
    const other = await openTestDatabase();
    const before = await readSchema(other.writer);

    for (const _ of migrations) await other.writer.undoLastMigration();
    const between = await readTables(other.writer);
    await other.writer.runMigrations();

    expect(between).toEqual([]);
    expect(await readSchema(other.writer)).toEqual(before);
    await other.close();
  });

  it('are run once', async () => {
    expect(await database.writer.runMigrations()).toEqual([]);
  });

  it('stand in the order of their names', () => {
    const names = migrations.map(({ name }) => name);

    expect(names.map((name) => name.slice(-13))).toEqual(
      names.map((name) => name.slice(-13)).sort(),
    );
  });
});

describeOnPostgres('the migrations on PostgreSQL', (postgres) => {
  it('are accepted as they are, down and up again', async () => {
    const up = await record(migrations, (migration, runner) => migration.up(runner));
    const backwards = [...migrations].reverse();
    const down = await record(backwards, (migration, runner) => migration.down(runner));

    postgres().run(up);
    const made = postgres().listTables();
    postgres().run(down);
    const left = postgres().listTables();
    postgres().run(up);

    expect(made).toHaveLength(entities.length);
    expect(left).toEqual([]);
    expect(postgres().listTables()).toEqual(made);
  });

  it('make the columns of every entity', async () => {
    const database = await openTestDatabase();

    for (const metadata of database.writer.entityMetadatas) {
      const columns = columnsOf(metadata).map(({ name }) => name);
      expect(postgres().listColumns(metadata.tableName)).toEqual(columns);
    }

    await database.close();
  });
});

interface ColumnShape {
  readonly name: string;
  readonly nullable: boolean;
  readonly primary: boolean;
}

function columnsOf({ columns }: EntityMetadata): readonly ColumnShape[] {
  return columns
    .map(({ databaseName, isNullable, isPrimary }) => ({
      name: databaseName,
      nullable: isNullable,
      primary: isPrimary,
    }))
    .sort(byName);
}

const TableInfo = z.array(
  z.object({ name: z.string(), notnull: z.number(), pk: z.number(), type: z.string() }),
);

/** SQLite says of a primary key of one column that it may be null, which it may not. */
async function readColumns(source: DataSource, table: string): Promise<readonly ColumnShape[]> {
  const rows = TableInfo.parse(await source.query(`PRAGMA table_info(${table})`));
  return rows
    .map(({ name, notnull, pk }) => ({
      name,
      nullable: notnull === 0 && pk === 0,
      primary: pk > 0,
    }))
    .sort(byName);
}

async function readTables(source: DataSource): Promise<readonly string[]> {
  const rows: unknown = await source.query(
    `select name from sqlite_master where type = 'table' and name not in ('migrations', 'sqlite_sequence') order by name`,
  );
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
}

async function readSchema(source: DataSource): Promise<unknown> {
  return source.query('select type, name, sql from sqlite_master order by name');
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

type Step = (migration: MigrationInterface, runner: QueryRunner) => Promise<void>;

/** The statements that the migrations would send to PostgreSQL. */
async function record(
  steps: readonly MigrationInterface[],
  step: Step,
): Promise<readonly string[]> {
  const statements: string[] = [];
  const runner = {
    connection: { options: { type: 'postgres' } },
    query: (statement: string) => {
      statements.push(statement);
      return Promise.resolve();
    },
  };
  for (const migration of steps) await step(migration, runner as unknown as QueryRunner);
  return statements;
}
