import { DistributionSender } from '../../src/deliveries/sources/distribution.sender';
import { type HttpAnswer, Problem, type RunningService, startService } from '../support/service';
import { ADMIN_TOKEN, EVENTS_TOKEN } from '../support/test-config';
import { editedConfig, listDeliveries, NOWHERE, receiptOf, receiptsOf } from './delivery-list';
import {
  blobPull,
  blobPush,
  digestOf,
  type DistributionEvent,
  envelope,
  eventHeaders,
  manifestDelete,
  mount,
  pull,
  push,
  pushOfDigest,
  tagDelete,
  V1,
  V2,
} from './distribution-events';

let service: RunningService;

beforeAll(async () => {
  const config = editedConfig({
    'registry: local, allow: [local/**]': 'registry: local, allow: [local/gallery/**]',
    'match: local/**': 'match: local/gallery/*',
  });
  service = await startService({ registryUrl: NOWHERE, config });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe(DistributionSender, () => {
  it.each([V1, V2, 'application/json'])('takes a push of a tag as %s', async (type) => {
    const answer = await deliver(envelope(push('2.4.1')), eventHeaders(type));

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt).toEqual({
      id: receipt.id,
      status: 'accepted',
      repository: 'local/gallery/ui',
      tag: '2.4.1',
    });
    expect(await service.client.delivery(receipt.id)).toMatchObject({
      source: 'events',
      digest: digestOf('2.4.1'),
      status: 'pending',
      outcome: null,
    });
  });

  it('answers an envelope of three events in its order', async () => {
    const first = push('2.4.2', { id: 'three-1' });
    await deliver(envelope(first));

    const answer = await deliver(
      envelope(push('2.4.3', { id: 'three-2' }), first, pushOfDigest('child')),
    );

    expect(answer.status).toBe(202);
    expect(receiptsOf(answer).map(({ status, tag }) => [status, tag])).toEqual([
      ['accepted', '2.4.3'],
      ['duplicate', '2.4.2'],
      ['ignored', null],
    ]);
  });

  it.each<[string, DistributionEvent]>([
    ['a pull of a tag', pull('2.4.1')],
    ['a pull of a blob', blobPull('layer')],
    ['a push of a blob', blobPush('layer')],
    ['a mount of a blob', mount('layer')],
  ])('stores nothing for %s', async (_title, event) => {
    const before = await listDeliveries(service.client);

    const answer = await deliver(envelope(event));

    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ deliveries: [] });
    expect(await listDeliveries(service.client)).toHaveLength(before.length);
  });

  it('leaves out noise between the events that count', async () => {
    const answer = await deliver(
      envelope(blobPush('a'), push('2.5.0'), pull('2.5.0'), mount('b'), tagDelete('2.5-old')),
    );

    expect(receiptsOf(answer).map(({ status, tag }) => [status, tag])).toEqual([
      ['accepted', '2.5.0'],
      ['accepted', '2.5-old'],
    ]);
  });

  it.each<[string, DistributionEvent]>([
    ['a push by digest', pushOfDigest('platform image')],
    ['a delete of a manifest', manifestDelete('platform image')],
  ])('ignores %s', async (_title, event) => {
    const answer = await deliver(envelope(event));

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt).toMatchObject({ status: 'ignored', tag: null });
    expect(await service.client.delivery(receipt.id)).toMatchObject({
      status: 'ignored',
      error: { code: 'untagged', text: receipt.reason },
    });
  });

  it('takes the delete of a tag', async () => {
    const answer = await deliver(envelope(tagDelete('2.4.1')));

    const receipt = receiptOf(answer);
    expect(receipt).toMatchObject({ status: 'accepted', tag: '2.4.1' });
    expect(await service.client.delivery(receipt.id)).toMatchObject({ digest: null });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['no token', { 'content-type': V1 }],
    ['another token', eventHeaders(V1, 'another-token-for-registry-events')],
    ['the beginning of the token', eventHeaders(V1, EVENTS_TOKEN.slice(0, -1))],
    ['more than the token', eventHeaders(V1, `${EVENTS_TOKEN}x`)],
    ['a token of 10 kB', eventHeaders(V1, 't'.repeat(10_000))],
    ['an API token', eventHeaders(V1, ADMIN_TOKEN)],
    ['an empty token', { 'content-type': V1, authorization: 'Bearer ' }],
    ['the token without its scheme', { 'content-type': V1, authorization: EVENTS_TOKEN }],
    [
      'the token as a password',
      {
        'content-type': V1,
        authorization: `Basic ${Buffer.from(`:${EVENTS_TOKEN}`).toString('base64')}`,
      },
    ],
  ])('refuses %s like an unknown source', async (_title, headers) => {
    const before = await listDeliveries(service.client);

    const refused = await deliver(envelope(push('9.0.0')), headers);
    const unknown = await deliver(envelope(push('9.0.0')), headers, 'nobody');

    expect([refused.status, unknown.status]).toEqual([401, 404]);
    const [left, right] = [Problem.parse(refused.json), Problem.parse(unknown.json)];
    expect(left.detail).toBe(right.detail);
    expect(Object.keys(left)).toEqual(Object.keys(right));
    expect(await listDeliveries(service.client)).toHaveLength(before.length);
  });

  it.each([
    'reg.test:5000',
    '127.0.0.1:5000',
    '127.0.0.1',
    '169.254.169.254',
    '10.0.0.7:1',
    '[::ffff:127.0.0.1]:1',
    'user@127.0.0.1:2',
    'no host at all',
    '',
  ])('ignores an event of the host "%s"', async (host) => {
    const answer = await deliver(envelope(push('2.4.1', { host })));

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt.status).toBe('ignored');
    expect((await service.client.delivery(receipt.id)).error).toMatchObject({
      code: 'other-registry',
    });
  });

  it.each(['localhost:1', '[::1]:1', '127.0.0.1:1'])(
    'takes %s for the registry of this machine',
    async (host) => {
      const answer = await deliver(envelope(push('2.4.1', { host })));

      expect(receiptOf(answer).status).toBe('accepted');
    },
  );

  it('takes an event that names no host', async () => {
    const { target, ...rest } = push('2.4.1');
    const event = { ...rest, target: { ...target, url: undefined }, request: undefined };

    expect(receiptOf(await deliver(envelope(event))).status).toBe('accepted');
  });

  it.each(['other/ui', 'galleryx/ui', 'other/gallery/ui'])(
    'ignores the repository %s, which it may not announce',
    async (repository) => {
      const answer = await deliver(envelope(push('2.4.1', { repository })));

      const receipt = receiptOf(answer);
      expect(answer.status).toBe(202);
      expect(receipt).toMatchObject({ status: 'ignored', repository: `local/${repository}` });
      expect(await service.client.delivery(receipt.id)).toMatchObject({
        status: 'ignored',
        error: { code: 'repository-not-allowed' },
      });
    },
  );

  it('ignores a repository that no entry matches', async () => {
    const answer = await deliver(envelope(push('2.4.1', { repository: 'gallery/deep/ui' })));

    const receipt = receiptOf(answer);
    expect(receipt.status).toBe('ignored');
    expect((await service.client.delivery(receipt.id)).error).toMatchObject({
      code: 'repository-unknown',
    });
  });

  it.each<[string, unknown]>([
    ['no object', 17],
    ['null', null],
    ['no id', { ...push('1.0.0'), id: undefined }],
    ['an empty id', { ...push('1.0.0'), id: '' }],
    ['an id of 201 characters', push('1.0.0', { id: 'i'.repeat(201) })],
    ['no target', { ...push('1.0.0'), target: undefined }],
    ['no repository', { ...push('1.0.0'), target: { tag: '1.0.0' } }],
    ['a tag that is no tag', push('-rf')],
    ['an empty tag', push('')],
    ['a tag of 129 characters', push('t'.repeat(129))],
    ['a repository with dots', push('1.0.0', { repository: '../../etc' })],
    ['a repository in upper case', push('1.0.0', { repository: 'Gallery/UI' })],
    ['a repository of 300 characters', push('1.0.0', { repository: 'r'.repeat(300) })],
    ['a repository with a NUL', push('1.0.0', { repository: 'gallery/ui\0' })],
  ])('rejects an event with %s and takes the others', async (_title, event) => {
    const answer = await deliver(envelope(push('3.0.0'), event, push('3.0.1')));

    const receipts = receiptsOf(answer);
    expect(answer.status).toBe(202);
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'rejected', 'accepted']);
    const { id = 0, reason } = receipts[1] ?? {};
    expect(await service.client.delivery(id)).toMatchObject({
      status: 'ignored',
      repository: null,
      tag: null,
      error: { code: 'event-invalid', text: reason },
    });
  });

  it.each<[string, string | Buffer]>([
    ['no JSON', 'events'],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['no events', '{}'],
    ['events that are no list', '{"events":{}}'],
    ['a list at the top', '[]'],
    ['null', 'null\n'],
    ['a key __proto__', '{"__proto__":{},"events":[]}'],
    ['20,000 levels', '{"events":' + '['.repeat(20_000) + ']'.repeat(20_000) + '}'],
    ['nothing', ''],
  ])('rejects a body with %s and keeps it', async (_title, body) => {
    const answer = await deliver(body);

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt).toMatchObject({ status: 'rejected', repository: null, tag: null });
    expect(await service.client.delivery(receipt.id)).toMatchObject({
      status: 'ignored',
      error: { code: 'event-invalid' },
    });
  });

  it('knows an unusable body again', async () => {
    const first = await deliver('twice the same');
    const second = await deliver('twice the same');

    expect([first.status, second.status]).toEqual([202, 200]);
    expect(receiptOf(second)).toMatchObject({ id: receiptOf(first).id, status: 'duplicate' });
  });

  it('answers 200 when all events are duplicates, and 202 when one is not', async () => {
    const events = [push('4.0.0'), push('4.0.1')];
    const first = await deliver(envelope(...events));

    const again = await deliver(envelope(...events));
    const partly = await deliver(envelope(...events, push('4.0.2')));

    expect([first.status, again.status, partly.status]).toEqual([202, 200, 202]);
    expect(receiptsOf(again).map(({ status }) => status)).toEqual(['duplicate', 'duplicate']);
    expect(receiptsOf(again).map(({ id }) => id)).toEqual(receiptsOf(first).map(({ id }) => id));
    expect(receiptsOf(partly).map(({ status }) => status)).toEqual([
      'duplicate',
      'duplicate',
      'accepted',
    ]);
  });

  it('stores an event once that an envelope holds twice', async () => {
    const event = push('4.1.0');

    const answer = await deliver(envelope(event, event, event));

    const receipts = receiptsOf(answer);
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'duplicate']);
    expect(new Set(receipts.map(({ id }) => id)).size).toBe(1);
    expect(await service.client.delivery(receipts[0]?.id ?? 0)).toMatchObject({ duplicates: 2 });
  });

  it('answers an empty envelope', async () => {
    const answer = await deliver(envelope());

    expect([answer.status, answer.json]).toEqual([202, { deliveries: [] }]);
  });

  it('stores 250 rows of 5,000 events of which 95 % are noise', async () => {
    const envelopes = Array.from({ length: 25 }, (_, index) => busyEnvelope(index));
    const before = await listDeliveries(service.client);

    const answers = await Promise.all(envelopes.map((body) => deliver(body)));

    const receipts = answers.flatMap(receiptsOf);
    expect(answers.map(({ status }) => status)).toEqual(envelopes.map(() => 202));
    expect(receipts.map(({ tag }) => tag)).toEqual(
      envelopes.flatMap((_, index) => busyTags(index)),
    );
    expect(receipts.filter(({ status }) => status !== 'accepted')).toEqual([]);
    expect(await listDeliveries(service.client)).toHaveLength(before.length + 250);
  });
});

/** 200 events, as a registry under load sends them: each 20th is the push of a tag. */
function busyEnvelope(index: number): string {
  const tags = busyTags(index);
  return envelope(
    ...Array.from({ length: 200 }, (_, place) => {
      const tag = tags[Math.floor(place / 20)] ?? '';
      if (place % 20 === 0) return push(tag);
      return [pull, blobPull, blobPush, mount].at(place % 4)?.(tag);
    }),
  );
}

function busyTags(index: number): readonly string[] {
  return Array.from({ length: 10 }, (_, patch) => `10.${index}.${patch}`);
}

function deliver(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = eventHeaders(),
  source = 'events',
): Promise<HttpAnswer> {
  return service.client.send('POST', `/webhooks/${source}`, headers, body);
}
