import { FakeRegistry } from '../support/fake-registry';
import { type RunningService, startService } from '../support/service';
import { SimulatedClock } from '../../src/runtime/clock';
import { acceptedId, useScenes } from './scene';

const PATH = 'gallery/ui';
const OUTAGE_MS = 600_000;
const isLong = process.env['TAGWARD_FAULT_LONG'] === '1';
const setScene = useScenes();

describe('webhooks that are all lost', () => {
  it('are made up for by the sweep, and by nothing that anybody does', async () => {
    const scene = await setScene({ sweepEvery: '1s' });
    await scene.start();
    await scene.release(PATH, '1.0.0');

    for (const tag of ['1.0.1', '2.0.0', '1.1.0']) await scene.publish(PATH, tag);

    const broken = await scene.client.until(
      () => scene.brokenLaws(),
      (laws) => laws.length === 0,
    );
    expect(broken).toEqual([]);
    expect(await scene.database.deliveries()).toEqual({ done: 1 });
    const [move] = await scene.client.moves('&tag=latest');
    expect(move).toMatchObject({ actor: 'tagward', deliveryId: null, to: { release: '2.0.0' } });
  });
});

describe('a registry that is down for 10 minutes', () => {
  const running: RunningService[] = [];
  if (!isLong) {
    process.stderr.write('skipped the 10 minutes of a registry: npm run test:faults has them\n');
    it.todo('has a delivery tried at growing intervals (with npm run test:faults)');
    return;
  }

  afterEach(() => Promise.all(running.splice(0).map((service) => service.stop())));

  it('has a delivery tried at growing intervals, which is done afterwards', async () => {
    const registry = await FakeRegistry.start();
    const clock = new SimulatedClock(Date.now());
    const service = await startService({ registryUrl: registry.url, clock });
    running.push(service);
    const { client } = service;
    const { digest } = registry.pushImage(PATH, '1.0.0');
    const begin = clock.now();
    await registry.goDown({ kind: 'error' });
    const release = { repository: PATH, tag: '1.0.0', digest };
    const id = acceptedId(await client.webhook(release, { now: clock.now() }));
    const waits: number[] = [];
    while (clock.now() < begin + OUTAGE_MS) {
      const tries = waits.length + 1;
      const { notBefore } = await client.until(
        () => client.delivery(id),
        ({ attempts }) => attempts === tries,
      );
      const next = Date.parse(notBefore ?? '');
      waits.push(next - clock.now());
      clock.set(next);
    }
    await registry.comeBack();

    // The circuit breaker may keep the first tries away from a registry that is back.
    const settled = await client.until(
      async () => {
        clock.advance(1_000);
        return client.delivery(id);
      },
      ({ status }) => status !== 'pending',
    );

    expect(waits.map((wait, index) => wait >= 1_000 * 2 ** index)).toEqual(waits.map(() => true));
    expect(waits.map((wait, index) => wait <= 1_200 * 2 ** index + 1)).toEqual(
      waits.map(() => true),
    );
    expect(settled.status).toBe('done');
    expect(settled.attempts).toBeGreaterThan(waits.length);
    expect(registry.tags(PATH).get('latest')).toBe(digest);
    await registry.stop();
    service.config.remove();
  }, 180_000);
});
