import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { HealthController } from '../../src/http/health.controller';
import { SimulatedClock } from '../../src/runtime/clock';
import { Readiness } from '../../src/runtime/readiness';
import { listDeliveries } from '../deliveries/delivery-list';
import { FakeRegistry } from '../support/fake-registry';
import { type HttpAnswer, Problem, type RunningService, startService } from '../support/service';

const OK = { database: 'ok', migrations: 'ok', local: 'ok' };
const Answer = z.object({
  status: z.union([z.string(), z.number()]),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      registry: z.string().optional(),
      status: z.string(),
      text: z.string(),
    }),
  ),
});

const clock = new SimulatedClock(Date.now());
let registry: FakeRegistry;
let service: RunningService;

beforeEach(async () => {
  registry = await FakeRegistry.start();
  service = await startService({ registryUrl: registry.url, clock });
});

afterEach(async () => {
  await service.stop();
  service.config.remove();
  await registry.stop();
});

describe(HealthController, () => {
  it('answers while all is well', async () => {
    const live = await service.client.send('GET', '/livez');
    const ready = await look();

    expect([live.status, live.json]).toEqual([200, { status: 'ok' }]);
    expect(live.headers.get('content-type')).toMatch(/^application\/json/);
    expect(ready.headers.get('content-type')).toMatch(/^application\/json/);
    expect(shown(ready)).toEqual([200, 'ok', OK]);
  });

  it('is alive and not ready while it stops', async () => {
    service.app.get(Readiness).beginStop();

    const ready = await look();
    const alive = await service.client.send('GET', '/livez');

    expect(ready.status).toBe(503);
    expect(ready.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(ready.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(Problem.parse(ready.json)).toMatchObject({ code: 'stopping', status: 503 });
    expect(alive.status).toBe(200);
  });

  describe('with a registry', () => {
    it('that is down is ready and degraded, names it, and is well again when it is back', async () => {
      await registry.goDown({ kind: 'refuse' });
      const down = await look();
      await registry.comeBack();
      const atOnce = await look();
      clock.advance(30_000);
      const back = await look();

      expect(shown(down)).toEqual([200, 'degraded', { ...OK, local: 'degraded' }]);
      expect(shown(atOnce)).toEqual(shown(down));
      expect(shown(back)).toEqual([200, 'ok', OK]);
    });

    it('is asked at most every 30 s, and only when somebody looks', async () => {
      await Promise.all([look(), look(), look()]);
      clock.advance(29_999);
      await look();
      const early = registry.requests.length;
      clock.advance(1);
      const none = registry.requests.length;
      await look();

      expect([early, none, registry.requests.length]).toEqual([1, 1, 2]);
    });

    it('that never answers keeps nobody waiting, and shows at the next look', async () => {
      await registry.goDown({ kind: 'silent' });
      const first = await look();
      const later = await service.client.until(look, (answer) => shown(answer)[1] !== 'ok');

      expect(shown(first)).toEqual([200, 'ok', { ...OK, local: 'unknown' }]);
      expect(shown(later)).toEqual([200, 'degraded', { ...OK, local: 'degraded' }]);
    });

    it('that answers with trouble is degraded', async () => {
      await registry.goDown({ kind: 'error' });

      expect(shown(await look())).toEqual([200, 'degraded', { ...OK, local: 'degraded' }]);
    });

    it('that asks for an account is well', async () => {
      await service.stop();
      const guarded = await FakeRegistry.start({
        auth: { kind: 'basic', username: 'ci', password: 'a-password' },
      });
      service = await startService({ registryUrl: guarded.url, clock });

      expect(shown(await look())).toEqual([200, 'ok', OK]);
      expect(guarded.requests.map(({ status }) => status)).toEqual([401]);
      await guarded.stop();
    });

    it('tells nobody where that is', async () => {
      await registry.goDown({ kind: 'refuse' });

      const text = JSON.stringify((await look()).json);

      expect(text).not.toContain('127.0.0.1');
      expect(text).not.toContain(new URL(registry.url).port);
      expect(text).not.toContain(service.config.folder);
    });
  });

  describe('with a database', () => {
    it('that is full takes no webhook, is not ready, and is again when there is room', async () => {
      expect((await look()).status).toBe(200);
      const giveBack = await takeRoom();
      const refused = await sendUntilRefused();
      const full = await look();
      const stillFull = await look();
      const before = await listDeliveries(service.client);
      await giveBack();
      const again = await service.client.webhook(
        { tag: '9.0.0' },
        { id: 'last', now: clock.now() },
      );
      const free = await service.client.until(look, ({ status }) => status === 200);

      expect(refused.status).toBe(503);
      expect(Problem.parse(refused.json)).toMatchObject({ code: 'store-unavailable' });
      expect(full.status).toBe(503);
      expect(Problem.parse(full.json)).toMatchObject({ code: 'store-unavailable' });
      expect(Answer.parse(full.json).checks).toContainEqual({
        ...{ name: 'database', status: 'failed', text: 'the database does not take writes' },
      });
      expect(stillFull.status).toBe(503);
      expect(again.status).toBe(202);
      expect(await listDeliveries(service.client)).toHaveLength(before.length + 1);
      expect(shown(free)).toEqual([200, 'ok', OK]);
    });

    it('leaves nothing behind of what it tried', async () => {
      const giveBack = await takeRoom();
      await sendUntilRefused();
      await giveBack();
      await service.client.until(look, ({ status }) => status === 200);

      const rows: unknown = await writer().query('select job from job_runs');
      expect(JSON.stringify(rows).length).toBeLessThan(1_000);
    });

    it('that is of another version is not ready', async () => {
      await writer().query(`update migrations set name = 'Another1' where name like 'Ledger%'`);

      const answer = await look();

      expect(answer.status).toBe(503);
      expect(statusesOf(answer)).toEqual({ ...OK, migrations: 'failed' });
      expect(Problem.parse(answer.json).detail).toContain('start it again');
    });
  });
});

function look(): Promise<HttpAnswer> {
  return service.client.send('GET', '/readyz');
}

function shown(answer: HttpAnswer): readonly [number, string | number, object] {
  return [answer.status, Answer.parse(answer.json).status, statusesOf(answer)];
}

/** Statuses by the name of the check, or by the id of the registry. */
function statusesOf({ json }: HttpAnswer): Readonly<Record<string, string>> {
  const { checks } = Answer.parse(json);
  return Object.fromEntries(checks.map((check) => [check.registry ?? check.name, check.status]));
}

function writer(): DataSource {
  return service.app.get<DataSource>(getDataSourceToken());
}

/** Lets the file grow no more, as a full disk does. Gives what makes room again. */
async function takeRoom(): Promise<() => Promise<void>> {
  const rows: unknown = await writer().query('pragma page_count');
  const [row] = z.array(z.object({ page_count: z.number() })).parse(rows);
  await writer().query(`pragma max_page_count = ${row?.page_count ?? 1}`);
  return async () => {
    await writer().query('pragma max_page_count = 1073741823');
  };
}

/** What is left of the last pages takes some. */
async function sendUntilRefused(): Promise<HttpAnswer> {
  for (let count = 0; ; count += 1) {
    const options = { id: `fill-${count}`, now: clock.now() };
    const answer = await service.client.webhook({ tag: `1.0.${count}` }, options);
    if (answer.status !== 202) return answer;
  }
}
