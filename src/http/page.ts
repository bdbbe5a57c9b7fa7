import { z } from 'zod';
import { DomainError } from '../core/domain-error';

const MOST_ITEMS = 200;
const USUAL_ITEMS = 50;

/** Query parameters of every list. A limit over 200 is taken as 200. */
export const PageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .default(USUAL_ITEMS)
    .transform((limit) => Math.min(limit, MOST_ITEMS)),
  cursor: z.string().max(300).optional(),
});

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Keyset cursors are opaque to clients, so that they may change. */
export function encodeCursor(key: string | number): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The number in a cursor; undefined without one. Throws `query-invalid`. */
export function decodeNumberCursor(cursor: string | undefined): number | undefined {
  return cursor === undefined ? undefined : decodeWith(z.number().int().nonnegative(), cursor);
}

/** The text in a cursor; undefined without one. Throws `query-invalid`. */
export function decodeTextCursor(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : decodeWith(z.string(), cursor);
}

function decodeWith<Key>(schema: z.ZodType<Key>, cursor: string): Key {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (error) {
    const sentence = 'the cursor is not one that a list has given out';
    throw new DomainError('query-invalid', sentence, { cause: error });
  }
}

/** Makes a page of one item more than the limit, which only shows that there are more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { toItem, keyOf }: { toItem: (row: Row) => Item; keyOf: (row: Row) => string | number },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const items = shown.map(toItem);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, nextCursor: encodeCursor(keyOf(last)) };
}
