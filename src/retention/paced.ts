/**
 * Works on items in their order, so many at a time. Ends early when the work of one says so; throws
 * the first error when all that had begun has ended.
 */
export async function runPaced<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<'go-on' | 'stop'>,
): Promise<void> {
  let place = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (let item = items[place++]; item !== undefined && !isOver; item = items[place++]) {
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
