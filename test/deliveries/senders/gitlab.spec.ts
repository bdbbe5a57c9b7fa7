import { GitlabSender } from '../../../src/deliveries/sources/gitlab.sender';
import { SimulatedClock } from '../../../src/runtime/clock';
import { signedHeaders } from '../../support/signed-webhook';
import {
  branchPush,
  pipeline,
  projectAt,
  release,
  tagDeletion,
  tagPush,
  ZEROS,
} from '../payloads/gitlab';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { REFUSED, type SentRequest, SenderStage } from './sender-stage';

const NOW = Date.UTC(2026, 6, 3, 10);
const OLD = 'the-token-that-gitlab-sent-first';
const NEW = 'the-token-that-gitlab-sends-now';
const OTHER = 'the-token-of-another-project';
const SIGNING = `whsec_${Buffer.alloc(32, 'a').toString('base64')}`;
const SIGNING_NEXT = `whsec_${Buffer.alloc(32, 'b').toString('base64')}`;
const SIGNING_OTHER = `whsec_${Buffer.alloc(32, 'c').toString('base64')}`;

type Headers = Readonly<Record<string, string>>;

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    clock: new SimulatedClock(NOW),
    secrets: { OLD, NEW, OTHER, SIGNING, SIGNING_NEXT, SIGNING_OTHER },
    sources: {
      gitlab:
        'kind: gitlab, tokenFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/acme/**], images: { Acme/Web: acme/web/ui }',
      signed:
        'kind: gitlab, secretFile: [./secrets/SIGNING, ./secrets/SIGNING_NEXT], registry: local, allow: [local/acme/**]',
      other:
        'kind: gitlab, tokenFile: ./secrets/OTHER, secretFile: ./secrets/SIGNING_OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

function from(body: unknown, headers: Headers = {}): SentRequest {
  return { path: 'gitlab', headers: { 'x-gitlab-token': NEW, ...headers }, body };
}

/** A request that is signed as GitLab does with a signing token. */
function signed(body: unknown, id: string, options: Partial<Signing> = {}): SentRequest {
  const { secret = SIGNING, now = NOW, headers = {} } = options;
  const text = JSON.stringify(body);
  const all = { ...signedHeaders(text, { id, now, secret }), ...headers };
  return { path: 'signed', headers: all, body: text };
}

interface Signing {
  readonly secret: string;
  readonly now: number;
  readonly headers: Headers;
}

describe(GitlabSender, () => {
  it.each<[string, unknown, string | null]>([
    ['a tag push', tagPush(), null],
    ['a release', release(), null],
    [
      'a pipeline of a tag that succeeded',
      pipeline(),
      'https://gitlab.test/Acme/Api/-/pipelines/31',
    ],
  ])('takes %s', async (_title, body, runUrl) => {
    const { status, receipt, stored } = await stage.deliver(from(body));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      source: 'gitlab',
      repository: 'local/acme/api',
      tag: 'v2.4.1',
      digest: null,
      runUrl,
      status: 'pending',
    });
  });

  it('takes build metadata of a git tag, which the rules map', async () => {
    const { receipt } = await stage.deliver(from(release({ tag: 'v2.4.1+5' })));

    expect(receipt).toMatchObject({ status: 'accepted', tag: 'v2.4.1_5' });
  });

  it('finds the image of a project that the configuration names otherwise', async () => {
    const { receipt } = await stage.deliver(from(tagPush({ project: projectAt('Acme/Web') })));

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/acme/web/ui' });
  });

  it.each<[string, Headers, Headers]>([
    [
      'its Idempotency-Key',
      { 'idempotency-key': '908a6d9e-45fd-46c8-97e6-c4f350f219dd' },
      { 'idempotency-key': '1f3d2c55-45fd-46c8-97e6-c4f350f219dd' },
    ],
    ['its webhook-id', { 'webhook-id': 'id-1' }, { 'webhook-id': 'id-2' }],
    [
      'its event UUID and its body',
      { 'x-gitlab-event-uuid': '13792a34-cac6-4fda-95a8-c58e00a3954e' },
      { 'x-gitlab-event-uuid': '7a1b2a34-cac6-4fda-95a8-c58e00a3954e' },
    ],
    [
      'its body when its ids are unusable',
      { 'idempotency-key': 'a key\t', 'x-gitlab-event-uuid': 'u'.repeat(129) },
      { 'idempotency-key': 'usable' },
    ],
  ])('knows an event by %s', async (title, headers, others) => {
    const body = release({ tag: 'v3.0.0', description: title });
    const first = await stage.deliver(from(body, headers));

    const again = await stage.deliver(from(body, headers));
    const another = await stage.deliver(from(body, others));

    expect([first.status, again.status, another.status]).toEqual([202, 200, 202]);
    expect(again.receipt).toMatchObject({ id: first.receipt.id, status: 'duplicate' });
  });

  it('tells events apart that follow from one webhook and have its UUID', async () => {
    const headers = { 'x-gitlab-event-uuid': 'c5a3c0f1-cac6-4fda-95a8-c58e00a3954e' };
    await stage.deliver(from(tagPush({ ref: 'refs/tags/v4.0.0' }), headers));

    const next = await stage.deliver(from(tagPush({ ref: 'refs/tags/v4.0.1' }), headers));

    expect(next.receipt).toMatchObject({ status: 'accepted', tag: 'v4.0.1' });
  });

  it.each<[string, string, unknown]>([
    ['a deleted git tag', 'git-tag-deleted', tagDeletion()],
    ['a git tag without a commit', 'git-tag-deleted', tagPush({ checkout_sha: null })],
    ['a git tag that is all zeros', 'git-tag-deleted', tagPush({ after: ZEROS })],
    ['the test button', 'type-unknown', branchPush()],
    ['a merge request', 'type-unknown', { object_kind: 'merge_request' }],
    ['a release that was changed', 'type-unknown', release({ action: 'update' })],
    ['a release that was deleted', 'type-unknown', release({ action: 'delete' })],
    ['a tag push of a branch', 'untagged', tagPush({ ref: 'refs/heads/v2.4.1' })],
    ['a pipeline of a branch', 'untagged', pipeline({ ref: 'main', tag: false })],
    ...['pending', 'running', 'failed', 'canceled', 'skipped', 'manual'].map(
      (status): [string, string, unknown] => [
        `a pipeline that is ${status}`,
        'not-successful',
        pipeline({ status, finished_at: null }),
      ],
    ),
    ['the tag of a part of a monorepo', 'no-image-tag', tagPush({ ref: 'refs/tags/ui/v2.4.1' })],
    ['the tag of a package', 'no-image-tag', release({ tag: '@acme/ui@2.4.1' })],
    ['a project of others', 'repository-not-allowed', tagPush({ project: projectAt('X/Api') })],
  ])('ignores %s as %s', async (_title, code, body) => {
    const { status, receipt, stored } = await stage.deliver(from(body));

    expect([status, receipt.status]).toEqual([202, 'ignored']);
    expect(stored).toMatchObject({ status: 'ignored', error: { code, text: receipt.reason } });
  });

  it.each<readonly [string, unknown]>([
    ...BROKEN_BODIES,
    ['an object_kind that is a list', { ...tagPush(), object_kind: ['tag_push'] }],
    ['no ref', tagPush({ ref: undefined })],
    ['no project', tagPush({ project: undefined })],
    ['a project that is a text', release({ project: 'acme/api' })],
    ['no tag', release({ tag: null })],
    ['a pipeline without attributes', pipeline({}, { object_attributes: null })],
    ['a pipeline whose tag is a text', pipeline({ tag: 'true' })],
    ['a pipeline without a ref', pipeline({ ref: undefined })],
    ...ILLEGAL_PATHS.map(
      (path) => [`the project ${path}`, tagPush({ project: projectAt(path) })] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map(
      (tag) => [`the tag ${tag}`, tagPush({ ref: `refs/tags/${tag}` })] as const,
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

  it.each<[string, unknown, string | null]>([
    ['no address', undefined, null],
    ['a script', 'javascript:alert(1)', null],
    ['an object', {}, null],
    ['2,001 characters', `https://gitlab.test/${'p'.repeat(1_981)}`, null],
    ['a page', 'https://gitlab.test/-/pipelines/32', 'https://gitlab.test/-/pipelines/32'],
  ])('keeps of a pipeline with %s what can be opened', async (title, url, expected) => {
    const { stored } = await stage.deliver(from(pipeline({ url, id: title })));

    expect(stored).toMatchObject({ status: 'pending', runUrl: expected });
  });

  it.each([OLD, NEW])('takes the token %s while both count', async (token) => {
    const body = release({ description: token });

    const { receipt } = await stage.deliver(from(body, { 'x-gitlab-token': token }));

    expect(receipt.status).toBe('accepted');
  });

  it.each<[string, Headers]>([
    ['no token', {}],
    ['an empty token', { 'x-gitlab-token': '' }],
    ['another token', { 'x-gitlab-token': 'another-token-of-some-length-123' }],
    ['the beginning of the token', { 'x-gitlab-token': NEW.slice(0, -1) }],
    ['more than the token', { 'x-gitlab-token': `${NEW}x` }],
    ['a token of 10 kB', { 'x-gitlab-token': 't'.repeat(10_000) }],
    ['the token of another source', { 'x-gitlab-token': OTHER }],
    ['the token in Authorization', { authorization: `Bearer ${NEW}` }],
    ['a signature by a key of another source', signedHeaders('{}', { now: NOW, secret: SIGNING })],
  ])('refuses %s like an unknown source', async (_title, headers) => {
    expect(await stage.refusalOf({ path: 'gitlab', headers, body: tagPush() })).toEqual(REFUSED);
  });
});

describe('a signed webhook of GitLab', () => {
  it.each([
    ['the first key', SIGNING],
    ['the next key', SIGNING_NEXT],
  ])('is taken by %s', async (title, secret) => {
    const { receipt, stored } = await stage.deliver(
      signed(pipeline(), title.replaceAll(' ', '-'), { secret }),
    );

    expect(receipt.status).toBe('accepted');
    expect(stored).toMatchObject({ source: 'signed', repository: 'local/acme/api' });
  });

  it('is the same event again whatever stands in headers that nobody signed', async () => {
    const first = await stage.deliver(signed(pipeline(), 'replayed'));

    const again = await stage.deliver(
      signed(pipeline(), 'replayed', { headers: { 'idempotency-key': 'another' } }),
    );

    expect([first.status, again.status]).toEqual([202, 200]);
    expect(again.receipt.id).toBe(first.receipt.id);
  });

  it.each<[string, SentRequest]>([
    ['no signature', { path: 'signed', body: pipeline() }],
    ['the key as a token', { ...signed(pipeline(), 'a'), headers: { 'x-gitlab-token': SIGNING } }],
    ['a key of another source', signed(pipeline(), 'b', { secret: SIGNING_OTHER })],
    ['another body', { ...signed(pipeline(), 'c'), body: release() }],
    ['a time 301 s ago', signed(pipeline(), 'd', { now: NOW - 301_000 })],
    ['a time in 301 s', signed(pipeline(), 'e', { now: NOW + 301_000 })],
    ['another id', signed(pipeline(), 'f', { headers: { 'webhook-id': 'g' } })],
    ['an id with a dot', signed(pipeline(), 'h.1')],
    [
      'a signature of 10 kB',
      signed(pipeline(), 'i', { headers: { 'webhook-signature': `v1,${'A'.repeat(10_000)}` } }),
    ],
  ])('is refused with %s', async (_title, request) => {
    expect(await stage.refusalOf(request)).toEqual(REFUSED);
  });
});

describe('an event of GitLab', () => {
  it.each<[string, unknown]>([
    ['tag push', tagPush()],
    ['release', release()],
    ['pipeline', pipeline()],
  ])('is read with any change to a real %s', (_title, payload) => {
    const sender = new GitlabSender(contextOf('http://127.0.0.1:1', { 'Acme/Web': 'acme/web/ui' }));

    expect(() => {
      expectToReadMutations(sender, { 'x-gitlab-event-uuid': 'uuid' }, payload);
    }).not.toThrow();
  });
});
