import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { READER } from '../../src/database/data-sources';
import { NUMBERS_OF_SOURCE } from '../../src/deliveries/source.read-model';
import { SourcesController } from '../../src/deliveries/sources.controller';
import { type SourceAnswer, SourcesAnswer } from '../../src/deliveries/source.schema';
import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry } from '../support/fake-registry';
import { makeKey, OidcIssuer } from '../support/oidc-issuer';
import { bearer, type HttpAnswer, type RunningService, startService } from '../support/service';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import { EVENTS_TOKEN, READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { editedConfig, receiptOf } from './delivery-list';
import { envelope, eventHeaders, push } from './distribution-events';

const NOW = Date.UTC(2026, 6, 3, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AUDIENCE = 'https://tags.example.com';

const KEY = makeKey('first');
const clock = new SimulatedClock(NOW);
let issuer: OidcIssuer;
let registry: FakeRegistry;
let service: RunningService;

beforeEach(async () => {
  clock.set(NOW);
  registry = await FakeRegistry.start();
  issuer = await OidcIssuer.start(() => clock.now(), [KEY]);
  const claims = '{ repository_id: "1001" }';
  const oidc = `{ issuer: "${issuer.url}", audience: "${AUDIENCE}", claims: ${claims} }`;
  const config = editedConfig(
    {
      '  events:': [
        `  jobs: { kind: generic, secretFile: ./secrets/WEBHOOK_SECRET, oidc: ${oidc}, allow: [local/other/*] }`,
        '  quay: { kind: quay, urlSecretFile: ./secrets/EVENTS_TOKEN, registry: local, allow: [local/**] }',
        '  events:',
      ].join('\n'),
    },
    registry.url,
  );
  service = await startService({ registryUrl: registry.url, config, clock });
});

afterEach(async () => {
  await service.stop();
  service.config.remove();
  await registry.stop();
  await issuer.stop();
});

describe(SourcesController, () => {
  it('lists every configured source, and nothing of the secrets', async () => {
    const answer = await service.client.get('sources', READ_TOKEN);

    expect(answer.status).toBe(200);
    expect(SourcesAnswer.parse(answer.json).items).toEqual([
      { ...NOTHING, id: 'ci', kind: 'generic', authentication: ['secret'] },
      { ...NOTHING, id: 'jobs', kind: 'generic', authentication: ['secret', 'oidc'] },
      { ...NOTHING, id: 'quay', kind: 'quay', authentication: ['urlSecret'] },
      { ...NOTHING, id: 'events', kind: 'distribution', authentication: ['token'] },
    ]);
    for (const secret of [WEBHOOK_SECRET, EVENTS_TOKEN]) {
      expect(JSON.stringify(answer.json)).not.toContain(secret);
    }
  });

  it('says when a source was heard of, and counts what came in a day', async () => {
    registry.pushImage('gallery/ui', '1.0.0');
    await service.client.release({ tag: '1.0.0' }, { now: NOW });
    clock.advance(23 * HOUR);
    const { id } = receiptOf(await service.client.webhook({ tag: '1.0.1' }, { now: clock.now() }));
    const later = await read('ci');
    clock.advance(2 * HOUR);

    expect(later).toMatchObject({ deliveries24h: 2, lastDeliveryAt: '2026-07-04T09:00:00.000Z' });
    expect(await read('ci')).toMatchObject({ deliveries24h: 1 });
    expect(id).toBeGreaterThan(0);
    expect(await read('events')).toMatchObject(NOTHING);
  });

  it('still knows it after a restart', async () => {
    await service.client.webhook({ tag: '1.0.0' }, { now: NOW });
    await service.stop();
    const { config } = service;
    service = await startService({ registryUrl: registry.url, config, clock });

    expect(await read('ci')).toMatchObject({
      ...{ deliveries24h: 1, lastDeliveryAt: '2026-07-03T10:00:00.000Z' },
    });
  });

  it('has heard of a sender that repeats, or that brings nothing of interest', async () => {
    const options = { id: 'twice', now: NOW };
    await service.client.webhook({ tag: '1.0.0' }, options);
    clock.advance(MINUTE);
    await service.client.webhook({ tag: '1.0.0' }, options);
    await service.client.send('POST', '/webhooks/events', eventHeaders(), envelope());

    expect(await read('ci')).toMatchObject({
      ...{ deliveries24h: 1, lastDeliveryAt: '2026-07-03T10:01:00.000Z' },
    });
    expect(await read('events')).toMatchObject({
      ...{ deliveries24h: 0, lastDeliveryAt: '2026-07-03T10:01:00.000Z' },
    });
  });

  it('counts what was given up, what could not be used, and what waits', async () => {
    const { id } = receiptOf(await service.client.webhook({ tag: '1.0.0' }, { now: NOW }));
    await service.client.until(
      () => service.client.delivery(id),
      ({ status }) => {
        clock.advance(MINUTE / 6);
        return status !== 'pending';
      },
    );
    await service.client.webhook({ tag: 'no tag at all' }, { now: clock.now() });
    await deliverEvents({ id: 'x', action: 'push', target: { tag: '1.0.0' } });
    await deliverEvents(push('-', { id: 'bad-tag', host: new URL(registry.url).host }));
    await service.client.webhook({ tag: '9.9.9' }, { now: clock.now() });

    expect(await read('ci')).toMatchObject({ dead24h: 1, rejected24h: 1, pending: 1 });
    expect(await read('events')).toMatchObject({ dead24h: 0, rejected24h: 2, pending: 0 });
    clock.advance(25 * HOUR);
    expect(await read('ci')).toMatchObject({ dead24h: 0, rejected24h: 0 });
    expect(await read('events')).toMatchObject({ dead24h: 0, rejected24h: 0 });
  });

  it('is answered by indexes alone, however many deliveries there are', async () => {
    const reader = service.app.get<DataSource>(getDataSourceToken(READER));
    const parameters = ['ci', 'ci', NOW, 'ci', NOW, 'ci', NOW];

    const rows: unknown = await reader.query(`explain query plan ${NUMBERS_OF_SOURCE}`, parameters);

    const steps = z.array(z.object({ detail: z.string() })).parse(rows);
    const searches = steps
      .map(({ detail }) => detail)
      .filter((step) => step.includes('deliveries'));
    expect(searches).toEqual([
      expect.stringContaining('COVERING INDEX deliveries_by_source (source=?)'),
      expect.stringContaining('COVERING INDEX deliveries_by_source (source=? AND received_at>?)'),
      expect.stringContaining('INDEX deliveries_failed (source=? AND received_at>?)'),
      expect.stringContaining('INDEX deliveries_failed (source=? AND received_at>?)'),
    ]);
  });

  describe('of a sender that is refused', () => {
    it('counts the requests, and tells the clock apart, which no sender is told', async () => {
      const answers = [
        await signed({ secret: 'another-secret-of-32-characters!' }),
        await signed({ now: NOW + 7 * MINUTE }),
        await signed({ now: NOW - 7 * MINUTE }),
        await signed({ now: NOW + 7 * MINUTE, secret: 'another-secret-of-32-characters!' }),
        await service.client.send('POST', '/webhooks/ci', JSON_TYPE, '{}'),
      ];

      expect(new Set(answers.map(shown)).size).toBe(1);
      expect(answers[0]?.status).toBe(401);
      expect(await read('ci')).toMatchObject({
        ...{ refused: 5, refusedByClock: 2, clockSkewMs: -7 * MINUTE, deliveries24h: 0 },
        lastRefusedAt: '2026-07-03T10:00:00.000Z',
      });
    });

    it('counts a wrong URL, a wrong token, and a token of somebody else', async () => {
      const somebody = await issuer.token({ claims: { aud: AUDIENCE, repository_id: '7' } });
      await service.client.send('POST', '/webhooks/quay/wrong', JSON_TYPE, '{}');
      await service.client.send('POST', '/webhooks/events', eventHeaders(undefined, 'no'), '{}');
      const refused = await deliverToken(somebody);

      expect(refused.status).toBe(403);
      expect(await read('quay')).toMatchObject({ refused: 1 });
      expect(await read('events')).toMatchObject({ refused: 1 });
      expect(await read('jobs')).toMatchObject({ refused: 1, refusedByClock: 0 });
    });
  });

  describe('of the clock of a sender', () => {
    it.each([
      ['agrees', 0],
      ['is ahead', -4 * MINUTE],
      ['is behind', 4 * MINUTE],
    ])('that signs a time and %s', async (_title, late) => {
      await signed({ now: NOW - late });

      expect(await read('ci')).toMatchObject({ clockSkewMs: late, refused: 0 });
    });

    it('takes the least of the last ten, since the way only adds', async () => {
      for (const late of [3, 1, 2]) await deliverEvent(NOW - late * MINUTE);
      const few = await read('events');
      for (let count = 0; count < 10; count += 1) await deliverEvent(NOW - 2 * MINUTE);

      expect(few.clockSkewMs).toBe(MINUTE);
      expect(await read('events')).toMatchObject({ clockSkewMs: 2 * MINUTE });
    });

    it('forgets it after a day', async () => {
      await signed({ now: NOW });
      clock.advance(25 * HOUR);

      expect(await read('ci')).toMatchObject({ clockSkewMs: null });
    });

    it.each([
      ['10 s ahead, which is let pass', 10, 202, { clockSkewMs: -10_000, refusedByClock: 0 }],
      ['7 min ahead', 420, 401, { clockSkewMs: -7 * MINUTE, refusedByClock: 1 }],
      ['9 min old, as a long job leaves it', -540, 202, { clockSkewMs: 0, refusedByClock: 0 }],
    ])('that has tokens: %s', async (_title, seconds, status, expected) => {
      const iat = NOW / 1_000 + seconds;
      const claims = { aud: AUDIENCE, repository_id: '1001', iat, exp: iat + 3_600 };

      const answer = await deliverToken(await issuer.token({ claims }));

      expect(answer.status).toBe(status);
      expect(await read('jobs')).toMatchObject(expected);
    });
  });

  describe('of a sender that a sweep stands in for', () => {
    it('says when a release was found that nobody had announced', async () => {
      registry.pushImage('gallery/ui', '1.0.0');
      await service.client.release({ tag: '1.0.0' }, { now: NOW });
      await reconcile();
      const before = await read('ci');
      registry.pushImage('gallery/ui', '1.1.0');
      clock.advance(HOUR);
      await reconcile();

      expect(before.lastFoundBySweepAt).toBeNull();
      expect((await service.client.tags()).get('1')).toMatchObject({ release: '1.1.0' });
      const found = { lastFoundBySweepAt: '2026-07-03T11:00:00.000Z' };
      expect(await read('ci')).toMatchObject(found);
      expect(await read('events')).toMatchObject(found);
      expect(await read('jobs')).toMatchObject({ lastFoundBySweepAt: null });
    });

    it('does not count the first look at a repository', async () => {
      registry.pushImage('gallery/ui', '1.0.0');
      await reconcile();

      expect((await service.client.tags()).get('1')).toMatchObject({ release: '1.0.0' });
      expect(await read('ci')).toMatchObject({ lastFoundBySweepAt: null });
    });
  });
});

const NOTHING = {
  ...{ lastDeliveryAt: null, deliveries24h: 0, dead24h: 0, rejected24h: 0, pending: 0 },
  ...{ refused: 0, refusedByClock: 0, lastRefusedAt: null },
  ...{ clockSkewMs: null, lastFoundBySweepAt: null },
};
const JSON_TYPE = { 'content-type': 'application/json' };

async function read(id: string): Promise<SourceAnswer> {
  const answer = await service.client.get('sources');
  const found = SourcesAnswer.parse(answer.json).items.find((item) => item.id === id);
  if (found === undefined) throw new Error(`the source ${id} is not listed`);
  return found;
}

async function reconcile(): Promise<void> {
  const answer = await service.client.post('repositories/local~gallery~ui/reconciliations');
  expect(answer.status).toBe(202);
  await service.client.until(
    () => service.client.send('GET', '/api/v1/repositories/local~gallery~ui'),
    ({ json }) => JSON.stringify(json).includes(new Date(clock.now()).toISOString()),
  );
}

function signed(options: { readonly now?: number; readonly secret?: string }): Promise<HttpAnswer> {
  const { now = NOW, secret = WEBHOOK_SECRET } = options;
  const body = releaseBody({ tag: '1.0.0' }, NOW);
  return service.client.send('POST', '/webhooks/ci', signedHeaders(body, { now, secret }), body);
}

function deliverToken(token: string): Promise<HttpAnswer> {
  const body = releaseBody({ repository: 'other/app', tag: '1.0.0' }, NOW);
  return service.client.send('POST', '/webhooks/jobs', { ...JSON_TYPE, ...bearer(token) }, body);
}

function deliverEvents(...events: readonly unknown[]): Promise<HttpAnswer> {
  return service.client.send('POST', '/webhooks/events', eventHeaders(), envelope(...events));
}

function deliverEvent(at: number): Promise<HttpAnswer> {
  return deliverEvents({ ...push('1.0.0'), timestamp: new Date(at).toISOString() });
}

/** All that a sender sees, but for what is different in each answer. */
function shown({ status, json, headers }: HttpAnswer): string {
  const body = z.looseObject({}).parse(json);
  return JSON.stringify([status, { ...body, requestId: '' }, headers.get('www-authenticate')]);
}
