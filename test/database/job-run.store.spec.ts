import { JobRunEntity } from '../../src/database/job-run.entity';
import { JobRunStore } from '../../src/database/job-run.store';
import { UnitOfWork } from '../../src/database/unit-of-work';
import { openTestDatabase, type TestDatabase } from './test-database';

const SLOT = Date.UTC(2026, 6, 3, 10);
const LIMIT_MS = 600_000;
const WEEK_MS = 7 * 86_400_000;

let database: TestDatabase;
let store: JobRunStore;

beforeEach(async () => {
  database = await openTestDatabase();
  store = new JobRunStore(database.unitOfWork, database.reader);
});

afterEach(() => database.close());

describe(JobRunStore, () => {
  it('gives a slot to one of many who ask at once', async () => {
    const stores = Array.from({ length: 20 }, () => store);

    const claims = await Promise.all(
      stores.map((each, index) => each.claim('sweep', SLOT, SLOT + index, LIMIT_MS)),
    );

    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await countRows()).toBe(1);
  });

  it('gives each slot and each job its own run', async () => {
    const claims = [
      await store.claim('sweep', SLOT, SLOT, LIMIT_MS),
      await store.claim('sweep', SLOT + 1, SLOT, LIMIT_MS),
      await store.claim('retention', SLOT, SLOT, LIMIT_MS),
    ];

    expect(claims).toEqual([true, true, true]);
  });

  it.each([
    ['at the time limit', LIMIT_MS, false],
    ['after the time limit', LIMIT_MS + 1, true],
  ])('answers a takeover %s', async (_title, later, taken) => {
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);

    expect(await store.claim('sweep', SLOT, SLOT + later, LIMIT_MS)).toBe(taken);
  });

  it('leaves a slot to nobody while it is renewed, and to the next one when it is released', async () => {
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);
    await store.renew('sweep', SLOT, SLOT + LIMIT_MS);

    const renewed = await store.claim('sweep', SLOT, SLOT + LIMIT_MS + 1, LIMIT_MS);
    await store.release('sweep', SLOT);
    const released = await store.claim('sweep', SLOT, SLOT + LIMIT_MS + 1, LIMIT_MS);

    expect({ renewed, released }).toEqual({ renewed: false, released: true });
  });

  it('finds the last slot until it is finished', async () => {
    const before = await store.findUnfinished('sweep');
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);
    const begun = await store.findUnfinished('sweep');
    await store.finish('sweep', SLOT, SLOT + 1);

    const finished = await store.findUnfinished('sweep');

    expect({ before, begun, finished }).toEqual({ begun: SLOT });
  });

  it('gives a slot that was taken over to nobody else', async () => {
    const later = SLOT + LIMIT_MS + 1;
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);

    const claims = await Promise.all(
      [later, later, later].map((now) => store.claim('sweep', SLOT, now, LIMIT_MS)),
    );

    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('never gives a finished slot again', async () => {
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);
    await store.finish('sweep', SLOT, SLOT + 5);

    const claimed = await store.claim('sweep', SLOT, SLOT + 10 * LIMIT_MS, LIMIT_MS);

    expect(claimed).toBe(false);
    const [row] = await database.reader.manager.find(JobRunEntity);
    expect(row).toEqual(
      expect.objectContaining({ job: 'sweep', slot: SLOT, startedAt: SLOT, finishedAt: SLOT + 5 }),
    );
  });

  it('forgets slots of its job that are over a week old', async () => {
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);
    await store.claim('retention', SLOT, SLOT, LIMIT_MS);

    await store.claim('sweep', SLOT + WEEK_MS, SLOT + WEEK_MS, LIMIT_MS);
    expect(await countRows()).toBe(3);
    await store.claim('sweep', SLOT + WEEK_MS + 1, SLOT + WEEK_MS + 1, LIMIT_MS);

    expect(await countRows()).toBe(3);
    expect(await database.reader.manager.countBy(JobRunEntity, { slot: SLOT })).toBe(1);
  });

  it('remembers claims over a restart of the store', async () => {
    await store.claim('sweep', SLOT, SLOT, LIMIT_MS);

    const next = new JobRunStore(new UnitOfWork(database.writer), database.reader);

    expect(await next.claim('sweep', SLOT, SLOT + 1, LIMIT_MS)).toBe(false);
  });
});

function countRows(): Promise<number> {
  return database.reader.manager.count(JobRunEntity);
}
