import { EcrSender } from '../../../src/deliveries/sources/ecr.sender';
import { digestOf } from '../distribution-events';
import { ecrEvent, snsConfirmation, snsMessage } from '../payloads/ecr';
import { badTokens, goodTokens } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-token-that-aws-sent-first';
const NEW = 'the-token-that-aws-sends-now';
const OTHER = 'the-token-of-another-account';
const REGISTRY = 'https://111122223333.dkr.ecr.eu-central-1.amazonaws.com';

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    registryUrl: REGISTRY,
    secrets: { OLD, NEW, OTHER },
    sources: {
      ecr: 'kind: ecr, tokenFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/team/**]',
      other: 'kind: ecr, tokenFile: ./secrets/OTHER, registry: local, allow: [local/**]',
      zot: 'kind: zot, tokenFile: ./secrets/NEW, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

type Headers = Readonly<Record<string, string>>;

function from(body: unknown, headers: Headers = {}): SentRequest {
  return { path: 'ecr', headers: { authorization: `Bearer ${NEW}`, ...headers }, body };
}

/** A request as SNS sends it, which says that its JSON is text. */
function fromSns(body: unknown): SentRequest {
  return from(body, {
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
  });
}

describe(EcrSender, () => {
  it.each<[string, (event: unknown) => SentRequest]>([
    ['EventBridge', (event) => from(event)],
    ['SNS', (event) => fromSns(snsMessage(event))],
  ])('takes a push that %s sends', async (_title, request) => {
    const { status, receipt, stored } = await stage.deliver(request(ecrEvent()));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'ecr', repository: 'local/team/api', tag: '2.4.1' },
      ...{ digest: digestOf('2.4.1'), status: 'pending' },
    });
  });

  it('takes a replication, told where the image has come to', async () => {
    const detail = {
      ...{ 'action-type': 'REPLICATE', 'source-account': '444455556666' },
      'source-region': 'us-east-1',
    };
    const event = ecrEvent({ type: 'ECR Replication Action', detail });

    expect(await verdictOn(stage, from(event))).toEqual(ACCEPTED);
  });

  it('takes a deletion, which is of no digest', async () => {
    const { receipt, stored } = await stage.deliver(
      from(ecrEvent({ detail: { 'action-type': 'DELETE' } })),
    );

    expect(receipt).toMatchObject({ status: 'accepted', tag: '2.4.1' });
    expect(stored.digest).toBeNull();
  });

  it('knows an event by its id', async () => {
    const again = { ...ecrEvent({ id: 'same' }), time: '2026-07-03T10:00:09Z' };

    expect(await repeatOf(stage, from(ecrEvent({ id: 'same' })), from(again))).toEqual(DUPLICATE);
    expect(await verdictOn(stage, from(ecrEvent({ id: 'another' })))).toEqual(ACCEPTED);
  });

  it('knows a message by its id, whatever event is in it', async () => {
    const event = ecrEvent({ id: 'in-a-message' });
    const first = snsMessage(event, { MessageId: 'same' });
    const again = { ...first, Signature: 'YW5vdGhlcg==' };

    expect(await repeatOf(stage, fromSns(first), fromSns(again))).toEqual(DUPLICATE);
    expect(await verdictOn(stage, fromSns(snsMessage(event)))).toEqual(ACCEPTED);
  });

  it.each<[string, SentRequest]>([
    ['an event whose id cannot be used', from(ecrEvent({ id: 'an id' }))],
    [
      'a message whose id cannot be used',
      fromSns(snsMessage(ecrEvent(), { MessageId: 'i'.repeat(201) })),
    ],
  ])('knows %s by its body', async (_title, request) => {
    expect(await repeatOf(stage, request)).toEqual(DUPLICATE);
  });

  it.each<[string, string, unknown]>([
    ...[
      ...['ECR Image Scan', 'ECR Pull Through Cache Action', 'ECR Artifact Action'],
      ...['ECR Referrer Action', 'Scheduled Event', 'constructor', 'x'.repeat(1_000)],
    ].map((type): [string, string, unknown] => [
      `the type "${type.slice(0, 40)}"`,
      'type-unknown',
      { ...ecrEvent({ type }), detail: {} },
    ]),
    ['another action', 'type-unknown', ecrEvent({ detail: { 'action-type': 'ARCHIVE' } })],
    ['a push that failed', 'not-successful', ecrEvent({ detail: { result: 'FAILURE' } })],
    ['a push by digest', 'untagged', ecrEvent({ detail: { 'image-tag': undefined } })],
    ['an empty tag', 'untagged', ecrEvent({ detail: { 'image-tag': '' } })],
    ['another account', 'other-registry', ecrEvent({ account: '444455556666' })],
    ['another region', 'other-registry', ecrEvent({ region: 'eu-west-1' })],
    ['a region in China', 'other-registry', ecrEvent({ region: 'cn-north-1' })],
    [
      'a repository of others',
      'repository-not-allowed',
      ecrEvent({ detail: { 'repository-name': 'others/api' } }),
    ],
    [
      'an untagged push in a message',
      'untagged',
      snsMessage(ecrEvent({ detail: { 'image-tag': '' } })),
    ],
    ['a subscription', 'sns-confirmation', snsConfirmation('SubscriptionConfirmation')],
    ['the end of a subscription', 'sns-confirmation', snsConfirmation('UnsubscribeConfirmation')],
  ])('ignores %s as %s', async (_title, code, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ...BROKEN_BODIES.map(
      ([title, body]) => [`a message with ${title}`, snsMessage(body.toString('utf8'))] as const,
    ),
    ['a list of events', [ecrEvent()]],
    ['no id', { ...ecrEvent(), id: undefined }],
    ['no detail', { ...ecrEvent(), detail: undefined }],
    ['an account that is a host', ecrEvent({ account: 'evil.test/' })],
    ['an account that is a number', ecrEvent({ account: 111_122_223_333 })],
    ['a region with a path', ecrEvent({ region: 'eu/../x' })],
    ['a tag that is a number', ecrEvent({ detail: { 'image-tag': 2 } })],
    ['a short digest', ecrEvent({ detail: { 'image-digest': 'sha256:aa' } })],
    ['a digest of SHA-1', ecrEvent({ detail: { 'image-digest': 'sha1:aa' } })],
    ['a type that is a list', snsMessage(ecrEvent(), { Type: ['Notification'] })],
    ['a message without an id', snsMessage(ecrEvent(), { MessageId: undefined })],
    ['a message that is an object', snsMessage(ecrEvent(), { Message: ecrEvent() })],
    ['a message in a message', snsMessage(snsMessage(ecrEvent()))],
    ...ILLEGAL_PATHS.map(
      (path) =>
        [`the repository ${path}`, ecrEvent({ detail: { 'repository-name': path } })] as const,
    ),
    ...ILLEGAL_TAGS.map(
      (tag) => [`the tag ${tag}`, ecrEvent({ detail: { 'image-tag': tag } })] as const,
    ),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(REJECTED);
  });

  it('leaves text to SNS', async () => {
    const request = { ...fromSns(ecrEvent()), path: 'zot' };

    expect((await stage.send(request)).status).toBe(415);
  });

  it.each(goodTokens(NEW))('takes %s', async (_title, headers) => {
    expect(await verdictOn(stage, from(ecrEvent(), headers))).toEqual(ACCEPTED);
  });

  it('takes the old token while both count', async () => {
    const headers = { authorization: `Bearer ${OLD}` };

    expect(await verdictOn(stage, from(ecrEvent(), headers))).toEqual(ACCEPTED);
  });

  it.each(badTokens(NEW, OTHER))('refuses %s like an unknown source', async (_title, headers) => {
    expect(await stage.refusalOf({ path: 'ecr', headers, body: ecrEvent() })).toEqual(REFUSED);
  });

  it.each([
    ['cn-north-1', 'https://111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', 'https://111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com'],
    ['eu-central-1', 'https://111122223333.dkr-ecr.eu-central-1.on.aws'],
  ])('knows the registry of %s as %s', (region, url) => {
    const sender = new EcrSender(contextOf(url));
    const body = Buffer.from(JSON.stringify(ecrEvent({ region })));

    const events = sender.readEvents({ headers: {}, body, urlSecret: undefined }, { form: 'sns' });

    expect(events).toMatchObject([{ kind: 'announcement', repository: 'local/team/api' }]);
  });

  it.each<[string, unknown]>([
    ['event', ecrEvent()],
    ['message', snsMessage(ecrEvent())],
    ['confirmation', snsConfirmation('SubscriptionConfirmation')],
  ])('reads every change of a real %s', (_title, payload) => {
    const sender = new EcrSender(contextOf(REGISTRY));

    expect(() => {
      expectToReadMutations(sender, {}, payload);
    }).not.toThrow();
  });
});
