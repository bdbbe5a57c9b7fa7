import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** Adds each condition whose parameters are all given. */
export function narrow<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): void {
  for (const [condition, parameters] of Object.entries(conditions)) {
    if (Object.values(parameters).every((value) => value !== undefined)) {
      query.andWhere(condition, parameters);
    }
  }
}
