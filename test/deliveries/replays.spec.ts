import { Replays } from '../../src/deliveries/replays';
import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry } from '../support/fake-registry';
import { bearer, Problem, type RunningService, startService } from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';
import { listDeliveries, receiptOf } from './delivery-list';

const NOW = Date.UTC(2026, 6, 3, 10);
const HOUR_MS = 3_600_000;

const clock = new SimulatedClock(NOW);
let registry: FakeRegistry;
let service: RunningService;

beforeAll(async () => {
  registry = await FakeRegistry.start();
  service = await startService({ registryUrl: registry.url, clock });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
  await registry.stop();
});

describe(Replays, () => {
  it('runs a delivery again as one of its own', async () => {
    registry.pushImage('gallery/ui', '1.0.0');
    const first = await service.client.release({ tag: '1.0.0' }, { now: clock.now() });
    const writes = registry.writes.length;

    const answer = await replay(first.id);

    const receipt = receiptOf(answer);
    const again = await service.client.settled(receipt.id);
    expect(answer.status).toBe(202);
    expect(receipt).toMatchObject({ status: 'accepted', tag: '1.0.0' });
    expect(first.replayOf).toBeNull();
    expect(again).toMatchObject({
      source: 'token:ops',
      repository: 'local/gallery/ui',
      tag: '1.0.0',
      status: 'done',
      replayOf: first.id,
    });
    expect(registry.writes).toHaveLength(writes);
  });

  it('makes a row for each of two replays', async () => {
    const [first] = await listDeliveries(service.client, '&source=ci');

    const ids = [
      receiptOf(await replay(first?.id ?? 0)).id,
      receiptOf(await replay(first?.id ?? 0)).id,
    ];

    const rows = await listDeliveries(service.client, '&source=token:ops');
    const replays = rows.filter(({ id }) => ids.includes(id));
    expect(new Set(ids).size).toBe(2);
    expect(replays.map(({ replayOf }) => replayOf)).toEqual([first?.id, first?.id]);
  });

  it('refuses a delivery that names no tag', async () => {
    const events = { authorization: 'Bearer a-token-for-registry-events' };
    const json = { ...events, 'content-type': 'application/json' };
    const rejected = await service.client.send('POST', '/webhooks/events', json, '{}');

    const answer = await replay(receiptOf(rejected).id);

    expect(Problem.parse(answer.json)).toMatchObject({
      status: 409,
      code: 'delivery-not-replayable',
    });
  });

  it('refuses an unknown delivery', async () => {
    const answer = await replay(999_999);

    expect(Problem.parse(answer.json)).toMatchObject({ status: 404, code: 'delivery-unknown' });
  });

  it('refuses who may only read', async () => {
    const answer = await replay(1, READ_TOKEN);

    expect(Problem.parse(answer.json)).toMatchObject({ status: 403, code: 'scope-missing' });
  });
});

describe('a delivery that is sent again', () => {
  it('comes back to life when it was dead, with the id that it had', async () => {
    const sent = await service.client.webhook({ tag: '2.0.0' }, { id: 'dead', now: clock.now() });
    const { id } = receiptOf(sent);
    const dead = await service.client.until(
      () => service.client.delivery(id),
      ({ status }) => {
        clock.advance(HOUR_MS);
        return status !== 'pending';
      },
    );
    registry.pushImage('gallery/ui', '2.0.0');

    const again = await service.client.webhook({ tag: '2.0.0' }, { id: 'dead', now: clock.now() });

    const alive = await service.client.settled(id);
    expect(dead).toMatchObject({ status: 'dead', error: { code: 'manifest-unknown' } });
    expect(again.status).toBe(202);
    expect(receiptOf(again)).toMatchObject({ id, status: 'accepted' });
    expect(alive).toMatchObject({ status: 'done', error: null });
  });

  it('changes nothing when it was done', async () => {
    registry.pushImage('gallery/ui', '3.0.0');
    const options = { id: 'done', now: clock.now() };
    const done = await service.client.release({ tag: '3.0.0' }, options);
    registry.forgetRequests();

    const again = await service.client.webhook({ tag: '3.0.0' }, options);

    expect(again.status).toBe(200);
    expect(await service.client.delivery(done.id)).toEqual({ ...done, duplicates: 1 });
    expect(registry.requests).toEqual([]);
  });
});

function replay(id: number, token = OPERATE_TOKEN): ReturnType<RunningService['client']['post']> {
  return service.client.post(`deliveries/${id}/replays`, {}, bearer(token));
}
