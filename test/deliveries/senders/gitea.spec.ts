import { createHmac, randomUUID } from 'node:crypto';
import { ForgejoSender, GiteaSender } from '../../../src/deliveries/sources/gitea.sender';
import { digestOf } from '../distribution-events';
import {
  giteaCreate,
  giteaPackage,
  giteaPush,
  giteaRelease,
  giteaRepository,
} from '../payloads/gitea';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { badTokens, goodTokens } from './bad-tokens';
import { contextOf, expectToReadMutations } from './mutations';
import { bytesOf, REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-secret-that-gitea-signed-with';
const NEW = 'the-secret-that-gitea-signs-with';
const OTHER = 'the-secret-of-another-organisation';
const TOKEN = 'the-token-in-the-authorization-header';

type Headers = Readonly<Record<string, string>>;

let stage: SenderStage;

beforeAll(async () => {
  const where = 'registry: local, allow: [local/acme/**], images: { Acme/Web: acme/web/ui }';
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER, TOKEN },
    sources: {
      gitea: `kind: gitea, secretFile: [./secrets/OLD, ./secrets/NEW], ${where}`,
      forgejo: `kind: forgejo, secretFile: ./secrets/NEW, ${where}`,
      other: 'kind: gitea, secretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
      tokens: `kind: gitea, tokenFile: ./secrets/TOKEN, ${where}`,
    },
  });
});

afterAll(() => stage.stop());

interface Sent {
  readonly path?: string;
  readonly id?: string;
  readonly secret?: string;
  readonly headers?: Headers;
}

function hmac(bytes: string | Buffer, secret: string, algorithm = 'sha256'): string {
  return createHmac(algorithm, secret).update(bytes).digest('hex');
}

/** A request as Gitea sends it: with the headers of Gogs and GitHub beside its own. */
function from(event: string, body: unknown, sent: Sent = {}): SentRequest {
  const { path = 'gitea', id = randomUUID(), secret = NEW, headers = {} } = sent;
  const bytes = bytesOf(body);
  const signature = hmac(bytes, secret);
  const own = ['gitea', 'gogs', 'github'].flatMap((product): readonly [string, string][] => [
    [`x-${product}-delivery`, id],
    [`x-${product}-event`, event],
    [`x-${product}-event-type`, event],
  ]);
  const all = {
    'user-agent': 'Go-http-client/1.1',
    'x-gitea-hook-installation-target-type': 'organization',
    ...Object.fromEntries(own),
    'x-gitea-signature': signature,
    'x-gogs-signature': signature,
    'x-hub-signature': `sha1=${hmac(bytes, secret, 'sha1')}`,
    'x-hub-signature-256': `sha256=${signature}`,
    ...headers,
  };
  return { path, headers: all, body: bytes };
}

/** The same as Forgejo sends it, which has a name of its own for each header. */
function fromForgejo(event: string, body: unknown): SentRequest {
  const request = from(event, body, { path: 'forgejo' });
  const names = ['delivery', 'event', 'event-type', 'signature'];
  const own = names.map((name): [string, string] => [
    `x-forgejo-${name}`,
    request.headers?.[`x-gitea-${name}`] ?? '',
  ]);
  return { ...request, headers: { ...request.headers, ...Object.fromEntries(own) } };
}

/** A request without signatures but those that are given. */
function signedBy(signatures: Headers): SentRequest {
  const { headers = {}, ...request } = from('package', giteaPackage());
  const others: readonly [string, string][] = Object.entries(headers).filter(
    ([name]) => !name.includes('signature'),
  );
  return { ...request, headers: { ...Object.fromEntries(others), ...signatures } };
}

describe(GiteaSender, () => {
  it.each<[string, string, unknown, object]>([
    ['an image', 'package', giteaPackage(), { tag: '2.4.1', digest: null }],
    ['a deleted image', 'package', giteaPackage({}, 'deleted'), { tag: '2.4.1', digest: null }],
    ['a release', 'release', giteaRelease(), { tag: 'v2.4.1' }],
    ['a release that was changed', 'release', giteaRelease('updated'), { tag: 'v2.4.1' }],
    ['a tag in git', 'create', giteaCreate(), { tag: 'v2.4.1' }],
    [
      'a tag by its whole name',
      'create',
      giteaCreate({ ref: 'refs/tags/v2.4.1' }),
      { tag: 'v2.4.1' },
    ],
  ])('takes %s', async (_title, event, body, expected) => {
    const { status, receipt, stored } = await stage.deliver(from(event, body));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      source: 'gitea',
      repository: 'local/acme/api',
      status: 'pending',
      ...expected,
    });
  });

  it('takes an image whose name has parts', async () => {
    const body = giteaPackage({ name: 'web/server' });

    const { receipt } = await stage.deliver(from('package', body));

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/acme/web/server' });
  });

  it('finds the image of a repository that the configuration names otherwise', async () => {
    const body = { ...giteaRelease(), repository: giteaRepository('Acme/Web') };

    const { receipt } = await stage.deliver(from('release', body));

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/acme/web/ui' });
  });

  it('knows a delivery by its id, which each replay by hand has anew', async () => {
    const body = giteaPackage();
    await stage.deliver(from('package', body));

    const again = from('package', giteaPackage({ id: 42 }), { id: 'one' });

    expect(await repeatOf(stage, from('package', body, { id: 'one' }), again)).toEqual(DUPLICATE);
    expect(await verdictOn(stage, from('package', body, { id: 'two' }))).toEqual(ACCEPTED);
  });

  it.each(['', 'an id', 'i'.repeat(129), 'id,id'])(
    'knows a delivery by its body when its id is "%s"',
    async (id) => {
      const body = giteaRelease('published', { body: `notes ${id}` });

      expect(await repeatOf(stage, from('release', body, { id }))).toEqual(DUPLICATE);
    },
  );

  it.each<[string, string, string, unknown]>([
    ['the test button', 'type-unknown', 'push', giteaPush()],
    ['an unknown event', 'type-unknown', 'x'.repeat(1_000), {}],
    ['a deleted tag of git', 'type-unknown', 'delete', giteaCreate()],
    ['an event that only GitHub has', 'type-unknown', 'registry_package', giteaPackage()],
    ['a deleted release', 'type-unknown', 'release', giteaRelease('deleted')],
    ['another action on a package', 'type-unknown', 'package', giteaPackage({}, 'moved')],
    ['a draft', 'draft', 'release', giteaRelease('updated', { draft: true })],
    ['an npm package', 'no-image', 'package', giteaPackage({ type: 'npm', owner: null })],
    ['an untagged image', 'untagged', 'package', giteaPackage({ version: digestOf('x') })],
    ['a branch', 'untagged', 'create', giteaCreate({ ref: 'v9', ref_type: 'branch' })],
    ['a tag of a monorepo', 'no-image-tag', 'create', giteaCreate({ ref: 'ui/v2.4.1' })],
    [
      'a repository of others',
      'repository-not-allowed',
      'package',
      giteaPackage({ owner: { login: 'Somebody' } }),
    ],
  ])('ignores %s as %s', async (_title, code, event, body) => {
    expect(await verdictOn(stage, from(event, body))).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, string, unknown]>([
    ...BROKEN_BODIES.map(([title, body]) => [title, 'package', body] as const),
    ['the body of another event', 'release', giteaPackage()],
    ['no action', 'package', giteaPackage({}, null)],
    ['no package', 'package', { ...giteaPackage(), package: null }],
    ['a type that is a number', 'package', giteaPackage({ type: 7 })],
    ['no owner', 'package', giteaPackage({ owner: null })],
    ['an owner without a name', 'package', giteaPackage({ owner: {} })],
    ['a version that is a number', 'package', giteaPackage({ version: 2 })],
    ['a version with a digest of another kind', 'package', giteaPackage({ version: 'sha512:aa' })],
    ['no release', 'release', { ...giteaRelease(), release: null }],
    ['a draft that is a text', 'release', giteaRelease('published', { draft: 'no' })],
    ['no repository', 'create', giteaCreate({ repository: null })],
    ['a ref that is a list', 'create', giteaCreate({ ref: ['v2.4.1'] })],
    ...ILLEGAL_PATHS.map(
      (name) => [`the package ${name}`, 'package', giteaPackage({ name })] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map(
      (version) => [`the version ${version}`, 'package', giteaPackage({ version })] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map(
      (tag_name) =>
        [`the tag ${tag_name}`, 'release', giteaRelease('published', { tag_name })] as const,
    ),
  ])('rejects %j', async (_title, event, body) => {
    expect(await verdictOn(stage, from(event, body))).toEqual(REJECTED);
  });

  it('rejects a request that does not name its event', async () => {
    const body = bytesOf(giteaPackage({ id: 42 }));
    const headers = { 'x-gitea-signature': hmac(body, NEW), 'x-github-event': 'package' };

    expect(await verdictOn(stage, { path: 'gitea', headers, body })).toEqual(REJECTED);
  });

  it('cannot take a form', async () => {
    const body = `payload=${encodeURIComponent(JSON.stringify(giteaPackage()))}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };

    expect((await stage.send(from('package', body, { headers }))).status).toBe(415);
  });

  it.each([OLD, NEW])('takes a signature by %s while both count', async (secret) => {
    expect(await verdictOn(stage, from('package', giteaPackage(), { secret }))).toEqual(ACCEPTED);
  });

  it.each<[string, (hex: string) => Headers]>([
    ['its own header', (hex) => ({ 'x-gitea-signature': hex })],
    ["Forgejo's header", (hex) => ({ 'x-forgejo-signature': hex })],
    ["GitHub's header", (hex) => ({ 'x-hub-signature-256': `sha256=${hex}` })],
  ])('takes a signature in %s alone', async (_title, make) => {
    const body = bytesOf(giteaPackage());
    const headers = { 'x-gitea-event': 'package', ...make(hmac(body, NEW)) };

    const { receipt } = await stage.deliver({ path: 'gitea', headers, body });

    expect(receipt).toMatchObject({ repository: 'local/acme/api' });
  });

  it.each<[string, string]>([
    ['an empty signature', ''],
    ['63 digits', 'a'.repeat(63)],
    ['65 digits', 'a'.repeat(65)],
    ['another signature', 'a'.repeat(64)],
    ['a signature that is not hex', 'g'.repeat(64)],
    ['a signature of 10 kB', 'a'.repeat(10_000)],
    ['a signature in base64', Buffer.alloc(32, 1).toString('base64')],
    ['the secret of another source', hmac(bytesOf(giteaPackage()), OTHER)],
    ['the empty secret', hmac(bytesOf(giteaPackage()), '')],
    ['a signature of another body', hmac(bytesOf(giteaRelease()), NEW)],
    ['one digit more than the signature', `${hmac(bytesOf(giteaPackage()), NEW)}a`],
    ['a scheme that its header has not', `sha256=${hmac(bytesOf(giteaPackage()), NEW)}`],
  ])('refuses %s like an unknown source', async (_title, signature) => {
    const headers = { 'x-gitea-signature': signature };

    expect(await stage.refusalOf(signedBy(headers))).toEqual(REFUSED);
  });

  it('refuses a request without a signature', async () => {
    expect(await stage.refusalOf(signedBy({}))).toEqual(REFUSED);
  });

  it('refuses a request with a signature of SHA-1 alone', async () => {
    const sha1 = hmac(bytesOf(giteaPackage()), NEW, 'sha1');
    const headers = { 'x-hub-signature': `sha1=${sha1}`, 'x-gitea-signature': sha1 };

    expect(await stage.refusalOf(signedBy(headers))).toEqual(REFUSED);
  });

  it.each(goodTokens(TOKEN))('takes in the header Authorization %s', async (_title, headers) => {
    const request = from('package', giteaPackage(), { path: 'tokens', secret: 'none', headers });

    expect(await verdictOn(stage, request)).toEqual(ACCEPTED);
  });

  it.each(badTokens(TOKEN, OTHER))('refuses %s like an unknown source', async (_title, headers) => {
    const request = from('package', giteaPackage(), { path: 'tokens', secret: TOKEN, headers });

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it.each<[string, unknown]>([
    ['package', giteaPackage()],
    ['release', giteaRelease()],
    ['create', giteaCreate()],
    ['push', giteaPush()],
  ])('reads every change of a real %s', (event, payload) => {
    const sender = new GiteaSender(contextOf('http://127.0.0.1:1'));
    const headers = { 'x-gitea-event': event, 'x-gitea-delivery': 'id' };

    expect(() => {
      expectToReadMutations(sender, headers, payload);
    }).not.toThrow();
  });

  it('says what a release and a deletion are', () => {
    const sender = new GiteaSender(contextOf('http://127.0.0.1:1'));
    const read = (event: string, payload: unknown) => {
      const headers = { 'x-gitea-event': event };
      const body = Buffer.from(JSON.stringify(payload));
      return sender.readEvents({ headers, body, urlSecret: undefined }, { form: 'secret' });
    };

    expect(read('release', giteaRelease('published', { prerelease: true }))).toMatchObject([
      { event: 'published', prerelease: true, occurredAt: Date.UTC(2026, 6, 3, 10) },
    ]);
    expect(read('package', giteaPackage({}, 'deleted'))).toMatchObject([{ event: 'deleted' }]);
  });
});

describe(ForgejoSender, () => {
  it.each<[string, string, unknown]>([
    ['an image', 'package', giteaPackage()],
    ['a release', 'release', giteaRelease()],
    ['a tag in git', 'create', giteaCreate()],
  ])('takes %s', async (_title, event, body) => {
    const { receipt, stored } = await stage.deliver(fromForgejo(event, body));

    expect(receipt.status).toBe('accepted');
    expect(stored).toMatchObject({ source: 'forgejo', repository: 'local/acme/api' });
  });

  it('knows a delivery by its id', async () => {
    expect(await repeatOf(stage, fromForgejo('package', giteaPackage()))).toEqual(DUPLICATE);
  });

  it('refuses the secret that Gitea has signed with', async () => {
    const request = from('package', giteaPackage(), { path: 'forgejo', secret: OLD });

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it('reads every change of a real package', () => {
    const sender = new ForgejoSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, { 'x-forgejo-event': 'package' }, giteaPackage());
    }).not.toThrow();
  });
});
