import { DataSource } from 'typeorm';
import { BodyAge } from '../../src/deliveries/body-age';
import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry } from '../support/fake-registry';
import { type RunningService, startService } from '../support/service';

const NOW = Date.UTC(2026, 6, 3, 10);
const DAY_MS = 86_400_000;

describe(BodyAge, () => {
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

  it('drops the bodies of settled deliveries after 30 days, and nothing else of them', async () => {
    registry.pushImage('gallery/ui', '1.0.0');
    const old = await service.client.release({ tag: '1.0.0' }, { now: clock.now() });
    clock.advance(29 * DAY_MS);
    registry.pushImage('gallery/ui', '1.0.1');
    const young = await service.client.release({ tag: '1.0.1' }, { now: clock.now() });
    await drop();
    const before = await bodies();

    clock.advance(2 * DAY_MS);
    await drop();

    expect(before.map(({ length }) => length > 0)).toEqual([true, true]);
    expect((await bodies()).map(({ length }) => length > 0)).toEqual([false, true]);
    expect(await service.client.delivery(old.id)).toEqual(old);
    expect(await service.client.delivery(young.id)).toEqual(young);
  });

  function drop(): Promise<void> {
    return service.app.get(BodyAge).drop();
  }

  async function bodies(): Promise<readonly { readonly length: number }[]> {
    const rows: readonly { readonly body: string }[] = await service.app
      .get(DataSource)
      .query('select body from deliveries order by id');
    return rows.map(({ body }) => body);
  }
});
