import { RateLimits } from '../../src/http/rate-limits';
import { editedConfig, NOWHERE } from '../deliveries/delivery-list';
import {
  bearer,
  type HttpAnswer,
  Problem,
  type RunningService,
  startService,
} from '../support/service';
import { READ_TOKEN } from '../support/test-config';

describe(RateLimits, () => {
  let service: RunningService;

  afterEach(async () => {
    await service.stop();
    service.config.remove();
  });

  it('refuses an address unseen that had as many requests refused as it may', async () => {
    await start('{ refusedPerAddress: 3/m }');
    for (let count = 0; count < 3; count += 1) await forged();
    const allowed = await service.client.get('deliveries', READ_TOKEN);
    await forged();

    const answers = [
      await forged(),
      await service.client.webhook({ tag: '1.0.0' }),
      await service.client.get('deliveries', READ_TOKEN),
    ];

    expect(allowed.status).toBe(200);
    expect(answers.map(problemOf)).toEqual(answers.map(() => [429, 'rate-limited']));
    expect(Number(answers[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answers[0]?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('goes on answering probes of that address', async () => {
    await start('{ refusedPerAddress: 1/m }');
    await forged();
    await forged();

    const probes = [await service.client.send('GET', '/livez'), await forged()];

    expect(probes.map(({ status }) => status)).toEqual([200, 429]);
  });

  it.each([
    ['a wrong token', () => service.client.get('deliveries', 'wrong'), 401],
    ['a missing scope', () => service.client.post('plans', {}, bearer(READ_TOKEN)), 403],
    ['a source that does not exist', () => service.client.send('POST', '/webhooks/none'), 404],
  ])('counts %s', async (_name, request, status) => {
    await start('{ refusedPerAddress: 1/m }');

    const statuses = [await request(), await request(), await request()].map((one) => one.status);

    expect(statuses).toEqual([status, status, 429]);
  });

  it('does not count what an authentic sender does wrong', async () => {
    await start('{ refusedPerAddress: 1/m }');

    const answers = [
      await service.client.webhook({ tag: 'not a tag' }),
      await service.client.webhook({ tag: 'not a tag' }),
      await service.client.get('deliveries/999'),
      await service.client.webhook({ tag: '1.0.0' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([422, 422, 404, 202]);
  });

  it('refuses a source that sends more than it may, and no other', async () => {
    await start('{ deliveriesPerSource: 2/m }');
    await service.client.webhook({ tag: '1.0.0' });
    await service.client.webhook({ tag: '1.0.1' });

    const answer = await service.client.webhook({ tag: '1.0.2' });

    const other = await service.client.send(
      'POST',
      '/webhooks/events',
      {
        'content-type': 'application/json',
        ...bearer('a-token-for-registry-events'),
      },
      '{"events":[]}',
    );
    expect(problemOf(answer)).toEqual([429, 'rate-limited']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(other.status).toBe(202);
  });

  it('has no limit where the configuration says 0', async () => {
    await start('{ refusedPerAddress: 0, deliveriesPerSource: 0 }');
    const answers = await Promise.all(Array.from({ length: 150 }, () => forged()));

    const good = await service.client.webhook({ tag: '1.0.0' });

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(good.status).toBe(202);
  });

  async function start(limits: string): Promise<void> {
    const config = editedConfig(
      { 'anonymous: read': `limits: ${limits}\nanonymous: read` },
      NOWHERE,
    );
    service = await startService({ registryUrl: NOWHERE, config });
  }

  function forged(): Promise<HttpAnswer> {
    const headers = {
      ...{ 'content-type': 'application/json', 'webhook-id': 'forged' },
      ...{ 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' },
    };
    return service.client.send('POST', '/webhooks/ci', headers, '{}');
  }

  function problemOf({ json }: HttpAnswer): readonly [number, string] {
    const { status, code } = Problem.parse(json);
    return [status, code];
  }
});

describe('every answer', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ registryUrl: NOWHERE });
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
  });

  it.each([
    ['a list', 'GET', '/api/v1/deliveries', 200],
    ['a probe', 'GET', '/livez', 200],
    ['the OpenAPI document', 'GET', '/openapi.json', 200],
    ['an unknown path', 'GET', '/nothing', 404],
    ['a broken path', 'GET', '/api/v1/repositories/%', 400],
    ['a wrong method', 'GET', '/webhooks/ci', 405],
    ['a refused webhook', 'POST', '/webhooks/ci', 401],
  ])('that is %s tells browsers to do nothing with it', async (_name, method, path, status) => {
    const answer = await service.client.send(method, path);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('server')).toBeNull();
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });
});
