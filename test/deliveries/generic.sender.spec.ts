import { GenericSender } from '../../src/deliveries/sources/generic.sender';
import { type HttpAnswer, Problem, type RunningService, startService } from '../support/service';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import { READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { editedConfig, listDeliveries, NOWHERE, receiptOf } from './delivery-list';

const MIB = 1024 * 1024;
const DIGEST = `sha256:${'a'.repeat(64)}`;

let service: RunningService;

beforeAll(async () => {
  const config = editedConfig({ 'match: local/**': 'match: local/gallery/ui' });
  service = await startService({ registryUrl: NOWHERE, config });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe(GenericSender, () => {
  it('stores a release before it answers', async () => {
    const runUrl = 'https://ci.example.com/runs/17';

    const answer = await service.client.webhook({ tag: '2.1.106', digest: DIGEST, runUrl });

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt).toEqual({
      id: receipt.id,
      status: 'accepted',
      repository: 'local/gallery/ui',
      tag: '2.1.106',
    });
    expect(await service.client.delivery(receipt.id)).toMatchObject({
      id: receipt.id,
      source: 'ci',
      repository: 'local/gallery/ui',
      tag: '2.1.106',
      digest: DIGEST,
      runUrl,
      status: 'pending',
      duplicates: 0,
      replayOf: null,
    });
  });

  it.each<[string, string | Buffer]>([
    ['no JSON', '{'],
    ['text after the JSON', `${releaseBody({ tag: '1.0.0' })}}`],
    ['a key __proto__', `{"__proto__":{"x":1},${releaseBody({ tag: '1.0.0' }).slice(1)}`],
    [
      'constructor.prototype',
      `{"constructor":{"prototype":{}},${releaseBody({ tag: '1.0.0' }).slice(1)}`,
    ],
    ['an array nested 20,000 deep', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['a field nested 20,000 deep', withExtra('['.repeat(20_000) + ']'.repeat(20_000))],
    ['objects nested 20,000 deep', withExtra('{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000))],
    ['a field nested 65 deep', withExtra('['.repeat(65) + ']'.repeat(65))],
    ['an array', `[${releaseBody({ tag: '1.0.0' })}]`],
    ['a string', '"image.published"'],
    ['a number', '17'],
    ['null', 'null'],
    ['nothing', ''],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    ],
    ['UTF-16', Buffer.from(releaseBody({ tag: '1.0.0' }), 'utf16le')],
    ['no type', '{}'],
    ['a type that is no text', '{"type":1}'],
    ['a type of 101 characters', JSON.stringify({ type: 't'.repeat(101) })],
    ['no data', '{"type":"image.published","timestamp":"2026-07-03T10:00:00Z"}'],
    ['no timestamp', JSON.stringify({ ...release(), timestamp: undefined })],
    [
      'a timestamp without an offset',
      JSON.stringify({ ...release(), timestamp: '2026-07-03T10:00:00' }),
    ],
    [
      'a timestamp that is no date',
      JSON.stringify({ ...release(), timestamp: '2026-02-30T10:00:00Z' }),
    ],
    ['no tag', withData({ tag: undefined })],
    ['no repository', withData({ repository: undefined })],
    ['a tag that is a number', withData({ tag: 2.1 })],
    ['a tag that is a list', withData({ tag: ['2.1.106'] })],
    ['a digest of another algorithm', withData({ digest: `sha512:${'a'.repeat(128)}` })],
    ['a short digest', withData({ digest: `sha256:${'a'.repeat(63)}` })],
    ['a digest in upper case', withData({ digest: `sha256:${'A'.repeat(64)}` })],
    [
      'prerelease 1e999',
      releaseBody({ tag: '1.0.0' }).replace('"tag"', '"prerelease":1e999,"tag"'),
    ],
    ['a runUrl that is no http address', withData({ runUrl: 'javascript:alert(1)' })],
    ['a runUrl of 2,100 characters', withData({ runUrl: `https://ci/${'x'.repeat(2_100)}` })],
  ])('refuses a body with %s', async (_title, body) => {
    const before = await listDeliveries(service.client);

    const answer = await deliver(body);

    expect(answer.status).toBe(422);
    expect(Problem.parse(answer.json)).toMatchObject({ status: 422, code: 'body-invalid' });
    expect(await listDeliveries(service.client)).toHaveLength(before.length);
  });

  it.each([
    ['a blank', 'a b'],
    ['129 characters', 't'.repeat(129)],
    ['no characters', ''],
    ['a letter beyond ASCII', 'é'],
    ['a leading dash', '-rf'],
    ['a leading dot', '.hidden'],
    ['a line end', 'v1.2.3\n'],
    ['a NUL', 'v1\0'],
    ['a slash', 'a/b'],
    ['an empty build number', '1.2.3+'],
  ])('refuses a tag with %s', async (_title, tag) => {
    const answer = await service.client.webhook({ tag });

    const problem = Problem.parse(answer.json);
    expect(problem).toMatchObject({ status: 422, code: 'body-invalid' });
    expect(problem.detail).toContain('data.tag');
  });

  it.each([
    ['dots', '..'],
    ['dots between slashes', 'gallery/../ui'],
    ['encoded dots', 'gallery/%2e%2e/ui'],
    ['two slashes', 'gallery//ui'],
    ['a leading slash', '/gallery/ui'],
    ['a trailing slash', 'gallery/ui/'],
    ['upper case', 'Gallery/ui'],
    ['300 characters', `gallery/${'u'.repeat(292)}`],
    ['a NUL', 'gallery/ui\0'],
    ['a line end', 'gallery/ui\n'],
    ['no characters', ''],
    ['a tag', 'gallery/ui:2.1'],
    ['a slug', 'gallery~ui'],
  ])('refuses a repository with %s', async (_title, repository) => {
    const answer = await service.client.webhook({ repository, tag: '2.1.106' });

    const problem = Problem.parse(answer.json);
    expect(problem).toMatchObject({ status: 422, code: 'body-invalid' });
    expect(problem.detail).toContain('data.repository');
  });

  it.each(['other', '', '__proto__', 'constructor', '169.254.169.254', '127.0.0.1:1', 'localhost'])(
    'refuses the registry "%s", which is not configured',
    async (registry) => {
      const answer = await service.client.webhook({ registry, tag: '2.1.106' });

      expect(Problem.parse(answer.json)).toMatchObject({ status: 422, code: 'registry-unknown' });
    },
  );

  it.each(['other/ui', 'gallery', 'gallery/ui/deep', 'galleryx/ui'])(
    'refuses the repository %s, which the source may not announce',
    async (repository) => {
      const answer = await service.client.webhook({ repository, tag: '2.1.106' });

      expect(answer.status).toBe(403);
      expect(Problem.parse(answer.json)).toMatchObject({ code: 'repository-not-allowed' });
      expect(await listDeliveries(service.client, `&repository=local/${repository}`)).toEqual([]);
    },
  );

  it('ignores a repository that no entry matches', async () => {
    const answer = await service.client.webhook({ repository: 'gallery/other', tag: '1.0.0' });

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt).toMatchObject({ status: 'ignored', repository: 'local/gallery/other' });
    expect(receipt.reason).toContain('"repositories"');
    expect(await service.client.delivery(receipt.id)).toMatchObject({
      status: 'ignored',
      attempts: 0,
      error: { code: 'repository-unknown', text: receipt.reason },
    });
  });

  it.each(['image.deleted', 'ping', ' image.published', '\ud800'])(
    'ignores the type %j',
    async (type) => {
      const answer = await deliver(JSON.stringify({ type }));

      expect(answer.status).toBe(202);
      expect(receiptOf(answer)).toMatchObject({
        status: 'ignored',
        repository: null,
        tag: null,
        reason: expect.stringContaining('image.published') as string,
      });
    },
  );

  it.each<[string, string | Buffer]>([
    ['a byte order mark', Buffer.from(`\ufeff${releaseBody({ tag: '3.0.0' })}`)],
    ['blanks around it', `\r\n ${releaseBody({ tag: '3.0.0' })}\n`],
    ['fields that nobody knows', withData({ tag: '3.0.0', commit: 'abc', status: 'done', id: 1 })],
    ['a field twice', releaseBody({ tag: '3.0.0' }).replace('"tag"', '"tag":"1.0.0","tag"')],
    [
      'a time with an offset',
      JSON.stringify({ ...release(), timestamp: '2026-07-03T12:00:00.5+02:00' }),
    ],
    ['a lone surrogate in runUrl', withData({ tag: '3.0.0', runUrl: 'https://ci/\ud800' })],
    ['a field nested 60 deep', withExtra('['.repeat(60) + ']'.repeat(60))],
  ])('takes a body with %s', async (_title, body) => {
    const answer = await deliver(body);

    expect(answer.status).toBe(202);
    expect(receiptOf(answer)).toMatchObject({ status: 'accepted', tag: '3.0.0' });
  });

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/cloudevents+json'])(
    'takes the media type %s',
    async (type) => {
      const answer = await deliver(releaseBody({ tag: '3.0.0' }), { 'content-type': type });

      expect(answer.status).toBe(202);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'text/json',
    'application/jsonp',
    'multipart/form-data; boundary=x',
  ])('refuses the media type %s before it authenticates', async (type) => {
    const answer = await service.client.send(
      'POST',
      '/webhooks/ci',
      { 'content-type': type },
      releaseBody({ tag: '3.0.0' }),
    );

    expect(answer.status).toBe(415);
    expect(Problem.parse(answer.json)).toMatchObject({ code: 'media-type-unsupported' });
  });

  it('refuses a body without a media type', async () => {
    const body = Buffer.from(releaseBody({ tag: '3.0.0' }));
    const { 'content-type': _, ...headers } = signedHeaders(body, { secret: WEBHOOK_SECRET });

    const answer = await service.client.send('POST', '/webhooks/ci', headers, body);

    expect(answer.status).toBe(415);
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, identity'])(
    'refuses the encoding %s',
    async (encoding) => {
      const answer = await deliver(releaseBody({ tag: '3.0.0' }), { 'content-encoding': encoding });

      expect(answer.status).toBe(415);
      expect(Problem.parse(answer.json)).toMatchObject({ code: 'encoding-unsupported' });
    },
  );

  it('takes the encoding identity', async () => {
    const answer = await deliver(releaseBody({ tag: '3.0.0' }), { 'content-encoding': 'identity' });

    expect(answer.status).toBe(202);
  });

  it.each([
    ['takes a body of 1 MiB', MIB, 202],
    ['refuses a body of a byte more', MIB + 1, 413],
  ])('%s', async (_title, size, status) => {
    const body = releaseBody({ tag: '3.0.0' }).padEnd(size);

    const answer = await deliver(body);

    expect(answer.status).toBe(status);
  });

  it('refuses a long body of an unknown source by its size', async () => {
    const headers = { 'content-type': 'application/json' };

    const answer = await service.client.send(
      'POST',
      '/webhooks/nobody',
      headers,
      'x'.repeat(2 * MIB),
    );

    expect(Problem.parse(answer.json)).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s on a hook', async (method) => {
    for (const source of ['ci', 'events', 'nobody']) {
      const answer = await service.client.send(method, `/webhooks/${source}`);

      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
      expect(Problem.parse(answer.json)).toMatchObject({ code: 'method-not-allowed' });
    }
  });

  it('refuses HEAD on a hook', async () => {
    const answer = await fetch(`${service.client.url}/webhooks/ci`, { method: 'HEAD' });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('does not take an API token for a signature', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${READ_TOKEN}` };

    const answer = await service.client.send(
      'POST',
      '/webhooks/ci',
      headers,
      releaseBody({ tag: '3.0.0' }),
    );

    expect(answer.status).toBe(401);
  });

  it('answers a repeated id with the delivery that it has', async () => {
    const first = await service.client.webhook({ tag: '4.0.0' }, { id: 'twice' });
    const second = await service.client.webhook({ tag: '4.0.0' }, { id: 'twice' });

    expect([first.status, second.status]).toEqual([202, 200]);
    const { id } = receiptOf(first);
    expect(receiptOf(second)).toEqual({
      id,
      status: 'duplicate',
      repository: 'local/gallery/ui',
      tag: '4.0.0',
    });
    expect(await service.client.delivery(id)).toMatchObject({ duplicates: 1 });
  });

  it('takes the same release under another id as another delivery', async () => {
    const first = await service.client.webhook({ tag: '4.1.0' });
    const second = await service.client.webhook({ tag: '4.1.0' });

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(receiptOf(first).id).not.toBe(receiptOf(second).id);
  });

  it('stores one row of 100 equal deliveries at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        service.client.webhook({ tag: '5.0.0' }, { id: 'hundred' }),
      ),
    );

    const receipts = answers.map(receiptOf);
    const [id] = receipts.map((receipt) => receipt.id);
    expect(new Set(receipts.map((receipt) => receipt.id)).size).toBe(1);
    expect(receipts.filter(({ status }) => status === 'accepted')).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    expect(await service.client.delivery(id ?? 0)).toMatchObject({ duplicates: 99 });
  });

  it('stores each of 300 deliveries at once', async () => {
    const tags = Array.from({ length: 300 }, (_, patch) => `6.0.${patch}`);

    const answers = await Promise.all(tags.map((tag) => service.client.webhook({ tag })));

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(300);
    const rows = await listDeliveries(service.client, '&source=ci');
    const stored = new Map(rows.map(({ id, tag }) => [id, tag]));
    expect(answers.map((answer) => stored.get(receiptOf(answer).id))).toEqual(tags);
  });
});

function deliver(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const signed = signedHeaders(body, { secret: WEBHOOK_SECRET });
  return service.client.send('POST', '/webhooks/ci', { ...signed, ...headers }, body);
}

function release(): object {
  const data = { registry: 'local', repository: 'gallery/ui', tag: '3.0.0' };
  return { type: 'image.published', timestamp: '2026-07-03T10:00:00Z', data };
}

function withData(data: object): string {
  const all = { registry: 'local', repository: 'gallery/ui', tag: '3.0.0', ...data };
  return JSON.stringify({ ...release(), data: all });
}

/** A good body with one more field, as JSON text. */
function withExtra(json: string): string {
  return JSON.stringify(release()).replace(/}$/, `,"extra":${json}}`);
}
