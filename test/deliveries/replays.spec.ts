import { ReplaysStarted } from '../../src/deliveries/delivery.schema';
import { Replays } from '../../src/deliveries/replays';
import { toRfc3339 } from '../../src/http/time';
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

describe('a replay of a span of time', () => {
  it('shows what would run and runs nothing unless it is told to', async () => {
    clock.advance(1);
    const since = clock.now();
    const ids = await releaseAll(['4.0.0', '4.0.1']);
    clock.advance(HOUR_MS);
    await releaseAll(['4.0.2']);
    const before = await listDeliveries(service.client);

    const answer = await replayRange({ since, until: since + HOUR_MS });

    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      dryRun: true,
      total: 2,
      deliveries: ids.map((id) => ({ id, source: 'ci', status: 'done' })),
    });
    expect(await listDeliveries(service.client)).toEqual(before);
  });

  it('runs each again as a delivery of its own, and moves nothing twice', async () => {
    const since = clock.now();
    const ids = await releaseAll(['5.0.0', '5.0.1']);
    registry.forgetRequests();

    const answer = await replayRange({ since, until: since + HOUR_MS, dryRun: false });

    const { deliveries } = ReplaysStarted.parse(answer.json);
    await Promise.all(deliveries.map(({ id }) => service.client.settled(id)));
    expect(answer.status).toBe(202);
    expect(deliveries.map(({ replayOf }) => replayOf)).toEqual(ids);
    expect(registry.writes).toEqual([]);
  });

  it('leaves replays out', async () => {
    const since = clock.now();
    const [id = 0] = await releaseAll(['6.0.0']);
    await service.client.settled(receiptOf(await replay(id)).id);

    const answer = await replayRange({ since, until: since + HOUR_MS });

    expect(answer.json).toMatchObject({ total: 1, deliveries: [{ id }] });
  });

  it.each([
    ['a status', { status: 'dead' }],
    ['a source', { source: 'events' }],
    ['a repository', { repository: 'local/gallery/other' }],
  ])('takes only what has %s', async (_name, filter) => {
    const since = clock.now();
    await releaseAll(['7.0.0']);

    const answer = await replayRange({ since, until: since + HOUR_MS, ...filter });

    expect(answer.json).toMatchObject({ total: 0 });
  });

  it.each([
    ['an unknown field', { everything: true }, 422, 'body-invalid'],
    ['no time', { since: undefined }, 422, 'body-invalid'],
  ])('refuses %s', async (_name, fields, status, code) => {
    const answer = await replayRange({ since: NOW, until: NOW + 1, ...fields });

    expect(Problem.parse(answer.json)).toMatchObject({ status, code });
  });

  async function releaseAll(tags: readonly string[]): Promise<readonly number[]> {
    const ids: number[] = [];
    for (const tag of tags) {
      registry.pushImage('gallery/ui', tag);
      ids.push((await service.client.release({ tag }, { now: clock.now() })).id);
    }
    clock.advance(1);
    return ids;
  }
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

interface Range {
  readonly since: number | undefined;
  readonly until: number;
  readonly [field: string]: unknown;
}

function replayRange({ since, until, ...rest }: Range): ReturnType<typeof replay> {
  const times = {
    since: since === undefined ? undefined : toRfc3339(since),
    until: toRfc3339(until),
  };
  return service.client.post('deliveries/replays', { ...times, ...rest }, bearer(OPERATE_TOKEN));
}

function replay(id: number, token = OPERATE_TOKEN): ReturnType<RunningService['client']['post']> {
  return service.client.post(`deliveries/${id}/replays`, {}, bearer(token));
}
