import { CompilingDatabase } from '../../src/database/compiled-statements';

describe(CompilingDatabase, () => {
  it.each([
    ['while it is', false],
    ['after it was', true],
  ])('answers a statement with an error %s closed, however often it was used', async (_, waits) => {
    for (const times of [0, 1, 2]) {
      const database = new CompilingDatabase(':memory:');
      for (let count = 0; count < times; count += 1) await ask(database);

      const closed = new Promise<unknown>((resolve) => {
        database.close(resolve);
      });
      if (waits) await closed;

      expect(await ask(database)).toContain('SQLITE_MISUSE');
      await closed;
    }
  });
});

/** What a caller is told. */
function ask(database: CompilingDatabase): Promise<unknown> {
  return new Promise((resolve) => {
    database.all('select 1 as one', [], (error: Error | null, rows: unknown) => {
      resolve(error?.message ?? rows);
    });
  });
}
