import { QueryFailedError } from 'typeorm';
import { DomainError } from '../../src/core/domain-error';
import { JobRunEntity } from '../../src/database/job-run.entity';
import { type Transaction, UnitOfWork } from '../../src/database/unit-of-work';
import { failureOf, openTestDatabase, type TestDatabase } from './test-database';

let database: TestDatabase;

beforeEach(async () => {
  database = await openTestDatabase();
});

afterEach(() => database.close());

describe(UnitOfWork, () => {
  it('keeps exactly the rows of the units that succeed, of 200 at once', async () => {
    const seen: number[] = [];
    const units = Array.from({ length: 200 }, (_, slot) =>
      database.unitOfWork.run(async (transaction) => {
        await insertRow(transaction, slot);
        seen.push(...(await readSlots()));
        if (slot % 2 === 1) throw new Error(`unit ${slot} gives up`);
        return slot;
      }),
    );

    const results = await Promise.allSettled(units);

    const even = Array.from({ length: 100 }, (_, index) => index * 2);
    const kept = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? String(result.reason) : [],
    );
    expect(kept).toEqual(even);
    expect(refused).toEqual(even.map((slot) => `Error: unit ${slot + 1} gives up`));
    expect(await readSlots()).toEqual(even);
    expect(seen.filter((slot) => slot % 2 === 1)).toEqual([]);
  });

  it('shows a row to the reader after the commit and not before', async () => {
    const [own, others] = await database.unitOfWork.run(async (transaction) => {
      await insertRow(transaction, 1);
      return [await transaction.count(JobRunEntity), await readSlots()] as const;
    });

    expect(own).toBe(1);
    expect(others).toEqual([]);
    expect(await readSlots()).toEqual([1]);
  });

  it('runs units one after the other, in the order of the calls', async () => {
    const steps: string[] = [];
    const unit = (name: string): Promise<void> =>
      database.unitOfWork.run(async (transaction) => {
        steps.push(`${name} begins`);
        await transaction.query('select 1');
        steps.push(`${name} ends`);
      });

    await Promise.all([unit('a'), unit('b'), unit('c')]);

    expect(steps).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('takes back all of a unit whose last statement fails', async () => {
    const error = await failureOf(
      database.unitOfWork.run(async (transaction) => {
        await insertRow(transaction, 1);
        await insertRow(transaction, 2);
        await insertRow(transaction, 1);
      }),
    );

    expect(error).toMatchObject({ code: 'store-unavailable', retryable: true });
    expect(error).toHaveProperty('cause', expect.any(QueryFailedError));
    expect(await readSlots()).toEqual([]);
  });

  it('passes on the error of the work as it is', async () => {
    const refusal = new DomainError('conflict', 'the work does not want to');

    const error = await failureOf(database.unitOfWork.run(() => Promise.reject(refusal)));

    expect(error).toBe(refusal);
  });
});

describe('the reader', () => {
  it('cannot write', async () => {
    const error = await failureOf(
      database.reader.query(`insert into job_runs (job, slot, started_at) values ('a', 1, 1)`),
    );

    expect(String(error)).toContain('SQLITE_READONLY');
  });
});

async function insertRow(transaction: Transaction, slot: number): Promise<void> {
  await transaction.insert(JobRunEntity, { job: 'test', slot, startedAt: 0 });
}

async function readSlots(): Promise<readonly number[]> {
  const rows = await database.reader.manager.find(JobRunEntity, { order: { slot: 'ASC' } });
  return rows.map(({ slot }) => slot);
}
