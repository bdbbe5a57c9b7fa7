import { z } from 'zod';
import type { Transaction } from './unit-of-work';

export type SqlValue = string | number | null;

export interface BulkInsert {
  readonly table: string;
  readonly columns: readonly string[];
  /** One value for each column. */
  readonly rows: readonly (readonly SqlValue[])[];
  /** What follows `on conflict`; on PostgreSQL no statement may touch one row twice. */
  readonly onConflict?: string;
  readonly returning: readonly string[];
}

/** PostgreSQL takes 65,535 parameters in a statement. */
const MOST_PARAMETERS = 30_000;

/**
 * Inserts many rows with as few statements as possible and gives back the `returning` columns of
 * each row that was inserted or updated, in no certain order; no rows give an empty list.
 * The text is in lower case on purpose: TypeORM's SQLite driver answers a statement that begins
 * with `INSERT` with a number instead of its rows.
 */
export async function bulkInsert(
  transaction: Transaction,
  insert: BulkInsert,
): Promise<readonly unknown[]> {
  if (insert.rows.length === 0) return [];
  const isPostgres = transaction.connection.options.type === 'postgres';
  const statements = isPostgres ? numberedStatements(insert) : [jsonStatement(insert)];
  const answers: unknown[] = [];
  for (const { text, parameters } of statements) {
    const answer: unknown = await transaction.query(text, parameters);
    answers.push(...z.array(z.unknown()).parse(answer));
  }
  return answers;
}

interface Statement {
  readonly text: string;
  readonly parameters: SqlValue[];
}

/** The rows as one parameter: SQLite's driver takes longer to bind many than SQLite to read JSON. */
function jsonStatement(insert: BulkInsert): Statement {
  const values = insert.columns.map((_, column) => `row ->> ${column}`).join(', ');
  const binary = 'select jsonb(value) as row from json_each(?)';
  // Read once as binary, a row is not read again for each of its columns. And without a condition
  // SQLite would take `on conflict` for the condition of a join.
  const rows = `with rows as materialized (${binary}) select ${values} from rows where true`;
  return { text: textOf(insert, rows), parameters: [JSON.stringify(insert.rows)] };
}

function numberedStatements(insert: BulkInsert): readonly Statement[] {
  const width = insert.columns.length;
  const perStatement = Math.max(1, Math.floor(MOST_PARAMETERS / width));
  const statements: Statement[] = [];
  for (let start = 0; start < insert.rows.length; start += perStatement) {
    const rows = insert.rows.slice(start, start + perStatement);
    const tuples = rows.map((_, row) => {
      const places = insert.columns.map((__, column) => `$${row * width + column + 1}`);
      return `(${places.join(', ')})`;
    });
    const text = textOf(insert, `values ${tuples.join(', ')}`);
    statements.push({ text, parameters: rows.flat() });
  }
  return statements;
}

function textOf({ table, columns, onConflict, returning }: BulkInsert, rows: string): string {
  const conflict = onConflict === undefined ? '' : ` on conflict ${onConflict}`;
  return `insert into ${table} (${columns.join(', ')}) ${rows}${conflict} returning ${returning.join(', ')}`;
}
