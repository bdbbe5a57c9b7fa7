import { DockerHubSender } from '../../../src/deliveries/sources/docker-hub.sender';
import { hubPush } from '../payloads/docker-hub';
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
      hub: 'kind: docker-hub, urlSecretFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/acme/**], images: { acme/web-ui: acme/web/ui }',
      other: 'kind: docker-hub, urlSecretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

const PATH = `hub/${NEW}`;

describe(DockerHubSender, () => {
  it('takes a push', async () => {
    const { status, receipt, stored } = await stage.deliver({ path: PATH, body: hubPush() });

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      source: 'hub',
      repository: 'local/acme/api',
      tag: '2.4.1',
      digest: null,
      status: 'pending',
    });
  });

  it('takes no digest from a body that nobody has signed', async () => {
    const body = { ...hubPush({ tag: '2.4.2' }), digest: `sha256:${'a'.repeat(64)}` };

    expect((await stage.deliver({ path: PATH, body })).stored.digest).toBeNull();
  });

  it('finds the image of a repository that the configuration names otherwise', async () => {
    const body = hubPush({ repository: 'acme/web-ui' });

    const { receipt } = await stage.deliver({ path: PATH, body });

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/acme/web/ui' });
  });

  it('knows a push again, and takes a later one of the same tag', async () => {
    const body = hubPush({ tag: '3.0.0' });
    const first = await stage.deliver({ path: PATH, body });

    const again = await stage.deliver({ path: PATH, body });
    const later = await stage.deliver({
      path: PATH,
      body: hubPush({ tag: '3.0.0', pushedAt: 1_763_800_001 }),
    });

    expect([first.status, again.status, later.status]).toEqual([202, 200, 202]);
    expect(again.receipt).toMatchObject({ id: first.receipt.id, status: 'duplicate' });
    expect(later.receipt.status).toBe('accepted');
  });

  it('merges pushes without a time while the first one waits', async () => {
    const body = hubPush({ tag: '3.1.0' });
    const timeless = { ...body, push_data: { tag: '3.1.0' } };

    const first = await stage.deliver({ path: PATH, body: timeless });
    const again = await stage.deliver({ path: PATH, body: timeless });

    expect([first.status, again.status]).toEqual([202, 200]);
    expect(again.receipt.id).toBe(first.receipt.id);
  });

  it('ignores a repository that it may not announce', async () => {
    const body = hubPush({ repository: 'somebody/api' });

    const { status, receipt, stored } = await stage.deliver({ path: PATH, body });

    expect([status, receipt.status]).toEqual([202, 'ignored']);
    expect(stored.error).toMatchObject({ code: 'repository-not-allowed' });
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['no push_data', { ...hubPush(), push_data: undefined }],
    ['no tag', { ...hubPush(), push_data: { pushed_at: 1 } }],
    ['a tag that is a number', hubPush({ tag: 2.4 })],
    ['a tag that is null', hubPush({ tag: null })],
    ['a time that is a text', hubPush({ pushedAt: '2026-07-03' })],
    ['no repository', { ...hubPush(), repository: undefined }],
    ['a repository that is a list', hubPush({ repository: ['acme/api'] })],
    ...ILLEGAL_PATHS.map(
      (path) => [`the repository ${path}`, hubPush({ repository: path })] as const,
    ),
    ['a repository in upper case', hubPush({ repository: 'Acme/API' })],
    ...['', ...ILLEGAL_TAGS].map((tag) => [`the tag ${tag}`, hubPush({ tag })] as const),
    ['build metadata in a tag', hubPush({ tag: '2.4.1+5' })],
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

  it.each([OLD, NEW])('takes the secret %s while both count', async (secret) => {
    const body = hubPush({ tag: `4.0.${secret.length}` });

    const { receipt } = await stage.deliver({ path: `hub/${secret}`, body });

    expect(receipt.status).toBe('accepted');
  });

  it.each<readonly [string, string, Readonly<Record<string, string>>]>([
    ['no secret', 'hub', {}],
    ['another secret', 'hub/another-secret-of-some-length-12345', {}],
    ['the beginning of the secret', `hub/${NEW.slice(0, -1)}`, {}],
    ['more than the secret', `hub/${NEW}x`, {}],
    ['a secret of 1,000 characters', `hub/${'s'.repeat(1_000)}`, {}],
    ['the secret of another source', `hub/${OTHER}`, {}],
    ['the secret as a token', 'hub', { authorization: `Bearer ${NEW}` }],
    ['an escaped NUL', 'hub/%00', {}],
  ])('refuses %s like an unknown source', async (_title, path, headers) => {
    expect(await stage.refusalOf({ path, headers, body: hubPush() })).toEqual(REFUSED);
  });

  it('tells nobody about a source for a secret that no path can have', async () => {
    const secret = 's'.repeat(10_000);

    const answers = [
      await stage.send({ path: `hub/${secret}`, body: hubPush() }),
      await stage.send({ path: `nobody/${secret}`, body: hubPush() }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
  });

  it('reads every change of a real payload', () => {
    const sender = new DockerHubSender(contextOf('https://registry-1.docker.io'));

    expect(() => {
      expectToReadMutations(sender, {}, hubPush());
    }).not.toThrow();
  });
});
