import { ProblemFilter } from '../../src/http/problem.filter';
import { bearer, Problem, type RunningService, startService } from '../support/service';
import { ADMIN_TOKEN, READ_TOKEN } from '../support/test-config';
import { NOWHERE } from '../deliveries/delivery-list';

const JSON_TYPE = { 'content-type': 'application/json' };
const ADMIN = { ...JSON_TYPE, ...bearer(ADMIN_TOKEN) };

let service: RunningService;

beforeAll(async () => {
  service = await startService({ registryUrl: NOWHERE });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const REFUSALS: readonly Refusal[] = [
  { status: 400, code: 'query-invalid', path: '/api/v1/moves?limit=0' },
  { status: 400, code: 'query-invalid', path: '/api/v1/deliveries/abc' },
  { status: 401, code: 'authentication-failed', path: '/api/v1/moves', headers: bearer('x') },
  { status: 401, code: 'token-missing', method: 'POST', path: '/api/v1/plans' },
  {
    status: 403,
    code: 'scope-missing',
    method: 'POST',
    path: '/api/v1/plans',
    headers: bearer(READ_TOKEN),
  },
  { status: 400, code: 'path-invalid', path: '/api/v1/deliveries/%zz' },
  { status: 404, code: 'route-unknown', path: '/api/v1/nothing' },
  { status: 404, code: 'route-unknown', path: '/openapi-json' },
  { status: 404, code: 'route-unknown', path: '/' },
  { status: 404, code: 'route-unknown', path: '/api/v1/moves/' },
  { status: 404, code: 'delivery-unknown', path: '/api/v1/deliveries/17' },
  { status: 404, code: 'repository-unknown', path: '/api/v1/repositories/local~nobody' },
  { status: 404, code: 'repository-unknown', path: '/api/v1/repositories/..' + '%2F..~x' },
  {
    status: 404,
    code: 'source-unknown',
    method: 'POST',
    path: '/webhooks/nobody',
    headers: JSON_TYPE,
    body: '{}',
  },
  { status: 405, code: 'method-not-allowed', method: 'DELETE', path: '/api/v1/moves' },
  { status: 405, code: 'method-not-allowed', path: '/api/v1/plans' },
  { status: 405, code: 'method-not-allowed', path: '/api/v1/deliveries/replays' },
  { status: 405, code: 'method-not-allowed', method: 'POST', path: '/livez' },
  {
    status: 413,
    code: 'body-too-large',
    method: 'POST',
    path: '/api/v1/plans',
    headers: ADMIN,
    body: ' '.repeat(1_100_000),
  },
  {
    status: 415,
    code: 'media-type-unsupported',
    method: 'POST',
    path: '/api/v1/plans',
    headers: { ...ADMIN, 'content-type': 'text/plain' },
    body: '{}',
  },
  {
    status: 415,
    code: 'encoding-unsupported',
    method: 'POST',
    path: '/api/v1/plans',
    headers: { ...ADMIN, 'content-encoding': 'gzip' },
    body: '{}',
  },
  {
    status: 422,
    code: 'body-invalid',
    method: 'POST',
    path: '/api/v1/plans',
    headers: ADMIN,
    body: '{',
  },
  { status: 422, code: 'body-invalid', method: 'POST', path: '/api/v1/plans', headers: ADMIN },
  {
    status: 422,
    code: 'body-invalid',
    method: 'POST',
    path: '/api/v1/plans',
    headers: ADMIN,
    body: '[]',
  },
  {
    status: 422,
    code: 'body-invalid',
    method: 'POST',
    path: '/api/v1/plans',
    headers: ADMIN,
    body: '{"__proto__":{}}',
  },
  {
    status: 422,
    code: 'body-invalid',
    method: 'POST',
    path: '/api/v1/plans',
    headers: ADMIN,
    body: '['.repeat(20_000) + ']'.repeat(20_000),
  },
  {
    status: 422,
    code: 'body-invalid',
    method: 'POST',
    path: '/api/v1/plans',
    headers: ADMIN,
    body: '{"repository":"local/gallery/ui","unknown":1}',
  },
  {
    status: 422,
    code: 'body-invalid',
    method: 'POST',
    path: '/api/v1/releases',
    headers: ADMIN,
    body: '{"repository":"local/gallery/ui","tag":"1.0.0","status":"done"}',
  },
];

describe(ProblemFilter, () => {
  it.each(REFUSALS.map((refusal) => [titleOf(refusal), refusal] as const))(
    'answers with a problem: %s',
    async (_title, { status, code, method = 'GET', path, headers, body }) => {
      const answer = await service.client.send(method, path, headers, body);

      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const problem = Problem.strict().parse(answer.json);
      // Nothing but status, title and code tells an unknown source from a wrong signature.
      const type = code === 'source-unknown' ? 'authentication-failed' : code;
      expect(problem).toMatchObject({ status, code, type: `urn:tagward:problem:${type}` });
      expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
      expect(problem.detail).not.toMatch(/\bat .+:\d+:\d+|node_modules|Exception/);
    },
  );

  it.each([
    ['DELETE', '/api/v1/moves', 'GET, HEAD'],
    ['GET', '/api/v1/plans', 'POST'],
    ['PUT', '/api/v1/repositories/local~x/tags/2.1/history?limit=1', 'GET, HEAD'],
    ['OPTIONS', '/readyz', 'GET, HEAD'],
  ])('says to %s %s what is allowed: %s', async (method, path, allowed) => {
    const answer = await service.client.send(method, path);

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allowed);
  });
});

describe('the id of a request', () => {
  it.each(['7f3c', 'a.b:c_d-9', 'i'.repeat(128)])('is the one that was sent: %s', async (id) => {
    const answer = await service.client.send('GET', '/livez', { 'x-request-id': id });

    expect(answer.headers.get('x-request-id')).toBe(id);
  });

  it.each(['', 'a b', 'é', '<script>', 'i'.repeat(129)])('is ours instead of "%s"', async (id) => {
    const answer = await service.client.send('GET', '/livez', { 'x-request-id': id });

    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is another one each time', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => service.client.send('GET', '/livez')));

    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(3);
  });
});

function titleOf({ status, code, method = 'GET', path, body = '' }: Refusal): string {
  return `${status} ${code} to ${method} ${path} ${body.slice(0, 40).trim()}`.trim();
}
