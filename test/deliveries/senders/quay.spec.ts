import { QuaySender } from '../../../src/deliveries/sources/quay.sender';
import { receiptsOf } from '../delivery-list';
import { quayBuild, quayPush } from '../payloads/quay';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, SenderStage } from './sender-stage';

const OLD = 'the-secret-that-was-in-the-url-first';
const NEW = 'the-secret-that-is-in-the-url-now';
const OTHER = 'the-secret-in-the-url-of-another';

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      quay: 'kind: quay, urlSecretFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/acme/**]',
      other: 'kind: quay, urlSecretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

const PATH = `quay/${NEW}`;

describe(QuaySender, () => {
  it.each<[string, unknown]>([
    ['a list', ['2.4.1']],
    ['an object, as old installations send them', { '2.4.1': 'b750fe79269d2ec9a3c593ef05b4332b' }],
  ])('takes tags in %s', async (_title, tags) => {
    const body = { ...quayPush({ tags }), repository: `acme/${Array.isArray(tags) ? 'a' : 'b'}` };

    const { status, receipt, stored } = await stage.deliver({ path: PATH, body });

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({ source: 'quay', tag: '2.4.1', digest: null, status: 'pending' });
  });

  it('takes each tag of a push once', async () => {
    const body = quayPush({ tags: ['5.0.0', '5.0', '5.0.0', '-rf'] });

    const delivered = await stage.deliverAll({ path: PATH, body });

    expect(delivered.map(({ receipt }) => [receipt.status, receipt.tag])).toEqual([
      ['accepted', '5.0.0'],
      ['accepted', '5.0'],
      ['rejected', null],
    ]);
  });

  it('has the whole repository looked at for a push of 51 tags', async () => {
    const tags = Array.from({ length: 51 }, (_, patch) => `6.0.${patch}`);

    const { receipt, stored } = await stage.deliver({ path: PATH, body: quayPush({ tags }) });

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/acme/api', tag: null });
    expect(stored.status).toBe('pending');
  });

  it('merges pushes of a tag while the first one waits', async () => {
    const body = quayPush({ tags: ['7.0.0'] });
    const first = await stage.deliver({ path: PATH, body });

    const again = await stage.deliver({ path: PATH, body });

    expect([first.status, again.status]).toEqual([202, 200]);
    expect(again.receipt).toMatchObject({ id: first.receipt.id, status: 'duplicate' });
  });

  it.each<[string, string, unknown]>([
    ['a build', 'type-unknown', quayBuild()],
    ['a push of no tag', 'untagged', quayPush({ tags: [] })],
    ['an old push of no tag', 'untagged', quayPush({ tags: {} })],
    ['another registry', 'other-registry', quayPush({ host: 'quay.io' })],
    ['a registry inside', 'other-registry', quayPush({ host: '169.254.169.254' })],
    ['a repository of others', 'repository-not-allowed', quayPush({ repository: 'x/api' })],
  ])('ignores %s as %s', async (_title, code, body) => {
    const { status, receipt, stored } = await stage.deliver({ path: PATH, body });

    expect([status, receipt.status]).toEqual([202, 'ignored']);
    expect(stored).toMatchObject({ status: 'ignored', error: { code, text: receipt.reason } });
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['no repository', { ...quayPush(), repository: undefined }],
    ['a repository that is a number', quayPush({ repository: 7 })],
    ['tags that are a text', quayPush({ tags: '2.4.1' })],
    ['tags that are null', quayPush({ tags: null })],
    ['a tag that is a number', quayPush({ tags: [2.4] })],
    ['a URL that is an object', { ...quayPush(), docker_url: {} }],
    ...ILLEGAL_PATHS.map(
      (path) => [`the repository ${path}`, quayPush({ repository: path })] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map((tag) => [`the tag ${tag}`, quayPush({ tags: [tag] })] as const),
  ])('rejects %j', async (_title, body) => {
    const { status, receipt, stored } = await stage.deliver({ path: PATH, body });

    expect([status, receipt.status]).toEqual([202, 'rejected']);
    expect(stored).toMatchObject({
      status: 'ignored',
      repository: null,
      tag: null,
      error: { code: 'event-invalid', text: receipt.reason },
    });
  });

  it('knows a broken body again', async () => {
    const body = { ...quayPush(), repository: null };
    await stage.send({ path: PATH, body });

    const again = await stage.send({ path: PATH, body });

    expect(again.status).toBe(200);
    expect(receiptsOf(again).map(({ status }) => status)).toEqual(['duplicate']);
  });

  it.each([OLD, NEW])('takes the secret %s while both count', async (secret) => {
    const body = quayPush({ tags: [`8.0.${secret.length}`] });

    const { receipt } = await stage.deliver({ path: `quay/${secret}`, body });

    expect(receipt.status).toBe('accepted');
  });

  it.each<readonly [string, string, Readonly<Record<string, string>>]>([
    ['no secret', 'quay', {}],
    ['another secret', 'quay/another-secret-of-some-length-12345', {}],
    ['the beginning of the secret', `quay/${NEW.slice(0, -1)}`, {}],
    ['a secret of 1,000 characters', `quay/${'s'.repeat(1_000)}`, {}],
    ['the secret of another source', `quay/${OTHER}`, {}],
    ['the secret as a token', 'quay', { authorization: `Bearer ${NEW}` }],
    ['the header of a client certificate', 'quay', { 'x-ssl-client-verify': 'SUCCESS' }],
  ])('refuses %s like an unknown source', async (_title, path, headers) => {
    expect(await stage.refusalOf({ path, headers, body: quayPush() })).toEqual(REFUSED);
  });

  it.each<[string, unknown]>([
    ['list', quayPush()],
    ['object', quayPush({ tags: { '2.4.1': 'b750fe79' } })],
  ])('reads every change of a real payload with an %s', (_title, payload) => {
    const sender = new QuaySender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, {}, payload);
    }).not.toThrow();
  });
});
