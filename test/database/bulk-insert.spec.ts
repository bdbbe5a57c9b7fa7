import { z } from 'zod';
import { bulkInsert, type SqlValue } from '../../src/database/bulk-insert';
import { JobRunEntity } from '../../src/database/job-run.entity';
import { failureOf, openTestDatabase, type TestDatabase } from './test-database';

let database: TestDatabase;

beforeEach(async () => {
  database = await openTestDatabase();
});

afterEach(() => database.close());

const TARGET = {
  table: 'job_runs',
  columns: ['job', 'slot', 'started_at'],
  returning: ['slot', 'started_at'],
};

describe(bulkInsert, () => {
  it('gives back the rows that it inserted', async () => {
    const rows = await insert([
      ['sweep', 1, 10],
      ['sweep', 2, 20],
    ]);

    expect(rows).toEqual([
      { slot: 1, started_at: 10 },
      { slot: 2, started_at: 20 },
    ]);
  });

  it('gives back nothing for nothing', async () => {
    expect(await insert([])).toEqual([]);
  });

  it('gives back the rows that it updated, and not those that it left', async () => {
    await insert([
      ['sweep', 1, 10],
      ['sweep', 2, 20],
    ]);

    const rows = await insert(
      [
        ['sweep', 1, 15],
        ['sweep', 2, 15],
        ['sweep', 3, 15],
      ],
      `(job, slot) do update set started_at = excluded.started_at
       where job_runs.started_at < excluded.started_at`,
    );

    expect(rows).toEqual([
      { slot: 1, started_at: 15 },
      { slot: 3, started_at: 15 },
    ]);
  });

  it('splits more rows than one statement takes', async () => {
    const many = Array.from({ length: 12_000 }, (_, slot) => ['sweep', slot, slot]);

    const rows = await insert(many);

    expect(rows.map(({ slot }) => slot)).toEqual(many.map(([, slot]) => slot));
    expect(await database.reader.manager.count(JobRunEntity)).toBe(12_000);
  });

  it('takes values for what they are', async () => {
    const hostile = `'); drop table job_runs; --`;

    await insert([[hostile, 1, 10]]);

    const [row] = await database.reader.manager.find(JobRunEntity);
    expect(row).toMatchObject({ job: hostile, finishedAt: null });
  });

  it('stores none of the rows when one is refused', async () => {
    const error = await failureOf(
      insert([
        ['sweep', 1, 10],
        ['sweep', 2, null],
      ]),
    );

    expect(error).toMatchObject({ code: 'store-unavailable' });
    expect(await database.reader.manager.count(JobRunEntity)).toBe(0);
  });
});

const Rows = z.array(z.object({ slot: z.number(), started_at: z.number() }));

/** In the order of the slots: the answer has none of its own. */
async function insert(
  rows: readonly (readonly SqlValue[])[],
  onConflict?: string,
): Promise<z.infer<typeof Rows>> {
  const insertion = { ...TARGET, rows, ...(onConflict === undefined ? {} : { onConflict }) };
  const answer = await database.unitOfWork.run((each) => bulkInsert(each, insertion));
  return Rows.parse(answer).sort((left, right) => left.slot - right.slot);
}
