import { isMergeKey } from '../../src/deliveries/delivery.store';
import { FakeRegistry } from '../support/fake-registry';
import { type HttpAnswer, type RunningService, startService } from '../support/service';
import { WEBHOOK_SECRET } from '../support/test-config';
import { editedConfig, listDeliveries, receiptOf } from './delivery-list';

const QUAY = [
  'sources:',
  '  quay: { kind: quay, urlSecretFile: ./secrets/WEBHOOK_SECRET, registry: local, allow: [local/**] }',
].join('\n');

/** Quay gives neither an id nor a time, so nothing tells two pushes of one tag apart. */
describe(isMergeKey, () => {
  let registry: FakeRegistry;
  let service: RunningService;

  beforeEach(async () => {
    registry = await FakeRegistry.start();
    const config = editedConfig({ 'sources:': QUAY }, registry.url);
    service = await startService({ registryUrl: registry.url, config });
  });

  afterEach(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  it('lets an event join one of the same tag that waits', async () => {
    const first = receiptOf(await deliver('1.0.0'));

    const again = await deliver('1.0.0');
    const other = await deliver('1.0.1');

    expect(again.status).toBe(200);
    expect(receiptOf(again)).toMatchObject({ id: first.id, status: 'duplicate' });
    expect(receiptOf(other)).toMatchObject({ status: 'accepted', tag: '1.0.1' });
    expect(await service.client.delivery(first.id)).toMatchObject({ duplicates: 1 });
  });

  it('makes a delivery of its own of one that comes after the other has ended', async () => {
    registry.pushImage('gallery/ui', '1.0.0');
    const first = await service.client.settled(receiptOf(await deliver('1.0.0')).id);

    const again = receiptOf(await deliver('1.0.0'));

    expect(first.status).toBe('done');
    expect(again.status).toBe('accepted');
    expect(again.id).not.toBe(first.id);
    expect(await service.client.settled(again.id)).toMatchObject({ status: 'done', duplicates: 0 });
    expect(await service.client.delivery(first.id)).toEqual(first);
  });

  it('looks again for an event that joined while the other was worked on', async () => {
    registry.pushImage('gallery/ui', '1.0.0');
    let joined: HttpAnswer | undefined;
    registry.beforeNext(
      ({ method, path }) => method === 'PUT' && path.endsWith('/latest'),
      async () => {
        joined = await deliver('1.0.0');
      },
    );

    const first = await service.client.settled(receiptOf(await deliver('1.0.0')).id);

    expect(joined?.status).toBe(200);
    expect(first).toMatchObject({ status: 'done', duplicates: 1, attempts: 2 });
    expect(await listDeliveries(service.client)).toHaveLength(1);
  });

  function deliver(tag: string): Promise<HttpAnswer> {
    const event = {
      ...{ name: 'ui', repository: 'gallery/ui', namespace: 'gallery' },
      ...{ docker_url: `${new URL(registry.url).host}/gallery/ui`, updated_tags: [tag] },
    };
    const headers = { 'content-type': 'application/json' };
    const path = `/webhooks/quay/${WEBHOOK_SECRET}`;
    return service.client.send('POST', path, headers, JSON.stringify(event));
  }
});
