import { Metrics } from '../../src/runtime/metrics';
import { editedConfig } from '../deliveries/delivery-list';
import { FakeRegistry } from '../support/fake-registry';
import { bearer, Problem, type RunningService, startService } from '../support/service';
import { EVENTS_TOKEN, OPERATE_TOKEN, READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';

describe(Metrics, () => {
  let registry: FakeRegistry;
  let service: RunningService;

  beforeAll(async () => {
    registry = await FakeRegistry.start();
    const config = editedConfig(
      { 'anonymous: read': 'anonymous: none\nmetrics: { tokenFile: ./secrets/EVENTS_TOKEN }' },
      registry.url,
    );
    service = await startService({ registryUrl: registry.url, config });
    registry.pushImage('gallery/ui', '1.0.0');
    await service.client.webhook({ tag: '1.0.0' });
    await service.client.webhook({ tag: 'not a tag' });
    await service.client.send('POST', '/webhooks/nobody-knows-this-one');
    await service.client.until(
      () => scrape(),
      (text) => text.includes('tagward_release_duration_seconds_count 1'),
    );
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  it.each([
    /^tagward_build_info\{version="\d+\.\d+\.\d+"\} 1$/m,
    /^tagward_deliveries_total\{source="ci",outcome="accepted"\} 1$/m,
    /^tagward_last_delivery_timestamp_seconds\{source="ci"\} 1\d{9}/m,
    /^tagward_pending_deliveries\{source="ci"\} 0$/m,
    /^tagward_pending_deliveries\{source="events"\} 0$/m,
    /^tagward_refused_requests_total\{code="source-unknown"\} 1$/m,
    /^tagward_refused_requests_total\{code="body-invalid"\} 1$/m,
    /^tagward_moves_total\{repository="local\/gallery\/ui",kind="released",result="applied"\} 3$/m,
    /^tagward_registry_requests_total\{registry="local",method="PUT",code="201"\} \d+$/m,
    /^tagward_registry_request_duration_seconds_count\{registry="local",method="GET"\} \d+$/m,
    /^tagward_lease_wait_seconds_count [1-9]\d*$/m,
    /^tagward_queue_depth 0$/m,
    /^process_cpu_seconds_total /m,
  ])('has %s', async (line) => {
    expect(await scrape()).toMatch(line);
  });

  it('names nothing that an outsider chose, and no secret', async () => {
    const text = await scrape();

    for (const word of ['nobody-knows-this-one', 'not a tag', WEBHOOK_SECRET, EVENTS_TOKEN]) {
      expect(text).not.toContain(word);
    }
  });

  it.each([
    ['its own token', EVENTS_TOKEN],
    ['a token that may read', READ_TOKEN],
  ])('is shown to %s', async (_name, token) => {
    const answer = await service.client.send('GET', '/metrics', bearer(token));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it.each([
    ['nobody', {}, 'token-missing'],
    ['a wrong token', bearer('wrong'), 'authentication-failed'],
  ])('is not shown to %s', async (_name, headers, code) => {
    const answer = await service.client.send('GET', '/metrics', headers);

    expect(Problem.parse(answer.json)).toMatchObject({ status: 401, code });
  });

  it('gives its token nothing else', async () => {
    const answer = await service.client.get('deliveries', EVENTS_TOKEN);

    expect(answer.status).toBe(401);
    expect((await service.client.get('deliveries', OPERATE_TOKEN)).status).toBe(200);
  });

  async function scrape(): Promise<string> {
    const answer = await fetch(`${service.client.url}/metrics`, { headers: bearer(EVENTS_TOKEN) });
    return answer.text();
  }
});
