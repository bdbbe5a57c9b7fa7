import type { DataSource } from 'typeorm';
import type { SqlValue } from './bulk-insert';

/**
 * Plain SQL for the few reads that every release waits for: TypeORM takes longer to build such a
 * statement and its entities than the database to answer. Parameters are `?` in order. A `bigint`
 * comes as text from PostgreSQL, so numbers in `Row` are `number | string`.
 */
export function select<Row>(
  source: DataSource,
  text: string,
  parameters: readonly SqlValue[],
): Promise<readonly Row[]> {
  if (source.options.type !== 'postgres') return source.query<Row[]>(text, [...parameters]);
  let count = 0;
  const numbered = text.replaceAll('?', () => `$${++count}`);
  return source.query<Row[]>(numbered, [...parameters]);
}
