import { z } from 'zod';
import { Receipts } from '../../src/deliveries/delivery.schema';
import { createLogger } from '../../src/runtime/logger';
import { FakeRegistry } from '../support/fake-registry';
import { Problem, type ServiceClient } from '../support/service';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import { ServiceProcess } from '../support/service-process';
import {
  ADMIN_TOKEN,
  EVENTS_TOKEN,
  type TestConfig,
  WEBHOOK_SECRET,
  writeTestConfig,
} from '../support/test-config';

const Line = z.looseObject({
  ...{ level: z.string(), time: z.iso.datetime(), msg: z.string() },
  deliveries: z.array(z.looseObject({ id: z.int() })).optional(),
  deliveryIds: z.array(z.int()).optional(),
});
type Line = z.infer<typeof Line>;

describe(createLogger, () => {
  let registry: FakeRegistry;
  let config: TestConfig;
  let service: ServiceProcess;
  let client: ServiceClient;

  beforeAll(async () => {
    registry = await FakeRegistry.start();
    config = writeTestConfig({ registryUrl: registry.url });
    ({ service, client } = await ServiceProcess.start({
      config,
      env: { TAGWARD_LOG_LEVEL: 'debug' },
    }));
  });

  afterAll(async () => {
    await service.stop();
    config.remove();
    await registry.stop();
  });

  it('names the request and its deliveries', async () => {
    registry.pushImage('gallery/ui', '1.0.0');
    const { id } = await client.release({ tag: '1.0.0' });

    const took = await find('took in', (line) => tookIn(line, id));
    const moved = await find('moved a tag', ({ deliveryIds }) => deliveryIds?.includes(id));

    expect(took).toMatchObject({ level: 'debug', source: 'ci', deliveries: [{ id }] });
    expect(took['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(moved).toMatchObject({ repository: 'local/gallery/ui', deliveryIds: [id] });
  });

  it('tells a refused request in one line by the template of its path, without a stack', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` };
    const path = '/webhooks/ci/a-secret-in-the-path?token=a-secret-in-the-query';

    await client.send('POST', path, headers, '{}');

    const line = await find('refused a request');
    expect(line).toMatchObject({ status: 401, route: '/webhooks/:source/:secret' });
    expect(line).not.toHaveProperty('stack');
    expect(service.stdout).not.toContain('a-secret-in-the');
  });

  it('tells why a sender was refused, when asked to, and the sender nothing of it', async () => {
    const body = releaseBody({ tag: '1.0.0' });
    const late = signedHeaders(body, { now: Date.now() - 3_600_000, secret: WEBHOOK_SECRET });

    const answer = await client.send('POST', '/webhooks/ci', late, body);
    await client.send('POST', '/webhooks/an-id-of-nobody', late, body);

    const lines = await client.until(
      () => Promise.resolve(linesOf(service).filter(({ msg }) => msg === 'refused a sender')),
      (seen) => seen.at(-1)?.['cause'] === 'source-unknown',
    );
    const [known, unknown] = lines.slice(-2);
    const { requestId } = Problem.parse(answer.json);
    expect(known).toMatchObject({ level: 'debug', source: 'ci', cause: 'clock', requestId });
    expect(JSON.stringify(answer.json)).not.toContain('clock');
    expect(unknown).toMatchObject({ cause: 'source-unknown' });
    expect(service.stdout).not.toContain('an-id-of-nobody');
  });

  it('writes one JSON object a line, whatever a caller puts into it', async () => {
    const type = `two\nlines \u001b[31m${'x'.repeat(900)}`;
    const events = [{ id: '1', action: 'push', target: { repository: type, tag: '1.0.0' } }];
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${EVENTS_TOKEN}` };

    await client.send('POST', '/webhooks/events', headers, JSON.stringify({ events }));

    expect(linesOf(service).length).toBeGreaterThan(0);
    expect(service.stdout).not.toContain('\u001b');
    expect(service.stdout).not.toContain('x'.repeat(600));
  });

  it.each([
    ['the escape of 8 bits', '\u009b2J'],
    ['DEL', '\u007f'],
    ['the end of a line in Unicode', '\u2028'],
    ['a text from right to left', '\u202e'],
  ])('escapes %s, which JSON does not', async (_name, text) => {
    const body = JSON.stringify({ type: `image.${text}` });

    const { json } = await client.send(
      'POST',
      '/webhooks/ci',
      signedHeaders(body, { secret: WEBHOOK_SECRET }),
      body,
    );

    const [{ id, reason } = {}] = Receipts.parse(json).deliveries;
    const line = await find('took in', (seen) => tookIn(seen, id));
    expect(line.deliveries).toEqual([expect.objectContaining({ id, reason })]);
    expect(reason).toContain(text);
    expect(service.stdout).not.toContain(text);
  });

  it('holds no secret after all that', () => {
    for (const secret of [WEBHOOK_SECRET, EVENTS_TOKEN, ADMIN_TOKEN]) {
      expect(service.stdout).not.toContain(secret);
    }
  });

  it('refuses a level that there is none of', async () => {
    const other = writeTestConfig({ registryUrl: registry.url });
    const loud = ServiceProcess.launch({ config: other, env: { TAGWARD_LOG_LEVEL: 'loud' } });

    await expect(loud.ready()).rejects.toThrow('TAGWARD_LOG_LEVEL');

    expect((await loud.stop()).status).toBe(2);
    other.remove();
  });

  /** The first line that fits. A line may be written after the answer that it is about. */
  async function find(
    msg: string,
    fits: (line: Line) => boolean | undefined = () => true,
  ): Promise<Line> {
    const lines = await client.until(
      () => Promise.resolve(linesOf(service).filter((line) => line.msg === msg && fits(line))),
      ({ length }) => length > 0,
    );
    return Line.parse(lines[0]);
  }

  function tookIn({ deliveries = [] }: Line, id: number | undefined): boolean {
    return deliveries.some((delivery) => delivery.id === id);
  }

  /** Every whole line but the one that says where it listens. */
  function linesOf({ stdout }: ServiceProcess): readonly Line[] {
    return stdout
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== '' && !line.startsWith('Tagward is ready'))
      .map((line) => Line.parse(JSON.parse(line)));
  }
});
