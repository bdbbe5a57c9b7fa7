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

/** SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535. */
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
  const perStatement = Math.max(1, Math.floor(MOST_PARAMETERS / insert.columns.length));
  const answers: unknown[] = [];
  for (let start = 0; start < insert.rows.length; start += perStatement) {
    const rows = insert.rows.slice(start, start + perStatement);
    const statement = statementFor(insert, rows.length, placeholderOf(transaction));
    const answer: unknown = await transaction.query(statement, rows.flat());
    answers.push(...z.array(z.unknown()).parse(answer));
  }
  return answers;
}

/** How the n-th parameter is written; SQLite looks numbered ones up one by one. */
type Placeholder = (n: number) => string;

function placeholderOf(transaction: Transaction): Placeholder {
  return transaction.connection.options.type === 'postgres' ? (n) => `$${n}` : () => '?';
}

function statementFor(insert: BulkInsert, rowCount: number, placeholder: Placeholder): string {
  const width = insert.columns.length;
  const tuples = Array.from({ length: rowCount }, (_, row) => {
    const places = insert.columns.map((__, column) => placeholder(row * width + column + 1));
    return `(${places.join(', ')})`;
  });
  const conflict = insert.onConflict === undefined ? '' : ` on conflict ${insert.onConflict}`;
  const columns = insert.columns.join(', ');
  const returning = insert.returning.join(', ');
  return `insert into ${insert.table} (${columns}) values ${tuples.join(', ')}${conflict} returning ${returning}`;
}
