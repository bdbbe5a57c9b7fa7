import { Backlog } from '../../src/deliveries/backlog';
import {
  bearer,
  type HttpAnswer,
  Problem,
  type RunningService,
  startService,
} from '../support/service';
import { OPERATE_TOKEN } from '../support/test-config';
import { editedConfig, listDeliveries, NOWHERE, receiptOf } from './delivery-list';
import { envelope, eventHeaders, push } from './distribution-events';

/** Nobody listens at the registry, so everything that is accepted waits. */
describe(Backlog, () => {
  let service: RunningService;

  beforeAll(async () => {
    const config = editedConfig({
      'anonymous: read': 'limits: { pendingPerSource: 3, pendingInTotal: 5 }\nanonymous: read',
      'sources:':
        'sources:\n  gitea: { kind: gitea, tokenFile: ./secrets/EVENTS_TOKEN, registry: local, allow: [local/**] }',
    });
    service = await startService({ registryUrl: NOWHERE, config });
    for (const tag of ['1.0.0', '1.0.1', '1.0.2']) await service.client.webhook({ tag });
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
  });

  it('asks a source that has as many waiting as it may to come again', async () => {
    const answer = await service.client.webhook({ tag: '1.0.3' });

    expect(Problem.parse(answer.json)).toMatchObject({ status: 503, code: 'inbox-full' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await listDeliveries(service.client)).map(({ tag }) => tag)).toEqual([
      '1.0.2',
      '1.0.1',
      '1.0.0',
    ]);
  });

  it('takes what another source sends until the whole inbox is full', async () => {
    const answers = [await deliver('2.0.0'), await deliver('2.0.1'), await deliver('2.0.2')];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 503]);
  });

  it('asks a pipeline with a token to come again, too', async () => {
    const release = { repository: 'local/gallery/ui', tag: '3.0.0' };

    const answer = await service.client.post('releases', release, bearer(OPERATE_TOKEN));

    expect(Problem.parse(answer.json)).toMatchObject({ status: 503, code: 'inbox-full' });
  });

  it('takes what is sent only once, without its body', async () => {
    const event = { action: 'created', package: packageOf('4.0.0') };
    const headers = {
      ...eventHeaders('application/json'),
      ...{ 'x-gitea-event': 'package', 'x-gitea-delivery': 'one-shot' },
    };

    const answer = await service.client.send(
      'POST',
      '/webhooks/gitea',
      headers,
      JSON.stringify(event),
    );

    expect(answer.status).toBe(202);
    expect(receiptOf(answer)).toMatchObject({ status: 'accepted', tag: '4.0.0' });
  });

  function deliver(tag: string): Promise<HttpAnswer> {
    return service.client.send('POST', '/webhooks/events', eventHeaders(), envelope(push(tag)));
  }

  function packageOf(version: string): Record<string, unknown> {
    return { owner: { login: 'gallery' }, type: 'container', name: 'ui', version };
  }
});
