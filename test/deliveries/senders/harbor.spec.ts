import { HarborSender } from '../../../src/deliveries/sources/harbor.sender';
import { digestOf } from '../distribution-events';
import {
  harborCloudEvent,
  harborEvent,
  type HarborEvent,
  resource,
  untaggedResource,
} from '../payloads/harbor';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, type SentRequest, SenderStage } from './sender-stage';

const OLD = 'the-token-that-harbor-sent-first';
const NEW = 'the-token-that-harbor-sends-now';
const OTHER = 'the-token-of-another-installation';

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      harbor:
        'kind: harbor, tokenFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/team/**]',
      other: 'kind: harbor, tokenFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown, headers: Readonly<Record<string, string>> = {}): SentRequest {
  return { path: 'harbor', headers: { authorization: NEW, ...headers }, body };
}

/** The resource of a tag whose digest is its own. */
function tagged(tag: string): Record<string, unknown> {
  return resource({ tag, digest: digestOf(tag) });
}

type Format = (event?: HarborEvent) => Record<string, unknown>;

describe(HarborSender, () => {
  it.each<[string, Format, string]>([
    ['its own format', harborEvent, 'application/json'],
    ['CloudEvents', (event) => harborCloudEvent('first', event), 'application/cloudevents+json'],
  ])('takes a push in %s', async (_title, make, type) => {
    const request = from(make(), { 'content-type': type });

    const { status, receipt, stored } = await stage.deliver(request);

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      source: 'harbor',
      repository: 'local/team/api',
      tag: '2.4.1',
      digest: digestOf('2.4.1'),
      status: 'pending',
    });
  });

  it.each<[string, Format]>([
    ['its own format', (event) => harborEvent({ ...event, type: 'DELETE_ARTIFACT' })],
    [
      'CloudEvents',
      (event) => harborCloudEvent('deletion', { ...event, type: 'harbor.artifact.deleted' }),
    ],
  ])('takes a deletion in %s, which is of every tag and no digest', async (_title, make) => {
    const delivered = await stage.deliverAll(
      from(make({ resources: [tagged('1.0.0'), tagged('1.0')] })),
    );

    expect(delivered.map(({ receipt }) => [receipt.status, receipt.tag])).toEqual([
      ['accepted', '1.0.0'],
      ['accepted', '1.0'],
    ]);
    expect(delivered.map(({ stored }) => stored.digest)).toEqual([null, null]);
  });

  it('takes the good resources of an event and says what is wrong with the others', async () => {
    const resources = [tagged('3.0.0'), untaggedResource(), 17, tagged('-rf'), tagged('3.0.1')];

    const body = harborEvent({ resources, occurredAt: 1_763_800_007 });

    const delivered = await stage.deliverAll(from(body));

    expect(delivered.map(({ receipt }) => [receipt.status, receipt.tag])).toEqual([
      ['accepted', '3.0.0'],
      ['ignored', null],
      ['rejected', null],
      ['rejected', null],
      ['accepted', '3.0.1'],
    ]);
  });

  it('has the whole repository looked at for an event of 51 resources', async () => {
    const resources = Array.from({ length: 51 }, (_, patch) => tagged(`4.0.${patch}`));

    const { receipt } = await stage.deliver(from(harborEvent({ resources })));

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/team/api', tag: null });
  });

  it.each<[string, Format, Format]>([
    [
      'its own format by what it says and when',
      (event) => harborEvent({ ...event, occurredAt: 1_763_900_000 }),
      (event) => harborEvent({ ...event, occurredAt: 1_763_900_001 }),
    ],
    [
      'a CloudEvent by its id',
      (event) => harborCloudEvent('same', event),
      (event) => harborCloudEvent('another', event),
    ],
    [
      'a CloudEvent by its id and source',
      (event) => harborCloudEvent('same', { ...event, source: '/projects/3/webhook/policies/1' }),
      (event) => harborCloudEvent('same', { ...event, source: '/projects/3/webhook/policies/2' }),
    ],
    [
      'a CloudEvent without a usable id by what it says and when',
      (event) => harborCloudEvent('no id\n', event),
      (event) => harborCloudEvent('i'.repeat(201), { ...event, repository: 'team/web' }),
    ],
  ])('knows %s', async (_title, make, makeAnother) => {
    const event = { resources: [tagged('5.0.0'), tagged('5.0.1')] };
    const first = await stage.deliverAll(from(make(event)));

    const again = await stage.deliverAll(from(make(event)));
    const another = await stage.deliverAll(from(makeAnother(event)));

    expect(first.map(({ status }) => status)).toEqual([202, 202]);
    expect(again.map(({ status, receipt }) => [status, receipt.status])).toEqual([
      [200, 'duplicate'],
      [200, 'duplicate'],
    ]);
    expect(again.map(({ receipt }) => receipt.id)).toEqual(first.map(({ receipt }) => receipt.id));
    expect(another.map(({ receipt }) => receipt.status)).toEqual(['accepted', 'accepted']);
  });

  it.each<[string, string, unknown]>([
    ...[
      ...['PULL_ARTIFACT', 'SCANNING_COMPLETED', 'SCANNING_FAILED', 'QUOTA_EXCEED'],
      ...['QUOTA_WARNING', 'REPLICATION', 'TAG_RETENTION', 'harbor.artifact.pulled'],
      ...['__proto__', 'constructor'],
    ].map((type): [string, string, unknown] => [
      type,
      'type-unknown',
      { ...harborEvent({ type }), event_data: { replication: {} } },
    ]),
    ['an untagged push', 'untagged', harborEvent({ resources: [untaggedResource()] })],
    ['an empty tag', 'untagged', harborEvent({ resources: [resource({ tag: '' })] })],
    ['no tag', 'untagged', harborEvent({ resources: [{ digest: digestOf('x') }] })],
    [
      'a digest for a tag',
      'untagged',
      harborEvent({ resources: [{ tag: digestOf('y'), resource_url: 'harbor.test/team/api' }] }),
    ],
    [
      'another registry',
      'other-registry',
      harborEvent({ resources: [resource({ host: 'harbor.test' })] }),
    ],
    [
      'a registry inside',
      'other-registry',
      harborEvent({ resources: [resource({ host: '[::ffff:127.0.0.1]:1' })] }),
    ],
    ['a repository of others', 'repository-not-allowed', harborEvent({ repository: 'x/api' })],
  ])('ignores %s as %s', async (_title, code, body) => {
    const { status, receipt, stored } = await stage.deliver(from(body));

    expect([status, receipt.status]).toEqual([202, 'ignored']);
    expect(stored).toMatchObject({ status: 'ignored', error: { code, text: receipt.reason } });
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['a type that is a list', harborEvent({ type: ['PUSH_ARTIFACT'] })],
    ['no event_data', { ...harborEvent(), event_data: undefined }],
    ['no time', { ...harborEvent(), occur_at: undefined }],
    ['a time that is a text', harborEvent({ occurredAt: 'now' })],
    ['no resources', harborEvent({ resources: [] })],
    ['resources that are an object', harborEvent({ resources: {} })],
    ['a tag that is a number', harborEvent({ resources: [resource({ tag: 2.4 })] })],
    ['a short digest', harborEvent({ resources: [resource({ digest: 'sha256:aa' })] })],
    ['a digest of SHA-1', harborEvent({ resources: [resource({ digest: 'sha1:aa' })] })],
    ['a repository that is null', harborEvent({ repository: null })],
    ['a CloudEvent without data', { ...harborCloudEvent('no-data'), data: undefined }],
    ['a CloudEvent whose id is a number', harborCloudEvent(17)],
    ['an event of neither format', { ...harborEvent(), specversion: '1.0' }],
    ...ILLEGAL_PATHS.map(
      (path) => [`the repository ${path}`, harborEvent({ repository: path })] as const,
    ),
    ...ILLEGAL_TAGS.map(
      (tag) => [`the tag ${tag}`, harborEvent({ resources: [tagged(tag)] })] as const,
    ),
  ])('rejects %j', async (_title, body) => {
    const { status, receipt, stored } = await stage.deliver(from(body));

    expect([status, receipt.status]).toEqual([202, 'rejected']);
    expect(stored).toMatchObject({
      status: 'ignored',
      repository: null,
      tag: null,
      error: { code: 'event-invalid', text: receipt.reason },
    });
  });

  it.each([
    ['the old token', OLD],
    ['the new token', NEW],
    ['the token behind Bearer', `Bearer ${NEW}`],
    ['the token as a password', `Basic ${Buffer.from(`harbor:${NEW}`).toString('base64')}`],
  ])('takes %s', async (title, authorization) => {
    const body = harborCloudEvent(title.replaceAll(' ', '-'));

    expect((await stage.deliver(from(body, { authorization }))).receipt.status).toBe('accepted');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['no token', {}],
    ['an empty token', { authorization: '' }],
    ['Bearer and nothing', { authorization: 'Bearer ' }],
    ['another token', { authorization: 'another-token-of-some-length-1234' }],
    ['the beginning of the token', { authorization: NEW.slice(0, -1) }],
    ['more than the token', { authorization: `${NEW}x` }],
    ['a token of 10 kB', { authorization: 't'.repeat(10_000) }],
    ['Basic that is not base64', { authorization: `Basic ${'*'.repeat(40)}` }],
    ['the token of another source', { authorization: OTHER }],
    ['the token in another header', { 'x-auth-token': NEW }],
  ])('refuses %s like an unknown source', async (_title, headers) => {
    const request = { path: 'harbor', headers, body: harborEvent() };

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it('refuses the token in the path', async () => {
    expect(await stage.refusalOf({ path: `harbor/${NEW}`, body: harborEvent() })).toEqual(REFUSED);
  });

  it.each<[string, unknown]>([
    ['push', harborEvent({ resources: [resource(), untaggedResource()] })],
    ['deletion', harborEvent({ type: 'DELETE_ARTIFACT' })],
    ['CloudEvent', harborCloudEvent('1')],
  ])('reads every change of a real %s', (_title, payload) => {
    const sender = new HarborSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, {}, payload);
    }).not.toThrow();
  });
});
