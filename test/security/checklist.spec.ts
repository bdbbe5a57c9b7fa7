import { createHash, createHmac, randomUUID } from 'node:crypto';
import { V2 } from '../deliveries/distribution-events';
import { editConfig, listDeliveries, NOWHERE } from '../deliveries/delivery-list';
import { bearer, Problem, type ServiceClient } from '../support/service';
import { ServiceProcess } from '../support/service-process';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import {
  ADMIN_TOKEN,
  EVENTS_TOKEN,
  OPERATE_TOKEN,
  READ_TOKEN,
  type TestConfig,
  WEBHOOK_SECRET,
  writeTestConfig,
} from '../support/test-config';
import { type RawAnswer, sendRaw } from './raw-request';

/** Bad input of one row of the security checklist, and what has to become of it. */
interface Row {
  /** Its number in README.md beside this file. */
  readonly row: number;
  readonly name: string;
  readonly bytes: () => string | Buffer;
  readonly status: number;
  readonly code?: string;
  /** Of the one delivery that is left in the inbox; nothing is unless this says so. */
  readonly left?: 'ignored';
}

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE = { 'content-type': 'application/json' };
const BODY = releaseBody({ tag: '2.1.106' });
const EVENTS = { 'content-type': V2, authorization: `Bearer ${EVENTS_TOKEN}` };
const DAY = { since: '2026-01-01T00:00:00Z', until: '2126-01-01T00:00:00Z' };

/** A request as it goes over the wire. */
function request(path: string, headers: Headers, body: string | Buffer = '', method = 'POST') {
  const bytes = Buffer.from(body);
  const all = { host: 'tagward', connection: 'close', ...headers };
  const lines = Object.entries({ ...all, 'content-length': String(bytes.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n`), bytes]);
}

/** A body that the generic source signs, with headers of its own. */
function signed(body: string | Buffer, headers: Headers = {}, path = '/webhooks/ci'): Buffer {
  return request(path, { ...signedHeaders(body, { secret: WEBHOOK_SECRET }), ...headers }, body);
}

function signedAt(shiftMs: number): Buffer {
  const now = Date.now() + shiftMs;
  return request('/webhooks/ci', signedHeaders(BODY, { secret: WEBHOOK_SECRET, now }), BODY);
}

function released(data: object): Buffer {
  return signed(JSON.stringify({ type: 'image.published', timestamp: new Date(), data }));
}

function event(target: object, host = '127.0.0.1:1'): Buffer {
  const digest = `sha256:${'a'.repeat(64)}`;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const whole = { mediaType, size: 2, digest, repository: 'gallery/ui', tag: '1.0.0', ...target };
  const fields = { id: randomUUID(), timestamp: new Date(), action: 'push' };
  const body = { events: [{ ...fields, target: whole, request: { host, addr: 'x' } }] };
  return request('/webhooks/events', EVENTS, JSON.stringify(body));
}

function api(method: string, path: string, token: string, body?: object): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  return request(`/api/v1/${path}`, { ...JSON_TYPE, ...bearer(token) }, text, method);
}

function refused(
  row: number,
  name: string,
  bytes: Row['bytes'],
  status: number,
  code: string,
): Row {
  return { row, name, bytes, status, code };
}

const unproven = (row: number, name: string, headers: Headers, path = '/webhooks/ci'): Row =>
  refused(
    row,
    name,
    () => request(path, { ...JSON_TYPE, ...headers }, BODY),
    ...([401, 'authentication-failed'] as const),
  );

const unusable = (row: number, name: string, body: string | Buffer): Row =>
  refused(row, name, () => signed(body), 422, 'body-invalid');

const withSignature = (signature: string): Headers => ({
  ...signedHeaders(BODY, { secret: WEBHOOK_SECRET }),
  'webhook-signature': signature,
});

const sha1 = `sha1=${createHmac('sha1', WEBHOOK_SECRET).update(BODY).digest('hex')}`;

const INSIDE = ['169.254.169.254', 'localhost', '10.0.0.1', '[::ffff:127.0.0.1]', '0x7f.1'];
const NAMES = ['../etc', 'a%2eb', 'a//b', 'Gallery/ui', `g/${'a'.repeat(300)}`, 'a\u0000b', 'a\nb'];
const TAGS = ['-rf', 'a'.repeat(129), 'a b', 'é', 'v1.2.3\n', '../x', ''];
const DIGESTS = ['sha256:abc', `md5:${'a'.repeat(32)}`, `sha256:${'A'.repeat(64)}`, 'x'];

const ROWS: readonly Row[] = [
  unproven(1, 'no signature', {}),
  unproven(1, 'no token', {}, '/webhooks/events'),
  unproven(2, 'a wrong signature of the right length', withSignature(`v1,${'A'.repeat(43)}=`)),
  ...['v1,QUJD', 'v1,%%%', 'v1,', '', `v1,${'A'.repeat(10_000)}`, 'v9,AAAA'].map((text) =>
    unproven(3, `the signature ${text.slice(0, 20)}`, withSignature(text)),
  ),
  unproven(
    4,
    'only SHA-1',
    { 'x-hub-signature': sha1, 'x-github-event': 'ping', 'x-github-delivery': randomUUID() },
    '/webhooks/forge',
  ),
  ...[-301_000, 301_000].map((shift) =>
    refused(6, `a time ${shift} ms off`, () => signedAt(shift), 401, 'authentication-failed'),
  ),
  refused(
    8,
    'an unknown source',
    () => signed(BODY, {}, '/webhooks/nobody'),
    404,
    'source-unknown',
  ),
  unproven(9, 'the secret of another source', signedHeaders(BODY, { secret: EVENTS_TOKEN })),
  unproven(9, 'the token of another source', bearer(WEBHOOK_SECRET), '/webhooks/events'),
  refused(
    10,
    'a repository outside of allow',
    () => released({ registry: 'local', repository: 'vault/keys', tag: '1.0.0' }),
    403,
    'repository-not-allowed',
  ),
  ...INSIDE.map((host) => ({
    ...{ row: 11, name: `the host ${host}`, bytes: () => event({}, host), status: 202 },
    left: 'ignored' as const,
  })),
  ...INSIDE.map((registry) =>
    refused(
      11,
      `the registry ${registry}`,
      () => released({ registry, repository: 'gallery/ui', tag: '1.0.0' }),
      422,
      'registry-unknown',
    ),
  ),
  ...NAMES.map((repository) =>
    unusable(
      14,
      `the repository ${JSON.stringify(repository).slice(0, 20)}`,
      releaseBody({ repository, tag: '1.0.0' }),
    ),
  ),
  ...TAGS.map((tag) =>
    unusable(15, `the tag ${JSON.stringify(tag).slice(0, 20)}`, releaseBody({ tag })),
  ),
  ...DIGESTS.map((digest) =>
    unusable(16, `the digest ${digest.slice(0, 20)}`, releaseBody({ tag: '1.0.0', digest })),
  ),
  unusable(17, 'a key __proto__', `{"__proto__":{"type":"image.published"},${BODY.slice(1)}`),
  unusable(17, 'constructor.prototype', `{"constructor":{"prototype":{}},${BODY.slice(1)}`),
  unusable(18, 'JSON that is 20,000 deep', '['.repeat(20_000) + ']'.repeat(20_000)),
  unusable(19, 'bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  unusable(
    19,
    'a number beyond all',
    BODY.replace('{', '{"a":1e999,').replace('"2.1.106"', '1e999'),
  ),
  ...['[]', '"text"', '1', 'null', '', '{', 'true'].map((body) =>
    unusable(20, `the body ${body}`, body),
  ),
  refused(
    22,
    'XML',
    () => signed(BODY, { 'content-type': 'application/xml' }),
    415,
    'media-type-unsupported',
  ),
  refused(
    22,
    'text of another sender than SNS',
    () => signed(BODY, { 'content-type': 'text/plain' }),
    415,
    'media-type-unsupported',
  ),
  refused(
    23,
    'a form',
    () => signed(`payload=${BODY}`, { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    'media-type-unsupported',
  ),
  refused(
    23,
    'a compressed body',
    () => signed(BODY, { 'content-encoding': 'gzip' }),
    415,
    'encoding-unsupported',
  ),
  ...[`v1.0.0\u001b[31m`, '%s%n', 'x'.repeat(200_000)].map((tag) =>
    unusable(25, `the tag ${JSON.stringify(tag).slice(0, 20)} in a log`, releaseBody({ tag })),
  ),
  ...(
    [
      ['POST', 'deliveries/1/replays', {}],
      ['POST', 'deliveries/replays', { ...DAY, dryRun: false }],
      ['POST', 'repositories/local~gallery~ui/tags/1/rollbacks', { to: '1.0.0', reason: 'x' }],
      ['POST', 'repositories/local~gallery~ui/retention-plans', {}],
      ['PUT', 'repositories/local~gallery~ui/tags/1/hold', { reason: 'x' }],
      ['GET', 'audit', undefined],
    ] as const
  ).map(([method, path, body]) =>
    refused(
      31,
      `${method} ${path} by a reader`,
      () => api(method, path, READ_TOKEN, body),
      403,
      'scope-missing',
    ),
  ),
  refused(
    31,
    'an execution by an operator',
    () => api('POST', 'retention-plans/1/executions', OPERATE_TOKEN, {}),
    403,
    'scope-missing',
  ),
  refused(
    32,
    'an id that nobody has',
    () => api('GET', 'deliveries/999999', READ_TOKEN),
    404,
    'delivery-unknown',
  ),
  ...['status', 'attempts', 'source_id', 'id'].map((field) =>
    refused(
      33,
      `the extra field ${field}`,
      () =>
        api('POST', 'releases', OPERATE_TOKEN, {
          repository: 'local/gallery/ui',
          tag: '1.0.0',
          [field]: 1,
        }),
      422,
      'body-invalid',
    ),
  ),
  ...['limit=abc', 'sort=;drop', 'filter[a][b]=', 'offset=100000', 'limit=1&limit=2'].map((query) =>
    refused(
      34,
      `?${query}`,
      () => api('GET', `deliveries?${query}`, READ_TOKEN),
      400,
      'query-invalid',
    ),
  ),
  {
    row: 34,
    name: '?limit=1e9',
    bytes: () => api('GET', 'deliveries?limit=1e9', READ_TOKEN),
    status: 200,
  },
  unproven(36, 'headers of a proxy that checks certificates', {
    ...{ 'x-ssl-client-verify': 'SUCCESS', 'x-ssl-client-s-dn': 'CN=ci', 'x-forwarded-user': 'ci' },
  }),
  ...['GET', 'PUT', 'OPTIONS', 'DELETE', 'PATCH'].map((method) =>
    refused(37, method, () => request('/webhooks/ci', {}, '', method), 405, 'method-not-allowed'),
  ),
  ...['/api/v0/deliveries', '/admin', '/.env', '/api/v1/users', '/debug', '/actuator/health'].map(
    (path) => refused(38, path, () => request(path, {}, '', 'GET'), 404, 'route-unknown'),
  ),
];

const SECRETS = [WEBHOOK_SECRET, EVENTS_TOKEN, READ_TOKEN, OPERATE_TOKEN, ADMIN_TOKEN];

/** Over a socket to a real process: what it answers, what it keeps and what it logs. */
describe('the security checklist', () => {
  let config: TestConfig;
  let service: ServiceProcess;
  let client: ServiceClient;

  beforeAll(async () => {
    config = writeTestConfig({ registryUrl: NOWHERE });
    editConfig(config, {
      'sources:':
        'limits: { refusedPerAddress: 0 }\nsources:\n  forge: { kind: github, secretFile: ./secrets/WEBHOOK_SECRET, registry: local, allow: [local/**] }',
    });
    ({ service, client } = await ServiceProcess.start({
      config,
      env: { TAGWARD_LOG_LEVEL: 'debug' },
    }));
  });

  afterAll(async () => {
    await service.stop();
    config.remove();
  });

  it.each(ROWS)('row $row: $name', async ({ bytes, status, code, left }) => {
    const before = await listDeliveries(client);

    const answer = await sendRaw(client.url, bytes());

    expect(answer.status).toBe(status);
    expect(codeOf(answer)).toBe(code);
    expect(answer.body).not.toMatch(/\.(?:js|ts):\d|node_modules|fastify|sqlite/i);
    const more = (await listDeliveries(client)).slice(0, -before.length || undefined);
    expect(more.map((delivery) => delivery.status)).toEqual(left === undefined ? [] : [left]);
  });

  it('row 7: a signed request that comes again is a duplicate', async () => {
    const bytes = signed(BODY);

    const answers = [await sendRaw(client.url, bytes), await sendRaw(client.url, bytes)];

    expect(answers.map(({ status }) => status)).toEqual([202, 200]);
    expect(await listDeliveries(client, '&status=pending')).toHaveLength(1);
  });

  it('row 8: an unknown source is told what a wrong signature is told', async () => {
    const [unknown, wrong] = [
      await sendRaw(client.url, request('/webhooks/nobody', JSON_TYPE, BODY)),
      await sendRaw(client.url, request('/webhooks/ci', JSON_TYPE, BODY)),
    ];

    expect(wordsOf(unknown)).toEqual(wordsOf(wrong));
  });

  it('rows 25 and 26: the log is one object a line, cut short, without a secret or a stack', () => {
    const lines = service.stdout.split('\n').filter((line) => !/^$|^Tagward is ready/.test(line));
    const text = lines.join('\n') + service.stderr;

    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(lines.map(() => 'object'));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(4_096);
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(text).not.toContain(createHash('sha256').update(READ_TOKEN).digest('hex'));
    expect(text).not.toMatch(/"stack"|\n\s+at /);
  });

  it('row 26: no answer and no metric holds a secret', async () => {
    const paths = ['/metrics', '/openapi.json', '/api/v1/deliveries', '/api/v1/registries'];
    const answers = await Promise.all(
      [...paths, '/api/v1/sources', '/api/v1/audit', '/readyz'].map((path) =>
        sendRaw(client.url, request(path, bearer(ADMIN_TOKEN), '', 'GET')),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const { body } of answers) {
      for (const secret of SECRETS) expect(body).not.toContain(secret);
    }
  });

  it('after all that it is ready', async () => {
    expect((await client.send('GET', '/readyz')).status).toBe(200);
  });
});

function codeOf({ body }: RawAnswer): string | undefined {
  return Problem.partial().parse(JSON.parse(body)).code;
}

function wordsOf({ body }: RawAnswer): object {
  const {
    status: _s,
    title: _t,
    code: _c,
    requestId: _r,
    ...rest
  } = Problem.parse(JSON.parse(body));
  return rest;
}
