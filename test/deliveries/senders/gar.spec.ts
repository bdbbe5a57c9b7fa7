import { GarSender } from '../../../src/deliveries/sources/gar.sender';
import type { Proof, SourceEvent } from '../../../src/deliveries/sources/source';
import { digestOf } from '../distribution-events';
import { garChange, pubSub } from '../payloads/gar';
import { badUrlSecrets } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { HOST, REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-part-of-the-url-that-was-first';
const NEW = 'the-part-of-the-url-that-is-now';
const OTHER = 'the-part-of-the-url-of-another-source';

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      gar: 'kind: gar, urlSecretFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/project/**]',
      other: 'kind: gar, urlSecretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown, headers: Readonly<Record<string, string>> = {}): SentRequest {
  return { path: `gar/${NEW}`, headers, body };
}

/** What is read of a body that was proved in a way. */
function read(form: Proof['form'], payload: unknown): readonly SourceEvent[] {
  const sender = new GarSender(contextOf('https://europe-docker.pkg.dev'));
  const body = Buffer.from(JSON.stringify(payload));
  return sender.readEvents({ headers: {}, body, urlSecret: undefined }, { form });
}

describe(GarSender, () => {
  it.each<[string, unknown]>([
    ['with its wrapper', pubSub(garChange())],
    ['without', garChange()],
  ])('takes a push %s', async (_title, body) => {
    const { status, receipt, stored } = await stage.deliver(from(body));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'gar', repository: 'local/project/images/api', tag: '2.4.1' },
      status: 'pending',
    });
  });

  it('takes a digest from a token of Google, and none from who knows the URL alone', () => {
    const body = pubSub(garChange({}, 'europe-docker.pkg.dev'));

    const [proved, hinted] = [read('oidc', body), read('url', body)];

    expect(proved).toMatchObject([
      { tag: '2.4.1', digest: digestOf('2.4.1'), occurredAt: Date.UTC(2026, 6, 3, 10, 0, 0, 489) },
    ]);
    expect(hinted).toMatchObject([{ tag: '2.4.1', digest: null }]);
  });

  it('takes the deletion of a tag', () => {
    const body = pubSub(garChange({ action: 'DELETE' }, 'europe-docker.pkg.dev'));

    expect(read('oidc', body)).toMatchObject([
      { kind: 'announcement', event: 'deleted', tag: '2.4.1', digest: null },
    ]);
  });

  it('takes a tag that comes without a digest', async () => {
    const body = pubSub(garChange({ digest: undefined }));

    expect(await verdictOn(stage, from(body))).toEqual(ACCEPTED);
  });

  it('knows a message by its id', async () => {
    const messageId = '136969346945';

    const again = pubSub(garChange(), { messageId, publishTime: '2026-07-03T10:00:09Z' });

    expect(await repeatOf(stage, from(pubSub(garChange(), { messageId })), from(again))).toEqual(
      DUPLICATE,
    );
    expect(await verdictOn(stage, from(pubSub(garChange())))).toEqual(ACCEPTED);
  });

  it('knows a message without its wrapper by its header', async () => {
    const headers = { 'x-goog-pubsub-message-id': '136969346946' };
    const again = from(garChange({ digest: null }), headers);

    expect(await repeatOf(stage, from(garChange(), headers), again)).toEqual(DUPLICATE);
  });

  it('knows a message by what it says and when, where its id cannot be used', async () => {
    const body = pubSub(garChange(), { messageId: 'an id' });

    expect(await repeatOf(stage, from(body))).toEqual(DUPLICATE);
  });

  it.each<[string, string, unknown]>([
    ...['UPDATE', '', 'constructor', 'x'.repeat(1_000)].map((action): [string, string, unknown] => [
      `the action "${action.slice(0, 40)}"`,
      'type-unknown',
      pubSub(garChange({ action })),
    ]),
    ['a push by digest', 'untagged', pubSub(garChange({ tag: undefined }))],
    ['an empty tag', 'untagged', garChange({ tag: '' })],
    ['another registry', 'other-registry', pubSub(garChange({}, 'europe-docker.pkg.dev'))],
    ['a registry inside', 'other-registry', pubSub(garChange({}, '169.254.169.254'))],
    ['another port', 'other-registry', garChange({}, '127.0.0.1:2')],
    [
      'a repository of others',
      'repository-not-allowed',
      pubSub(garChange({ tag: `${HOST}/others/images/api:1.0.0` })),
    ],
  ])('ignores %s as %s', async (_title, code, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ...BROKEN_BODIES.map(
      ([title, body]) => [`data with ${title}`, pubSub(body.toString('latin1'))] as const,
    ),
    ['no message', { message: null }],
    ['a message without data', pubSub(garChange(), { data: undefined })],
    ['data that is no base64', pubSub(garChange(), { data: '*' })],
    ['data that is an object', pubSub(garChange(), { data: garChange() })],
    ['an id that is a number', pubSub(garChange(), { messageId: 17 })],
    ['an action that is a list', garChange({ action: ['INSERT'] })],
    ['a tag that is a number', garChange({ tag: 2 })],
    ['no tag behind the path', garChange({ tag: `${HOST}/project/images/api` })],
    ...ILLEGAL_PATHS.map(
      (path) => [`the path ${path}`, garChange({ tag: `${HOST}/${path}:2.4.1` })] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map(
      (tag) => [`the tag ${tag}`, garChange({ tag: `${HOST}/project/images/api:${tag}` })] as const,
    ),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(REJECTED);
  });

  it.each(['sha256:aa', 'sha1:aa', ''])('rejects the digest "%s" of a proved body', (digest) => {
    const place = 'europe-docker.pkg.dev/project/images/api';
    const body = { action: 'INSERT', tag: `${place}:2.4.1`, digest: `${place}@${digest}` };

    expect(read('oidc', body)).toMatchObject([
      { kind: 'rejected', reason: { code: 'event-invalid' } },
    ]);
  });

  it.each([OLD, NEW])('takes the URL with %s while both count', async (secret) => {
    const request = { path: `gar/${secret}`, body: pubSub(garChange()) };

    expect(await verdictOn(stage, request)).toEqual(ACCEPTED);
  });

  it.each(badUrlSecrets(NEW, OTHER))('refuses %s like an unknown source', async (_title, end) => {
    const request = { path: `gar${end}`, body: pubSub(garChange()) };

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it('refuses the secret of the URL as a token', async () => {
    const headers = { authorization: `Bearer ${NEW}` };

    expect(await stage.refusalOf({ path: 'gar', headers, body: garChange() })).toEqual(REFUSED);
  });

  it.each<[string, unknown]>([
    ['message', pubSub(garChange())],
    ['change', garChange()],
  ])('reads every change of a real %s', (_title, payload) => {
    const sender = new GarSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, {}, payload);
    }).not.toThrow();
  });
});
