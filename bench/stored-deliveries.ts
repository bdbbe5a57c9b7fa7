import { z } from 'zod';
import { openReader, readerOptions } from '../src/database/data-sources';

const Counted = z.tuple([z.object({ count: z.number() })]);

/** Counts the deliveries in the database of a service that is not running any more. */
export async function countDeliveries(path: string): Promise<number> {
  const reader = await openReader(readerOptions({ kind: 'sqlite', path }));
  try {
    const answer: unknown = await reader.query('select count(*) as count from deliveries');
    return Counted.parse(answer)[0].count;
  } finally {
    await reader.destroy();
  }
}
