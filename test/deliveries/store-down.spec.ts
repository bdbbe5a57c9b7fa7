import { Database } from 'sqlite3';
import { Problem, type RunningService, startService } from '../support/service';
import { listDeliveries, NOWHERE, receiptOf } from './delivery-list';

let service: RunningService;

beforeAll(async () => {
  service = await startService({ registryUrl: NOWHERE });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe('while another connection holds the database', () => {
  it('accepts nothing, says when to come again, and accepts it then', async () => {
    const holder = await Holder.take(service.config.databasePath);

    const refused = await service.client.webhook({ tag: '1.0.0' }, { id: 'once' });
    const ready = await service.client.send('GET', '/readyz');
    const alive = await service.client.send('GET', '/livez');
    const during = await listDeliveries(service.client);
    await holder.letGo();
    const accepted = await service.client.webhook({ tag: '1.0.0' }, { id: 'once' });
    const readyAgain = await service.client.send('GET', '/readyz');

    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Problem.parse(refused.json)).toMatchObject({ code: 'store-unavailable' });
    expect(during).toEqual([]);
    expect(ready.status).toBe(503);
    expect(Problem.parse(ready.json)).toMatchObject({ code: 'store-unavailable' });
    expect(alive.status).toBe(200);
    expect(accepted.status).toBe(202);
    expect(receiptOf(accepted).status).toBe('accepted');
    expect(readyAgain.status).toBe(200);
  });
});

/** Somebody else's transaction, which keeps every other writer out. */
class Holder {
  private constructor(private readonly database: Database) {}

  static async take(path: string): Promise<Holder> {
    const database = new Database(path);
    await execute(database, 'BEGIN EXCLUSIVE');
    return new Holder(database);
  }

  async letGo(): Promise<void> {
    await execute(this.database, 'ROLLBACK');
    await new Promise((resolve) => {
      this.database.close(resolve);
    });
  }
}

function execute(database: Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    database.exec(sql, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
