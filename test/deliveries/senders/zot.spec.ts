import { ZotSender } from '../../../src/deliveries/sources/zot.sender';
import { digestOf } from '../distribution-events';
import { zotDeletion, zotHeaders, zotImage } from '../payloads/zot';
import { badTokens, goodTokens } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-token-that-zot-sent-first';
const NEW = 'the-token-that-zot-sends-now';
const OTHER = 'the-token-of-another-registry';
const MIB = 1024 * 1024;

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      zot: 'kind: zot, tokenFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/team/**]',
      other: 'kind: zot, tokenFile: ./secrets/OTHER, registry: local, allow: [local/**]',
      azure: 'kind: acr, tokenFile: ./secrets/NEW, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown, headers: Readonly<Record<string, string>> = {}): SentRequest {
  const all = { authorization: `Bearer ${NEW}`, ...zotHeaders(), ...headers };
  return { path: 'zot', headers: all, body };
}

/** A push whose body has this many bytes, most of them the manifest. */
function pushOf(bytes: number): string {
  const empty = JSON.stringify(zotImage({ manifest: '' }));
  return JSON.stringify(zotImage({ manifest: 'm'.repeat(bytes - Buffer.byteLength(empty)) }));
}

describe(ZotSender, () => {
  it('takes a push of a tag', async () => {
    const { status, receipt, stored } = await stage.deliver(from(zotImage()));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'zot', repository: 'local/team/api', tag: '2.4.1' },
      ...{ digest: digestOf('2.4.1'), status: 'pending' },
    });
  });

  it('takes the deletion of a tag, which is of no digest', async () => {
    const request = from(zotDeletion(), { 'ce-type': 'zotregistry.image.deleted' });

    const { receipt, stored } = await stage.deliver(request);

    expect(receipt).toMatchObject({ status: 'accepted', tag: '2.4.1' });
    expect(stored.digest).toBeNull();
  });

  it('takes an event whose type and source the configuration of zot has changed', async () => {
    const headers = {
      'ce-type': 'com.example.registry.image.updated',
      'ce-source': 'https://registry.example.com/acme',
    };

    expect(await verdictOn(stage, from(zotImage(), headers))).toEqual(ACCEPTED);
  });

  it('takes an image of an older release, which names neither actor nor request', async () => {
    const body = zotImage({ actor: undefined, request: undefined });

    expect(await verdictOn(stage, from(body))).toEqual(ACCEPTED);
  });

  it('knows an event by its source and id', async () => {
    const same = { 'ce-id': 'same' };

    const again = from(zotImage({ actor: undefined }), same);

    expect(await repeatOf(stage, from(zotImage(), same), again)).toEqual(DUPLICATE);
    const elsewhere = from(zotImage(), { ...same, 'ce-source': 'urn:acme:registry:2' });
    expect(await verdictOn(stage, elsewhere)).toEqual(ACCEPTED);
  });

  it.each(['', 'an id', 'i'.repeat(201)])(
    'knows an event by what it says and when, where its id is "%s"',
    async (id) => {
      const body = zotImage({ reference: `5.0.${id.length}` });
      const later = { 'ce-id': id, 'ce-time': '2026-07-03T10:00:01Z' };

      expect(await repeatOf(stage, from(body, { 'ce-id': id }))).toEqual(DUPLICATE);
      expect(await verdictOn(stage, from(body, later))).toEqual(ACCEPTED);
    },
  );

  it.each<[string, string, unknown, Readonly<Record<string, string>>]>([
    ...[
      ...['zotregistry.image.lint_failed', 'zotregistry.repository.created', 'image', ''],
      ...['zotregistry.image.updated.twice', 'constructor', '__proto__', 'x'.repeat(1_000)],
    ].map((type): [string, string, unknown, Readonly<Record<string, string>>] => [
      `the type "${type.slice(0, 40)}"`,
      'type-unknown',
      zotImage(),
      { 'ce-type': type },
    ]),
    [
      'a new repository, whose event has only its name',
      'type-unknown',
      { name: 'team/api' },
      { 'ce-type': 'zotregistry.repository.created' },
    ],
    ['a push by digest', 'untagged', zotImage({ reference: digestOf('2.4.1') }), {}],
    [
      'a deletion by digest',
      'untagged',
      zotDeletion({ reference: digestOf('2.4.1') }),
      { 'ce-type': 'zotregistry.image.deleted' },
    ],
    ['a repository of others', 'repository-not-allowed', zotImage({ name: 'others/api' }), {}],
  ])('ignores %s as %s', async (_title, code, body, headers) => {
    expect(await verdictOn(stage, from(body, headers))).toEqual(ignoredAs(code));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['no name', zotImage({ name: undefined })],
    ['a name that is a list', zotImage({ name: ['team/api'] })],
    ['no reference', zotImage({ reference: undefined })],
    ['a reference that is a number', zotImage({ reference: 2 })],
    ['a reference of another algorithm', zotImage({ reference: 'sha512:aa' })],
    ['a digest that is null', zotImage({ digest: null })],
    ['a short digest', zotImage({ digest: 'sha256:aa' })],
    ['a digest of SHA-1', zotImage({ digest: 'sha1:aa' })],
    ...ILLEGAL_PATHS.map((name) => [`the name ${name}`, zotImage({ name })] as const),
    ...['', ...ILLEGAL_TAGS].map(
      (reference) => [`the reference ${reference}`, zotImage({ reference })] as const,
    ),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(REJECTED);
  });

  it('rejects a request that does not say what it is', async () => {
    const headers = { authorization: NEW };

    expect(await verdictOn(stage, { path: 'zot', headers, body: zotImage() })).toEqual(REJECTED);
  });

  it.each([MIB + 1, 8 * MIB])('takes an event of %d bytes', async (bytes) => {
    expect(await verdictOn(stage, from(pushOf(bytes)))).toEqual(ACCEPTED);
  });

  it('refuses an event of one byte more than 8 MiB', async () => {
    expect((await stage.send(from(pushOf(8 * MIB + 1)))).status).toBe(413);
  });

  it('leaves other senders at 1 MiB', async () => {
    expect((await stage.send({ ...from(pushOf(MIB + 1)), path: 'azure' })).status).toBe(413);
  });

  it.each(goodTokens(NEW))('takes %s', async (_title, headers) => {
    expect(await verdictOn(stage, from(zotImage(), headers))).toEqual(ACCEPTED);
  });

  it('takes the old token while both count', async () => {
    const headers = { authorization: `Bearer ${OLD}` };

    expect(await verdictOn(stage, from(zotImage(), headers))).toEqual(ACCEPTED);
  });

  it.each(badTokens(NEW, OTHER))('refuses %s like an unknown source', async (_title, headers) => {
    const request = { path: 'zot', headers: { ...zotHeaders(), ...headers }, body: zotImage() };

    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });

  it.each<[string, string, unknown]>([
    ['push', 'zotregistry.image.updated', zotImage()],
    ['deletion', 'zotregistry.image.deleted', zotDeletion()],
  ])('reads every change of a real %s', (_title, type, payload) => {
    const sender = new ZotSender(contextOf('http://127.0.0.1:1'));

    expect(() => {
      expectToReadMutations(sender, zotHeaders({ 'ce-type': type }), payload);
    }).not.toThrow();
  });
});
