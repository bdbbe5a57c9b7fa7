import { type FindOperator, Raw } from 'typeorm';
import type { RepositoryName } from '../core/names';
import type { Reach } from '../core/reach';

/** Text of a condition with `?` in the place of each value. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/**
 * The condition under which the repository in a column is in reach, for both databases: what a
 * caller may not see is not read. `*` must not cross a slash as the `%` of SQL does, so the slashes
 * are counted; hence `**` may only stand at the end and behind names without `*`, which the
 * configuration makes sure of.
 */
export function inReach(reach: Reach, column: string): SqlCondition {
  if (reach === 'all') return { sql: '1 = 1', values: [] };
  const any = reach.map((glob) => ofGlob(glob, column));
  if (any.length === 0) return { sql: '1 = 0', values: [] };
  return {
    sql: `(${any.map(({ sql }) => sql).join(' or ')})`,
    values: any.flatMap(({ values }) => values),
  };
}

function ofGlob(glob: string, column: string): SqlCondition {
  if (!glob.includes('*')) return { sql: `${column} = ?`, values: [glob] };
  const like = `${column} like ? escape '\\'`;
  const pattern = glob.replaceAll(/[\\%_]/g, '\\$&').replaceAll(/\*+/g, '%');
  if (glob.endsWith('**')) {
    // `a/**` is `a`, too.
    const itself = glob.replace(/\/?\*\*$/, '');
    return { sql: `(${like} or ${column} = ?)`, values: [pattern, itself] };
  }
  const slashes = `length(${column}) - length(replace(${column}, '/', '')) = ?`;
  return { sql: `(${like} and ${slashes})`, values: [pattern, glob.split('/').length - 1] };
}

/** The same for what TypeORM finds, whose values have names; undefined where nothing is left out. */
export function isReached(reach: Reach): FindOperator<RepositoryName> | undefined {
  if (reach === 'all') return undefined;
  const { values } = inReach(reach, 'any');
  const parameters = Object.fromEntries(values.map((value, index) => [nameAt(index), value]));
  // TypeORM types what it makes of raw SQL as `any`.
  return Raw(
    (column) => values.reduce<string>(naming, inReach(reach, column).sql),
    parameters,
  ) as FindOperator<RepositoryName>;
}

function naming(sql: string, _value: unknown, index: number): string {
  return sql.replace('?', `:${nameAt(index)}`);
}

function nameAt(index: number): string {
  return `reach${index}`;
}
