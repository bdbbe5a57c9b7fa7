import { createServer } from 'node:net';
import { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { pageOf } from '../../src/http/answers.schema';
import { SimulatedClock } from '../../src/runtime/clock';
import { describeOnRealRegistries } from '../support/real-registries';
import { type RunningService, startService } from '../support/service';
import { EVENTS_TOKEN } from '../support/test-config';
import { START } from './stage';
import { TestRepository } from './test-repository';

describeOnRealRegistries('notifications', (start) => {
  const clock = new SimulatedClock(START);
  let service: RunningService;
  let repository: TestRepository;

  beforeAll(async () => {
    const port = await findFreePort();
    service = await startService({ registryUrl: `http://127.0.0.1:${port}`, clock });
    const notifications = { url: `${service.client.url}/webhooks/events`, token: EVENTS_TOKEN };
    const registry = await start({ inMemory: true, port, notifications });
    repository = new TestRepository({
      registry,
      clock,
      client: service.client,
      path: 'gallery/ui',
    });
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
  });

  const deliveries = async (): Promise<readonly DeliveryAnswer[]> => {
    const answer = await service.client.get('deliveries?limit=200&source=events');
    return pageOf(DeliveryAnswer).parse(answer.json).items;
  };

  /** The events of some pushes of releases and of Tagward's own moves have all arrived. */
  const whenQuiet = (releases: number, moves: number): Promise<readonly DeliveryAnswer[]> =>
    service.client.until(deliveries, (items) => {
      const own = items.filter(({ error }) => error?.code === 'own-move');
      const done = items.filter(({ status }) => status === 'done');
      return own.length === moves && done.length === releases;
    });

  it('of a push move the tags with no other help', async () => {
    await repository.push('2.1.0');

    await whenQuiet(1, 3);

    expect(await repository.movingTags()).toEqual({
      '2.1': '2.1.0',
      '2': '2.1.0',
      latest: '2.1.0',
    });
  });

  it('of many pushes move the tags to the owners', async () => {
    for (const tag of ['3.0.0', '2.2.0', '2.1.1']) await repository.push(tag);

    await whenQuiet(4, 9);

    expect(await repository.movingTags()).toEqual({
      ...{ '2.1': '2.1.1', '2.2': '2.2.0', '2': '2.2.0' },
      ...{ '3.0': '3.0.0', '3': '3.0.0', latest: '3.0.0' },
    });
  });

  it('of its own moves are ignored, and cause no more moves', async () => {
    const settled = await whenQuiet(4, 9);

    expect(settled.filter(({ status }) => status === 'pending')).toEqual([]);
    expect(settled.filter(({ error }) => error?.code === 'own-move')).toEqual(
      settled.filter(({ tag }) => /^(?:latest|\d+(?:\.\d+)?)$/.test(tag ?? '')),
    );
    expect(await repository.moves('&kind=released')).toHaveLength(9);
  });

  it('of a moving tag that somebody else moved report the drift', async () => {
    await repository.retag('latest', '2.1.0');

    const { drift } = await service.client.until(
      () => repository.read(),
      (read) => read.drift.length > 0,
    );

    expect(drift).toMatchObject([
      { tag: 'latest', recorded: { release: '3.0.0' }, found: { release: '2.1.0' } },
    ]);
  });
});

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no free port on 127.0.0.1'));
      });
    });
  });
}
