import { AcrSender } from '../../../src/deliveries/sources/acr.sender';
import { digestOf } from '../distribution-events';
import { acrEvent, acrPing } from '../payloads/acr';
import { badTokens, goodTokens } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-token-that-azure-sent-first';
const NEW = 'the-token-that-azure-sends-now';
const OTHER = 'the-token-of-another-registry';

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      acr: 'kind: acr, tokenFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/team/**]',
      other: 'kind: acr, tokenFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown, headers: Readonly<Record<string, string>> = {}): SentRequest {
  return { path: 'acr', headers: { authorization: `Bearer ${NEW}`, ...headers }, body };
}

describe(AcrSender, () => {
  it('takes a push of a tag', async () => {
    const { status, receipt, stored } = await stage.deliver(from(acrEvent()));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'acr', repository: 'local/team/api', tag: '2.4.1' },
      ...{ digest: digestOf('2.4.1'), status: 'pending' },
    });
  });

  it('takes the deletion of a tag, which is of no digest', async () => {
    const { receipt, stored } = await stage.deliver(from(acrEvent({ action: 'delete' })));

    expect(receipt).toMatchObject({ status: 'accepted', tag: '2.4.1' });
    expect(stored.digest).toBeNull();
  });

  it('takes an event that names no host', async () => {
    expect(await verdictOn(stage, from({ ...acrEvent(), request: null }))).toEqual(ACCEPTED);
  });

  it('knows an event by its id', async () => {
    const [first, again] = [from(acrEvent({ id: 'same' })), from(acrEvent({ id: 'same' }))];

    expect(first.body).not.toEqual(again.body);
    expect(await repeatOf(stage, first, again)).toEqual(DUPLICATE);
    expect(await verdictOn(stage, from(acrEvent({ id: 'another' })))).toEqual(ACCEPTED);
  });

  it.each(['', 'an id', 'i'.repeat(201)])(
    'knows an event by its body where its id is "%s"',
    async (id) => {
      expect(await repeatOf(stage, from(acrEvent({ id })))).toEqual(DUPLICATE);
    },
  );

  it.each<[string, string, unknown]>([
    ['the test button', 'ping', acrPing()],
    ...['chart_push', 'chart_delete', 'quarantine', 'constructor', 'x'.repeat(1_000)].map(
      (action): [string, string, unknown] => [
        `the action "${action.slice(0, 40)}"`,
        'type-unknown',
        { ...acrEvent({ action }), target: null },
      ],
    ),
    ['a push by digest', 'untagged', acrEvent({ target: { tag: undefined } })],
    ['an empty tag', 'untagged', acrEvent({ target: { tag: '' } })],
    ['a deletion by digest', 'untagged', acrEvent({ action: 'delete', target: { tag: null } })],
    ['another registry', 'other-registry', acrEvent({ host: 'acme.azurecr.io' })],
    ['a registry inside', 'other-registry', acrEvent({ host: '169.254.169.254' })],
    ['another port', 'other-registry', acrEvent({ host: '127.0.0.1:2' })],
    [
      'a repository of others',
      'repository-not-allowed',
      acrEvent({ target: { repository: 'others/api' } }),
    ],
  ])('ignores %s as %s', async (_title, code, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['no id', { ...acrEvent(), id: undefined }],
    ['an id that is a number', acrEvent({ id: 17 })],
    ['an action that is a list', acrEvent({ action: ['push'] })],
    ['no target', { ...acrEvent(), target: null }],
    ['a tag that is a number', acrEvent({ target: { tag: 2 } })],
    ['a host that is an object', acrEvent({ host: {} })],
    ['a short digest', acrEvent({ target: { digest: 'sha256:aa' } })],
    ['a digest of SHA-1', acrEvent({ target: { digest: 'sha1:aa' } })],
    ...ILLEGAL_PATHS.map(
      (repository) =>
        [`the repository ${repository}`, acrEvent({ target: { repository } })] as const,
    ),
    ...ILLEGAL_TAGS.map((tag) => [`the tag ${tag}`, acrEvent({ target: { tag } })] as const),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(REJECTED);
  });

  it.each(goodTokens(NEW))('takes %s', async (_title, headers) => {
    expect(await verdictOn(stage, from(acrEvent(), headers))).toEqual(ACCEPTED);
  });

  it('takes the old token while both count', async () => {
    const headers = { authorization: `Bearer ${OLD}` };

    expect(await verdictOn(stage, from(acrEvent(), headers))).toEqual(ACCEPTED);
  });

  it.each(badTokens(NEW, OTHER))('refuses %s like an unknown source', async (_title, headers) => {
    expect(await stage.refusalOf({ path: 'acr', headers, body: acrEvent() })).toEqual(REFUSED);
  });

  it.each<[string, unknown]>([
    ['push', acrEvent()],
    ['deletion', acrEvent({ action: 'delete' })],
    ['test', acrPing()],
  ])('reads every change of a real %s', (_title, payload) => {
    const sender = new AcrSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, {}, payload);
    }).not.toThrow();
  });
});
