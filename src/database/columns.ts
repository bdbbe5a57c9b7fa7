import { type ColumnOptions, type FindOperator, Raw, type ValueTransformer } from 'typeorm';

/**
 * Column options that mean the same on SQLite and PostgreSQL. Whole numbers travel as `bigint`,
 * which the PostgreSQL driver returns as text: they are parsed here, at the edge.
 */
const wholeNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (value === null || value === undefined ? null : Number(value)),
};

const yesOrNo: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'boolean' ? Number(value) : value),
  from: (value: unknown) => Number(value) === 1,
};

/** A time as UTC milliseconds, or a count. */
export function bigintColumn(name: string, options: { nullable?: boolean } = {}): ColumnOptions {
  return { name, type: 'bigint', transformer: wholeNumber, ...options };
}

export function textColumn(name: string, options: { nullable?: boolean } = {}): ColumnOptions {
  return { name, type: 'text', ...options };
}

/** Stored as 0 or 1, which both engines compare alike. */
export function booleanColumn(name: string): ColumnOptions {
  return { name, type: 'smallint', transformer: yesOrNo };
}

/** A generated primary key. */
export function identityColumn(name: string): ColumnOptions {
  return { name, type: 'bigint', primary: true, generated: 'increment', transformer: wholeNumber };
}

/**
 * Compares a column with a word of the code, written into the statement: an index with a condition
 * (`where status = 'pending'`) serves no statement in which the word is a parameter.
 */
export function literally<Word extends string>(word: Word): FindOperator<Word> {
  // TypeORM types what it makes of raw SQL as `any`.
  return Raw((column) => `${column} = '${word}'`) as FindOperator<Word>;
}
