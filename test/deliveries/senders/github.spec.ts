import { createHmac, randomUUID } from 'node:crypto';
import { GithubSender } from '../../../src/deliveries/sources/github.sender';
import { digestOf } from '../distribution-events';
import {
  npmPackage,
  packageEvent,
  ping,
  registryPackage,
  release,
  repositoryAt,
  workflowRun,
} from '../payloads/github';
import { BROKEN_BODIES, ILLEGAL_PATHS, ILLEGAL_TAGS } from './broken-bodies';
import { contextOf, expectToReadMutations } from './mutations';
import { bytesOf, REFUSED, type SentRequest, SenderStage } from './sender-stage';

const OLD = 'the-secret-that-github-signed-with';
const NEW = 'the-secret-that-github-signs-with';
const OTHER = 'the-secret-of-another-repository';
const SHORT = digestOf('x').slice(0, 47);

type Headers = Readonly<Record<string, string>>;

let stage: SenderStage;

beforeAll(async () => {
  stage = await SenderStage.start({
    secrets: { OLD, NEW, OTHER },
    sources: {
      github:
        'kind: github, secretFile: [./secrets/OLD, ./secrets/NEW], registry: local, allow: [local/acme/**], images: { Acme/Web: acme/web/ui }',
      other: 'kind: github, secretFile: ./secrets/OTHER, registry: local, allow: [local/**]',
    },
  });
});

afterAll(() => stage.stop());

interface Sent {
  readonly id?: string;
  readonly secret?: string;
  readonly headers?: Headers;
}

/** A request as GitHub sends it. */
function from(event: string, body: unknown, sent: Sent = {}): SentRequest {
  const { id = randomUUID(), secret = NEW, headers = {} } = sent;
  const bytes = bytesOf(body);
  const all = {
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': event,
    'x-github-delivery': id,
    'x-github-hook-id': '109948940',
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(bytes).digest('hex')}`,
    'x-hub-signature-256': signatureOf(bytes, secret),
    ...headers,
  };
  return { path: 'github', headers: all, body: bytes };
}

function signatureOf(bytes: string | Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
}

describe(GithubSender, () => {
  it.each<[string, string, unknown, object]>([
    ['a release', 'release', release(), { tag: 'v2.4.1', digest: null }],
    ['a release of a pre-release', 'release', release('released'), { tag: 'v2.4.1' }],
    [
      'an image',
      'registry_package',
      registryPackage(),
      { tag: '2.4.1', digest: digestOf('2.4.1') },
    ],
    [
      'an image that was pushed again',
      'registry_package',
      registryPackage('updated'),
      { tag: '2.4.1' },
    ],
    ['an image by the old event', 'package', packageEvent(), { digest: digestOf('2.4.1') }],
    [
      'a workflow of a tag',
      'workflow_run',
      workflowRun(),
      { tag: 'v2.4.1', runUrl: 'https://github.com/Acme/Api/actions/runs/289782451' },
    ],
    [
      'a workflow of a release, whatever its tag looks like',
      'workflow_run',
      workflowRun({ event: 'release', head_branch: 'summer' }),
      { tag: 'summer' },
    ],
  ])('takes %s', async (_title, event, body, expected) => {
    const { status, receipt, stored } = await stage.deliver(from(event, body));

    expect([status, receipt.status]).toEqual([202, 'accepted']);
    expect(stored).toMatchObject({
      source: 'github',
      repository: 'local/acme/api',
      status: 'pending',
      ...expected,
    });
  });

  it.each<[string, object, string | null]>([
    ['the digest of the tag', { digest: digestOf('a'), version: digestOf('b') }, digestOf('a')],
    [
      'the version where the tag has no digest',
      { digest: '', version: digestOf('b') },
      digestOf('b'),
    ],
    [
      'the version where the digest of the tag is none',
      { digest: SHORT, version: digestOf('b') },
      digestOf('b'),
    ],
    ['none where neither is one', { digest: SHORT, version: '1.0.0' }, null],
  ])('takes for an image %s', async (_title, options, digest) => {
    const body = registryPackage('published', options);

    expect((await stage.deliver(from('registry_package', body))).stored.digest).toBe(digest);
  });

  it('takes build metadata of a git tag, which the rules map', async () => {
    const body = release('published', { tag_name: 'v2.4.1+5' });

    const { receipt } = await stage.deliver(from('release', body));

    expect(receipt).toMatchObject({ status: 'accepted', tag: 'v2.4.1_5' });
  });

  it('finds the image of a repository that the configuration names otherwise', async () => {
    const body = release('published', {}, { repository: repositoryAt('Acme/Web') });

    const { receipt } = await stage.deliver(from('release', body));

    expect(receipt).toMatchObject({ status: 'accepted', repository: 'local/acme/web/ui' });
  });

  it('knows a delivery again by its id, which a redelivery keeps', async () => {
    const sent = { id: 'b1946ac9-2492-11f0-8c0a-5bd0c5f3a1d0' };
    const first = await stage.deliver(from('release', release(), sent));

    const again = await stage.deliver(from('release', release(), sent));
    const another = await stage.deliver(from('release', release()));

    expect([first.status, again.status, another.status]).toEqual([202, 200, 202]);
    expect(again.receipt).toMatchObject({ id: first.receipt.id, status: 'duplicate' });
  });

  it.each(['', 'an id', 'i'.repeat(129), 'id,id'])(
    'knows a delivery by its body when its id is "%s"',
    async (id) => {
      const body = release('published', { body: `notes ${id}` });
      const first = await stage.deliver(from('release', body, { id }));

      const again = await stage.deliver(from('release', body, { id }));

      expect([first.status, again.status]).toEqual([202, 200]);
    },
  );

  it.each<[string, string, string, unknown]>([
    ['the ping', 'ping', 'ping', ping()],
    ['a push', 'type-unknown', 'push', { ref: 'refs/tags/v2.4.1' }],
    ['an unknown event', 'type-unknown', 'x'.repeat(1_000), {}],
    ...[...['created', 'edited', 'deleted', 'unpublished', 'prereleased']].map(
      (action): [string, string, string, unknown] => [
        `a release that is ${action}`,
        'type-unknown',
        'release',
        release(action),
      ],
    ),
    ['a draft', 'draft', 'release', release('published', { draft: true, published_at: null })],
    ['an npm package', 'no-image', 'package', npmPackage()],
    ['a deleted package', 'type-unknown', 'package', packageEvent('deleted')],
    [
      'an untagged image',
      'untagged',
      'registry_package',
      registryPackage('published', { tag: '' }),
    ],
    [
      'an image without metadata',
      'untagged',
      'package',
      packageEvent('published', { fields: { package_version: { container_metadata: null } } }),
    ],
    [
      'an image of another registry',
      'other-registry',
      'registry_package',
      registryPackage('published', { host: 'ghcr.io' }),
    ],
    [
      'an image of a registry inside',
      'other-registry',
      'registry_package',
      registryPackage('published', { host: '169.254.169.254' }),
    ],
    ['a workflow that begins', 'type-unknown', 'workflow_run', workflowRun({}, 'requested')],
    ...['failure', 'cancelled', 'skipped', 'timed_out', null].map(
      (conclusion): [string, string, string, unknown] => [
        `a workflow that ended as ${conclusion}`,
        'not-successful',
        'workflow_run',
        workflowRun({ conclusion }),
      ],
    ),
    ['a workflow of a branch', 'untagged', 'workflow_run', workflowRun({ head_branch: 'main' })],
    [
      'a workflow of a pull request whose branch is named like a tag',
      'untagged',
      'workflow_run',
      workflowRun({ event: 'pull_request', head_branch: 'v9.9.9' }),
    ],
    [
      'a workflow on a schedule',
      'untagged',
      'workflow_run',
      workflowRun({ event: 'schedule', head_branch: null }),
    ],
    [
      'the tag of a part of a monorepo',
      'no-image-tag',
      'release',
      release('published', { tag_name: 'ui/v2.4.1' }),
    ],
    [
      'a repository of others',
      'repository-not-allowed',
      'release',
      release('published', {}, { repository: repositoryAt('Somebody/Api') }),
    ],
  ])('ignores %s as %s', async (_title, code, event, body) => {
    const { status, receipt, stored } = await stage.deliver(from(event, body));

    expect([status, receipt.status]).toEqual([202, 'ignored']);
    expect(stored).toMatchObject({ status: 'ignored', error: { code, text: receipt.reason } });
  });

  it.each<readonly [string, string, unknown]>([
    ...BROKEN_BODIES.map(([title, body]) => [title, 'release', body] as const),
    ['the body of another event', 'workflow_run', release()],
    ['no action', 'release', release(null)],
    ['an action that is a number', 'registry_package', registryPackage(1)],
    ['a draft that is a text', 'release', release('published', { draft: 'no' })],
    ['no release', 'release', { ...release(), release: null }],
    ['no repository', 'release', release('published', {}, { repository: null })],
    ['a tag that is a number', 'release', release('published', { tag_name: 2 })],
    ['a package that is a list', 'package', { action: 'published', package: [] }],
    ['no registry_package', 'registry_package', packageEvent()],
    [
      'an image without a namespace',
      'registry_package',
      registryPackage('published', { fields: { namespace: null } }),
    ],
    [
      'an image with no legal name',
      'registry_package',
      registryPackage('published', { fields: { name: '../api' } }),
    ],
    ['an image with no legal tag', 'package', packageEvent('published', { tag: '-rf' })],
    ['a workflow without an event', 'workflow_run', workflowRun({ event: undefined })],
    ...ILLEGAL_PATHS.map(
      (path) =>
        [
          `the repository ${path}`,
          'release',
          release('published', {}, { repository: repositoryAt(path) }),
        ] as const,
    ),
    ...['', ...ILLEGAL_TAGS].map(
      (tag) => [`the tag ${tag}`, 'release', release('published', { tag_name: tag })] as const,
    ),
  ])('rejects %j', async (_title, event, body) => {
    const { status, receipt, stored } = await stage.deliver(from(event, body));

    expect([status, receipt.status]).toEqual([202, 'rejected']);
    expect(stored).toMatchObject({
      status: 'ignored',
      repository: null,
      tag: null,
      error: { code: 'event-invalid', text: receipt.reason },
    });
  });

  it('rejects a request that does not name its event', async () => {
    const body = JSON.stringify(release('published', { body: 'of no event' }));
    const headers = { 'x-hub-signature-256': signatureOf(body, NEW) };

    const { status, receipt } = await stage.deliver({ path: 'github', headers, body });

    expect([status, receipt.status]).toEqual([202, 'rejected']);
  });

  it('cannot take a form', async () => {
    const body = `payload=${encodeURIComponent(JSON.stringify(release()))}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };

    expect((await stage.send(from('release', body, { headers }))).status).toBe(415);
  });

  it.each([OLD, NEW])('takes a signature by %s while both count', async (secret) => {
    const { receipt } = await stage.deliver(from('release', release(), { secret }));

    expect(receipt.status).toBe('accepted');
  });

  it.each<[string, string]>([
    ['an empty signature', ''],
    ['no digits', 'sha256='],
    ['63 digits', `sha256=${'a'.repeat(63)}`],
    ['65 digits', `sha256=${'a'.repeat(65)}`],
    ['another signature', `sha256=${'a'.repeat(64)}`],
    ['a signature that is not hex', `sha256=${'g'.repeat(64)}`],
    ['a signature of 10 kB', `sha256=${'a'.repeat(10_000)}`],
    ['a signature in base64', `sha256=${Buffer.alloc(32, 1).toString('base64')}`],
    ['the secret of another source', signatureOf(JSON.stringify(release()), OTHER)],
    ['the empty secret', signatureOf(JSON.stringify(release()), '')],
    ['a signature of another body', signatureOf(JSON.stringify(release('released')), NEW)],
    ['no scheme', signatureOf(JSON.stringify(release()), NEW).slice(7)],
    ['two signatures', `sha256=${'a'.repeat(64)}, ${signatureOf(JSON.stringify(release()), NEW)}`],
    ['the algorithm SHA-1', `sha1=${'a'.repeat(40)}`],
  ])('refuses %s like an unknown source', async (_title, signature) => {
    const headers = { 'x-hub-signature-256': signature };

    expect(await stage.refusalOf(from('release', release(), { headers }))).toEqual(REFUSED);
  });

  it('refuses a request with a signature of SHA-1 alone', async () => {
    const { headers = {}, ...request } = from('release', release());
    const { 'x-hub-signature-256': _, ...others } = headers;

    expect(await stage.refusalOf({ ...request, headers: others })).toEqual(REFUSED);
  });

  it('refuses the secret as a token', async () => {
    const headers = { authorization: `Bearer ${NEW}` };

    expect(await stage.refusalOf({ path: 'github', headers, body: release() })).toEqual(REFUSED);
  });

  it('compares the host of an image with the one of its registry', () => {
    const sender = new GithubSender(contextOf('https://ghcr.io'));
    const body = Buffer.from(JSON.stringify(registryPackage('published', { host: 'ghcr.io' })));
    const headers = { 'x-github-event': 'registry_package' };

    const events = sender.readEvents({ headers, body, urlSecret: undefined }, { form: 'secret' });

    expect(events).toMatchObject([
      { kind: 'announcement', repository: 'local/acme/api', tag: '2.4.1', prerelease: null },
    ]);
  });

  it.each([true, false])('says whether a release is a pre-release: %s', (prerelease) => {
    const sender = new GithubSender(contextOf('https://ghcr.io'));
    const body = Buffer.from(JSON.stringify(release('published', { prerelease })));
    const headers = { 'x-github-event': 'release' };

    const events = sender.readEvents({ headers, body, urlSecret: undefined }, { form: 'secret' });

    expect(events).toMatchObject([
      { prerelease, occurredAt: Date.UTC(2026, 6, 3, 10), event: 'published' },
    ]);
  });

  it.each<[string, unknown]>([
    ['release', release()],
    ['registry_package', registryPackage()],
    ['package', packageEvent()],
    ['workflow_run', workflowRun()],
    ['ping', ping()],
  ])('reads every change of a real %s', (event, payload) => {
    const sender = new GithubSender(contextOf('http://127.0.0.1:1'));
    const headers = { 'x-github-event': event, 'x-github-delivery': 'id' };

    expect(() => {
      expectToReadMutations(sender, headers, payload);
    }).not.toThrow();
  });
});
