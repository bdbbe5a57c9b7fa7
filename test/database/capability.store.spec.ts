import { CapabilityStore } from '../../src/database/capability.store';
import { UnitOfWork } from '../../src/database/unit-of-work';
import { openTestDatabase, type TestDatabase } from './test-database';

const LOCAL = { id: 'local', url: 'http://localhost:5000/' };
const FINDING = { capability: 'multiTag', value: 'works', provenAt: 1_000 } as const;

describe('CapabilityStore', () => {
  let database: TestDatabase;
  let store: CapabilityStore;

  beforeEach(async () => {
    database = await openTestDatabase();
    store = new CapabilityStore(database.reader, new UnitOfWork(database.writer));
  });

  afterEach(() => database.close());

  it('gives back what was found', async () => {
    await store.remember(LOCAL, FINDING);

    expect(await store.recall(LOCAL)).toMatchObject([FINDING]);
  });

  it('keeps the last finding of a capability', async () => {
    await store.remember(LOCAL, FINDING);
    await store.remember(LOCAL, { ...FINDING, value: 'unsupported', provenAt: 2_000 });

    expect(await store.recall(LOCAL)).toMatchObject([{ value: 'unsupported', provenAt: 2_000 }]);
  });

  it('knows nothing about another server under the same id', async () => {
    await store.remember(LOCAL, FINDING);

    expect(await store.recall({ ...LOCAL, url: 'http://localhost:5001/' })).toEqual([]);
    expect(await store.recall({ ...LOCAL, id: 'other' })).toEqual([]);
  });
});
