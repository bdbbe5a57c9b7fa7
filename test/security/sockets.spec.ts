import { Problem, type ServiceClient } from '../support/service';
import { listDeliveries, NOWHERE } from '../deliveries/delivery-list';
import { ServiceProcess } from '../support/service-process';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import { type TestConfig, WEBHOOK_SECRET, writeTestConfig } from '../support/test-config';
import { sendRaw } from './raw-request';

const MIB = 1024 * 1024;
const HEAD = 'POST /webhooks/ci HTTP/1.1\r\nHost: tagward\r\nContent-Type: application/json\r\n';

/** Row 21 of the security checklist and what else breaks the rules of HTTP itself. */
describe('bytes that no client sends', () => {
  let config: TestConfig;
  let service: ServiceProcess;
  let client: ServiceClient;

  beforeAll(async () => {
    config = writeTestConfig({ registryUrl: NOWHERE });
    ({ service, client } = await ServiceProcess.start({ config }));
  });

  afterAll(async () => {
    await service.stop();
    config.remove();
  });

  it.each([
    ['a length of many gigabytes', `${HEAD}Content-Length: 99999999999\r\n\r\n{}`, 413],
    ['a length over the limit', `${HEAD}Content-Length: ${MIB + 1}\r\n\r\n{}`, 413],
    ['chunks without end', chunked(12, 100_000), 413],
    ['one chunk over the limit', chunked(1, MIB + 1), 413],
    ['a path beyond ASCII', 'POST /webhooks/\u00e9 HTTP/1.1\r\nHost: tagward\r\n\r\n', 400],
    ['a negative length', `${HEAD}Content-Length: -1\r\n\r\n{}`, 400],
    ['a length that is no number', `${HEAD}Content-Length: 2x\r\n\r\n{}`, 400],
    ['two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
    [
      'a length and chunks',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['an unknown transfer coding', `${HEAD}Transfer-Encoding: gzip\r\n\r\n{}`, 400],
    ['a broken chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['a folded header', `${HEAD}X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}`, 400],
    ['a NUL in a header', `${HEAD}X-A: \u0000\r\nContent-Length: 2\r\n\r\n{}`, 400],
    ['lines that end with LF only', 'POST /webhooks/ci HTTP/1.1\nHost: tagward\n\n', 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', 400],
    ['headers over the limit', `${HEAD}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('are refused: %s', async (_name, bytes, status) => {
    const answer = await sendRaw(client.url, bytes);

    expect(answer.status).toBe(status);
    expect(answer.closed).toBe(true);
    expect(Problem.parse(JSON.parse(answer.body))).toMatchObject({ status });
    expect(answer.head).toMatch(/\r\ncontent-type: application\/problem\+json(?:;|\r\n)/i);
    expect(answer.body).not.toMatch(/node|fastify|at .*\.js/i);
    expect(await listDeliveries(client)).toEqual([]);
  });

  it('do not smuggle a second request in behind the first', async () => {
    const smuggled = `${HEAD}Content-Length: 2\r\n\r\n{}`;
    const bytes = `${HEAD}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`;

    const { status, body } = await sendRaw(client.url, bytes);

    expect(status).toBe(401);
    expect(body.match(/"requestId"/g)).toHaveLength(1);
  });

  it('leave the service ready and its log in one object a line', async () => {
    const body = releaseBody({ tag: '1.0.0' });
    const signed = signedHeaders(body, { secret: WEBHOOK_SECRET });
    const headers = Object.entries({ ...signed, 'content-length': String(body.length) })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');

    const good = await sendRaw(
      client.url,
      `POST /webhooks/ci HTTP/1.1\r\nHost: tagward\r\n${headers}\r\n${body}`,
    );

    const ready = await client.send('GET', '/readyz');
    const lines = service.stdout.split('\n').filter((line) => !/^$|^Tagward is ready/.test(line));
    expect([good.status, ready.status]).toEqual([202, 200]);
    expect(lines.length).toBeGreaterThan(0);
    expect(() => lines.map((line): unknown => JSON.parse(line))).not.toThrow();
    expect(service.stderr).toBe('');
  });
});

function chunked(count: number, size: number): string {
  const chunk = `${size.toString(16)}\r\n${'a'.repeat(size)}\r\n`;
  return `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(count)}`;
}
