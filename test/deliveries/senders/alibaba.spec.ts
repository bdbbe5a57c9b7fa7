import { AlibabaSender } from '../../../src/deliveries/sources/alibaba.sender';
import type { SourceEvent } from '../../../src/deliveries/sources/source';
import { alibabaPush } from '../payloads/alibaba';
import { badUrlSecrets } from './bad-tokens';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, type SentRequest, SenderStage } from './sender-stage';
import { ACCEPTED, DUPLICATE, ignoredAs, REJECTED, repeatOf, verdictOn } from './verdict';

const OLD = 'the-part-of-the-url-that-was-first';
const NEW = 'the-part-of-the-url-that-is-now';
const OTHER = 'the-part-of-the-url-of-another-source';

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      alibaba:
        'kind: alibaba, urlSecretFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/team/**]',
      other: 'kind: alibaba, urlSecretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown): SentRequest {
  return { path: `alibaba/${NEW}`, body };
}

function readAt(registryUrl: string, payload: unknown): readonly SourceEvent[] {
  const sender = new AlibabaSender(contextOf(registryUrl));
  const body = Buffer.from(JSON.stringify(payload));
  return sender.readEvents({ headers: {}, body, urlSecret: NEW }, { form: 'url' });
}

describe(AlibabaSender, () => {
  it('takes a push of a tag, and not its digest', async () => {
    const { status, receipt, stored } = await stage.deliver(from(alibabaPush()));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      ...{ source: 'alibaba', repository: 'local/team/api', tag: '2.4.1', digest: null },
      status: 'pending',
    });
  });

  it('takes no time from a text without a zone', () => {
    const url = 'https://registry.cn-hangzhou.aliyuncs.com';

    expect(readAt(url, alibabaPush())).toMatchObject([{ kind: 'announcement', occurredAt: null }]);
  });

  it('takes a push that says neither when nor where', async () => {
    const body = alibabaPush({ pushed_at: undefined, tag: '2.5.0' }, { region: undefined });

    expect(await verdictOn(stage, from(body))).toEqual(ACCEPTED);
  });

  it('knows a push by what it says and when', async () => {
    const later = { pushed_at: '2026-07-03 18:00:01', tag: '3.0.0' };

    expect(await repeatOf(stage, from(alibabaPush({ tag: '3.0.0' })))).toEqual(DUPLICATE);
    expect(await verdictOn(stage, from(alibabaPush(later)))).toEqual(ACCEPTED);
  });

  it.each<[string, string]>([
    ['registry.cn-hangzhou.aliyuncs.com', 'announcement'],
    ['registry-vpc.cn-hangzhou.aliyuncs.com', 'announcement'],
    ['acme-registry.cn-hangzhou.cr.aliyuncs.com', 'announcement'],
    ['images.example.com', 'announcement'],
    ['registry.cn-shanghai.aliyuncs.com', 'ignored'],
    ['acme-registry.cn-hangzhou-finance.cr.aliyuncs.com', 'ignored'],
  ])('takes a push in cn-hangzhou for the registry %s as %s', (host, kind) => {
    expect(readAt(`https://${host}`, alibabaPush())).toMatchObject([{ kind }]);
  });

  it('ignores a repository of others', async () => {
    const body = alibabaPush({}, { repo_full_name: 'others/api' });

    expect(await verdictOn(stage, from(body))).toEqual(ignoredAs('repository-not-allowed'));
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['no push_data', { ...alibabaPush(), push_data: undefined }],
    ['no repository', { ...alibabaPush(), repository: null }],
    ['a tag that is a number', alibabaPush({ tag: 2 })],
    ['a time that is a number', alibabaPush({ pushed_at: 1_763_800_000 })],
    ['a region that is a list', alibabaPush({}, { region: [] })],
    ['a name that is null', alibabaPush({}, { repo_full_name: null })],
    ...ILLEGAL_PATHS.map(
      (path) => [`the repository ${path}`, alibabaPush({}, { repo_full_name: path })] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map((tag) => [`the tag ${tag}`, alibabaPush({ tag })] as const),
  ])('rejects %j', async (_title, body) => {
    expect(await verdictOn(stage, from(body))).toEqual(REJECTED);
  });

  it.each([OLD, NEW])('takes the URL with %s while both count', async (secret) => {
    const body = alibabaPush({ pushed_at: secret });

    expect(await verdictOn(stage, { path: `alibaba/${secret}`, body })).toEqual(ACCEPTED);
  });

  it.each(badUrlSecrets(NEW, OTHER))('refuses %s like an unknown source', async (_title, end) => {
    expect(await stage.refusalOf({ path: `alibaba${end}`, body: alibabaPush() })).toEqual(REFUSED);
  });

  it('refuses the secret of the URL as a token', async () => {
    const headers = { authorization: `Bearer ${NEW}` };

    expect(await stage.refusalOf({ path: 'alibaba', headers, body: alibabaPush() })).toEqual(
      REFUSED,
    );
  });

  it('reads every change of a real push', () => {
    const sender = new AlibabaSender(contextOf('https://registry.cn-hangzhou.aliyuncs.com'));

    expect(() => {
      expectToReadMutations(sender, {}, alibabaPush());
    }).not.toThrow();
  });
});
