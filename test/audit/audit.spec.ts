import { z } from 'zod';
import { AuditRecordAnswer } from '../../src/audit/audit.schema';
import { AuditTrail } from '../../src/audit/audit-trail';
import { pageOf } from '../../src/http/answers.schema';
import { SimulatedClock } from '../../src/runtime/clock';
import { editConfig, NOWHERE } from '../deliveries/delivery-list';
import { bearer, type RunningService, startService } from '../support/service';
import {
  ADMIN_TOKEN,
  EVENTS_TOKEN,
  OPERATE_TOKEN,
  READ_TOKEN,
  WEBHOOK_SECRET,
  writeTestConfig,
} from '../support/test-config';

const UI = 'local~gallery~ui';
const DAY = 86_400_000;
const reason = 'because';

describe('the audit', () => {
  const clock = new SimulatedClock(Date.parse('2026-07-03T10:00:00Z'));
  let service: RunningService;

  beforeEach(async () => {
    const config = writeTestConfig({ registryUrl: NOWHERE, anonymous: 'none' });
    editConfig(config, {
      'sources:':
        'audit: { keep: 30d }\nsources:\n  hook: { kind: quay, registry: local, urlSecretFile: ./secrets/EVENTS_TOKEN, allow: [local/**] }',
      'scopes: [read] }': 'scopes: [read, operate], repositories: [local/gallery/*] }',
    });
    service = await startService({ registryUrl: NOWHERE, config, clock });
  });

  afterEach(async () => {
    await service.stop();
    service.config.remove();
  });

  const records = async (query = '', token = ADMIN_TOKEN): Promise<AuditRecordAnswer[]> => {
    const answer = await service.client.get(`audit?kind=${query}`, token);
    return pageOf(AuditRecordAnswer).parse(answer.json).items;
  };

  it('has every privileged call with who, what, from where and how it ended', async () => {
    const { client } = service;
    const ops = bearer(OPERATE_TOKEN);
    await client.put(`repositories/${UI}/pins/1.0.0`, { reason }, ops);
    await client.put(`repositories/${UI}/tags/2.1/hold`, {}, ops);
    await client.post('releases', { repository: 'local/gallery/ui', tag: '1.0.0' }, ops);
    await client.get('deliveries', OPERATE_TOKEN);

    const found = await records('privileged&actor=token:ops');

    const ofOps = { kind: 'privileged', actor: 'token:ops', address: '127.0.0.1', count: 1 };
    expect(found).toMatchObject([
      { ...ofOps, method: 'POST', route: '/api/v1/releases', status: 202, code: null },
      { ...ofOps, method: 'PUT', target: '2.1', status: 422, code: 'body-invalid' },
      {
        ...{ ...ofOps, method: 'PUT', route: '/api/v1/repositories/:slug/pins/:target' },
        ...{ repository: 'local/gallery/ui', target: '1.0.0', status: 200, code: null },
      },
    ]);
    expect(found[0]).toMatchObject({ repository: 'local/gallery/ui' });
    expect(found).toHaveLength(3);
    expect(found.every(({ requestId }) => requestId !== null)).toBe(true);
  });

  it('has looks at itself', async () => {
    await records('privileged');

    expect(await records('privileged')).toMatchObject([{ route: '/api/v1/audit', status: 200 }]);
  });

  it('counts refused calls by what they have in common', async () => {
    const { client } = service;
    for (let n = 0; n < 3; n += 1) {
      await client.send('POST', '/webhooks/ci', { 'content-type': 'application/json' }, '{}');
      clock.advance(1_000);
    }
    await client.get('moves');
    await client.post('plans', {}, bearer(READ_TOKEN.slice(1)));
    await client.put('in-use/a', {}, bearer(READ_TOKEN));
    await client.delete(`repositories/${UI}/pins/1.0.0`, WEBHOOK_SECRET);

    const found = await records('refused');

    const counted = found.map(({ method, route, target, actor, status, code, count }) => [
      ...[method, route, target, actor, status, code, count],
    ]);
    const pins = '/api/v1/repositories/:slug/pins/:target';
    expect(counted.reverse()).toEqual([
      ['POST', '/webhooks/:source', 'ci', 'anonymous', 401, 'authentication-failed', 3],
      ['GET', '/api/v1/moves', null, 'anonymous', 401, 'token-missing', 1],
      ['POST', '/api/v1/plans', null, 'anonymous', 401, 'authentication-failed', 1],
      ['DELETE', pins, null, 'anonymous', 401, 'authentication-failed', 1],
    ]);
    const [first] = found.reverse();
    expect(Date.parse(first?.until ?? '') - Date.parse(first?.at ?? '')).toBe(2_000);
  });

  it('has what a limited token asked for and may not see', async () => {
    const { client } = service;
    await client.get('repositories/local~vault~keys', READ_TOKEN);
    await client.put('repositories/local~vault~keys/pins/1', { reason }, bearer(READ_TOKEN));

    expect(await records('refused')).toMatchObject([
      { actor: 'token:reader', status: 404, code: 'repository-unknown', repository: null },
    ]);
    expect(await records('privileged&actor=token:reader')).toMatchObject([
      { actor: 'token:reader', status: 404, code: 'repository-unknown' },
    ]);
  });

  it('holds no secret of a path, no name of an unknown source, and few kinds in a flood', async () => {
    const { client } = service;
    const json = { 'content-type': 'application/json' };
    await client.send('POST', `/webhooks/hook/${EVENTS_TOKEN}x`, json, '{}');
    await client.send('POST', '/webhooks/nobody-knows-this-one', json, '{}');
    let refused = 2;
    for (const route of ROUTES) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const { status } = await client.send(method, route);
        refused += status === 401 ? 1 : 0;
      }
    }

    const found = await records('refused&limit=200');

    expect(JSON.stringify(found)).not.toContain(EVENTS_TOKEN);
    expect(JSON.stringify(found)).not.toContain('nobody-knows-this-one');
    expect(refused).toBeGreaterThan(20);
    expect(found.length).toBeLessThanOrEqual(25);
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(refused);
    expect(found).toContainEqual(expect.objectContaining({ route: 'several', address: null }));
  });

  it('is for administrators', async () => {
    const [nobody, ops] = [
      await service.client.get('audit'),
      await service.client.get('audit', OPERATE_TOKEN),
    ];

    expect([nobody.status, ops.status]).toEqual([401, 403]);
  });

  it('is read page by page and by time', async () => {
    const { client } = service;
    for (let n = 0; n < 3; n += 1) {
      await client.put(`repositories/${UI}/pins/1.0.${n}`, { reason });
      clock.advance(DAY);
    }
    const Page = z.object({ items: z.array(AuditRecordAnswer), nextCursor: z.string() });

    const first = Page.parse((await client.get('audit?limit=2', ADMIN_TOKEN)).json);
    const rest = await records(`privileged&cursor=${first.nextCursor}`);
    const since = await records('privileged&actor=token:admin&since=2026-07-05T00:00:00Z');

    expect(first.items.map(({ target }) => target)).toEqual(['1.0.2', '1.0.1']);
    expect(rest.map(({ target }) => target)).toEqual(['1.0.0']);
    expect(since.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('is kept across a stop, refused calls too, for as long as the configuration says', async () => {
    const { client, config } = service;
    await client.get('moves');
    await client.put(`repositories/${UI}/pins/1.0.0`, { reason });
    await service.stop();
    service = await startService({ registryUrl: NOWHERE, config, clock });

    const kept = [...(await records('refused')), ...(await records('privileged'))];
    clock.advance(31 * DAY);
    await service.app.get(AuditTrail).drop();
    const left = await records('privileged');

    expect(kept.map(({ route }) => route)).toContain('/api/v1/moves');
    expect(kept.map(({ route }) => route)).toContain('/api/v1/repositories/:slug/pins/:target');
    expect(left.map(({ route }) => route)).toEqual([]);
  });
});

const ROUTES = [
  ...['moves', 'deliveries', 'repositories', 'registries', 'in-use', 'audit', 'plans'],
  ...['releases', 'imports', 'deliveries/1', 'retention-plans/1', 'retention-runs/1'],
  ...['tags', 'timeline', 'pins', 'holds', 'retention', 'retention/next', 'backtests'].map(
    (path) => `repositories/${UI}/${path}`,
  ),
].map((path) => `/api/v1/${path}`);
