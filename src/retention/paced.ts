import { setTimeout as wait } from 'node:timers/promises';

export interface Pace {
  /** Items at a time. */
  readonly concurrency: number;
  /** Items begun in a second; undefined: no limit. */
  readonly perSecond: number | undefined;
}

/**
 * Works on items in their order, so many at a time and so many begun in a second. Ends early when
 * the work of one says so; throws the first error when all that had begun has ended.
 */
export async function runPaced<Item>(
  items: readonly Item[],
  { concurrency, perSecond }: Pace,
  work: (item: Item) => Promise<'go-on' | 'stop'>,
): Promise<void> {
  const gapMs = perSecond === undefined ? 0 : 1000 / perSecond;
  let nextStart = performance.now();
  let place = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (let item = items[place++]; item !== undefined && !isOver; item = items[place++]) {
      const delay = nextStart - performance.now();
      nextStart = Math.max(nextStart, performance.now()) + gapMs;
      if (delay > 0) await wait(delay);
      if ((await work(item)) === 'stop') isOver = true;
    }
  };
  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => {
      isOver = true;
      throw error;
    }),
  );
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
