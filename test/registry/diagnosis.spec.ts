import type { Check } from '../../src/core/diagnosis';
import { SimulatedClock } from '../../src/runtime/clock';
import { type FakeRegistry, requestTo } from '../support/fake-registry';
import { errorAnswer, type FakeRequest } from '../support/fake-registry-behaviour';
import {
  credentials,
  type ClientOptions,
  registryErrorOf,
  repo,
  useFakes,
} from '../support/fake-registry-client';
import { digestOf } from '../support/fake-registry-manifests';
import { PRESETS } from '../support/fake-registry-presets';
import { createAuthority } from '../support/tls-certificates';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const PASSWORD = 'a-password-that-nobody-may-read';
const ACCOUNT = { username: 'ci', password: PASSWORD } as const;
const { start, connect, pair } = useFakes();

const isUpload = ({ path }: FakeRequest): boolean => path.includes('/blobs/uploads/');
const isCancel = (request: FakeRequest): boolean =>
  request.method === 'DELETE' && isUpload(request);

/** A registry that has an image, and drops uploads when it is told to. */
async function stocked(options: Parameters<typeof start>[0] = {}): Promise<FakeRegistry> {
  const fake = await start(options);
  fake.pushImage(PATH, '1.0.0');
  fake.failNext(isCancel, { status: 204 });
  return fake;
}

/** The checks by name. */
async function diagnosed(
  fake: FakeRegistry,
  options: ClientOptions = {},
): Promise<Readonly<Record<string, Check>>> {
  return byName(await connect(fake.url, options).diagnose('local', UI));
}

function byName(checks: readonly Check[]): Readonly<Record<string, Check>> {
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

function statusesOf(checks: Readonly<Record<string, Check>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.values(checks).map(({ name, status }) => [name, status]));
}

describe('the diagnosis of a registry that serves', () => {
  it('is ok in every check that a repository can answer', async () => {
    const fake = await stocked({ referrers: 'api' });

    expect(statusesOf(await diagnosed(fake))).toEqual({
      ...{ reach: 'ok', clock: 'ok', pull: 'ok', push: 'ok', delete: 'ok' },
      ...{ 'several-tags': 'unknown', referrers: 'ok', listing: 'unknown' },
    });
  });

  it('says what to change in no check that is ok', async () => {
    const checks = Object.values(await diagnosed(await stocked()));

    expect(checks.filter(({ status, fix }) => status === 'ok' && fix !== undefined)).toEqual([]);
  });

  it('changes no tag, and cancels the upload that it begins', async () => {
    const fake = await stocked();
    const before = fake.tags(PATH);

    const { push } = await diagnosed(fake);

    const uploads = fake.writes.filter(({ path }) => path.includes('/uploads/'));
    expect(uploads.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 202],
      ['DELETE', 204],
    ]);
    expect(push?.text).toBe('may write to gallery/ui');
    expect(fake.writes.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect(fake.tags(PATH)).toEqual(before);
  });

  it('cancels it where the registry behind a proxy names itself with another scheme', async () => {
    const fake = await stocked();
    const location = `${fake.url.replace('http:', 'https:')}/v2/${PATH}/blobs/uploads/one?state=2`;
    fake.failNext(requestTo('POST'), { status: 202, headers: { location } });

    const { push } = await diagnosed(fake);

    expect(push?.text).toBe('may write to gallery/ui');
    expect(fake.writes.filter(({ path }) => path.endsWith('/uploads/one'))).toMatchObject([
      { method: 'DELETE', query: 'state=2' },
    ]);
  });

  it.each([
    ['is refused', { status: 401 }],
    ['is not offered', errorAnswer(405, 'UNSUPPORTED')],
    ['is answered with trouble', { status: 500 }],
    ['is never answered', 'reset'],
  ] as const)('may push though the end of the upload %s, and says so', async (_, fault) => {
    const fake = await start();
    fake.pushImage(PATH, '1.0.0');
    fake.failNext(isCancel, fault, 9);

    const { push } = await diagnosed(fake);

    expect(push).toMatchObject({ status: 'ok' });
    expect(push?.text).toContain('left to the registry to drop');
  });

  it.each([
    ['an image', 'pushImage'],
    ['an index', 'pushIndex'],
  ] as const)('mounts a blob of %s where it is already, and begins no upload', async (_, push) => {
    const fake = await start();
    fake[push](PATH, '1.0.0');
    fake.failNext(requestTo('POST'), { status: 201 });

    const { push: check } = await diagnosed(fake);

    expect(check).toEqual({ name: 'push', status: 'ok', text: 'may write to gallery/ui' });
    const uploads = fake.writes.filter(({ path }) => path.includes('/uploads/'));
    expect(uploads).toHaveLength(1);
    expect(uploads[0]?.query).toMatch(/^mount=sha256%3A[0-9a-f]{64}&from=gallery%2Fui$/);
  });

  it.each([400, 404, 405])('begins an upload where a mount gets %d', async (status) => {
    const fake = await stocked();
    fake.failNext(requestTo('POST'), { status });

    const { push } = await diagnosed(fake);

    expect(push).toMatchObject({ status: 'ok', text: 'may write to gallery/ui' });
    const begun = fake.writes.filter(({ method }) => method === 'POST');
    expect(begun.map(({ query }) => query)).toEqual([expect.stringMatching('^mount='), '']);
  });

  it('is not misled by a manifest that is no JSON', async () => {
    const fake = await start();
    const { digest, mediaType } = fake.pushImage(PATH, '1.0.0');
    const bytes = Buffer.from('no JSON');
    const sent = digestOf(bytes);
    const headers = { 'content-type': mediaType, 'docker-content-digest': sent };
    fake.failNext(requestTo('GET', '/manifests/1.0.0'), { status: 200, headers, body: bytes });

    expect(sent).not.toBe(digest);
    expect(await diagnosed(fake)).toMatchObject({ pull: { status: 'ok' }, push: { status: 'ok' } });
  });

  it('does not follow an upload to another host', async () => {
    const fake = await stocked();
    const other = await start();
    const location = `${other.url}/v2/${PATH}/blobs/uploads/one`;
    fake.failNext(requestTo('POST'), { status: 202, headers: { location } });

    const { push } = await diagnosed(fake);

    expect(push).toMatchObject({ status: 'ok' });
    expect(push?.text).toContain('left to the registry to drop');
    expect(other.requests).toEqual([]);
  });
});

describe('the diagnosis of a registry that cannot be asked', () => {
  it('ends with a failed reach when nothing listens', async () => {
    const fake = await start();
    await fake.stop();

    const checks = await connect(fake.url).diagnose('local', UI);

    expect(checks).toEqual([
      {
        ...{ name: 'reach', status: 'fail' },
        text: expect.stringContaining('ECONNREFUSED') as string,
        fix: 'check registries.local.url and that the registry runs',
      },
    ]);
  });

  it.each([
    ['no registry', { status: 404 }],
    ['a redirect', { status: 301, headers: { location: 'https://elsewhere.test/v2/' } }],
    ['a web page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ] as const)('tells %s from one, and asks nothing more', async (_, answer) => {
    const fake = await start();
    fake.failNext(requestTo('GET', '/v2/'), answer);

    expect(statusesOf(await diagnosed(fake))).toEqual({ reach: 'fail' });
    expect(fake.requests).toHaveLength(1);
  });

  it('asks again while the registry is only starting', async () => {
    const fake = await stocked();
    fake.failNext(requestTo('GET', '/v2/'), { status: 503 });

    expect(await diagnosed(fake)).toMatchObject({ reach: { status: 'ok' } });
  });

  it('names no such registry as an error', async () => {
    const { client } = await pair();

    expect(await registryErrorOf(client.diagnose('other'))).toMatchObject({
      code: 'registry-unknown',
    });
  });
});

describe('the diagnosis of a clock', () => {
  it.each([
    [31_000, 'warn', "Tagward's clock is 31 s ahead of the registry's"],
    [-31_000, 'warn', "Tagward's clock is 31 s behind the registry's"],
    [29_000, 'ok', "its clock and Tagward's agree"],
  ] as const)('that is off by %d ms is %s', async (skew, status, text) => {
    const fake = await start();
    const at = Date.parse('2026-07-03T10:00:00Z');
    const headers = { date: new Date(at).toUTCString() };
    fake.failNext(requestTo('GET', '/v2/'), { status: 200, headers });
    const clock = new SimulatedClock(at + skew);

    expect(await diagnosed(fake, { clock })).toMatchObject({ clock: { status, text } });
  });

  it('is left out where the registry does not tell the time', async () => {
    const fake = await start();
    fake.failNext(requestTo('GET', '/v2/'), { status: 200, headers: { date: 'noon' } });

    expect(await diagnosed(fake)).not.toHaveProperty('clock');
  });
});

describe('the diagnosis of an account', () => {
  it.each([
    ['basic', { kind: 'basic', ...ACCOUNT }],
    ['bearer', { kind: 'bearer', ...ACCOUNT }],
  ] as const)('serves with %s', async (_, auth) => {
    const fake = await stocked({ auth });
    const settings = { credentials: credentials('ci', PASSWORD) };

    expect(await diagnosed(fake, { settings })).toMatchObject({
      pull: { status: 'ok' },
      push: { status: 'ok' },
      delete: { status: 'ok' },
    });
  });

  it.each([
    ['basic', { kind: 'basic', username: 'ci', password: 'right' }],
    ['bearer', { kind: 'bearer', username: 'ci', password: 'right' }],
  ] as const)('with a wrong password fails with %s, and is not tried on', async (_, auth) => {
    const fake = await stocked({ auth });
    const settings = { credentials: credentials('ci', PASSWORD) };

    const checks = await diagnosed(fake, { settings });

    expect(checks).toMatchObject({
      pull: { status: 'fail', fix: expect.stringContaining('registries.local.auth') as string },
      push: { status: 'unknown', text: 'not tried, since pulling fails' },
      delete: { status: 'unknown' },
    });
    expect(checks['pull']?.fix).toContain('correct user and password');
    expect(JSON.stringify(checks)).not.toContain(PASSWORD);
    expect(fake.writes).toEqual([]);
  });

  it('that is missing is asked for', async () => {
    const fake = await stocked({ auth: { kind: 'basic', ...ACCOUNT } });

    expect((await diagnosed(fake))['pull']?.fix).toBe(
      'set registries.local.auth to an account that may pull from gallery/ui',
    );
  });

  it.each([
    ['by a 403', 403, 'give the account of registries.local.auth the right to push to gallery/ui'],
    ['by a 404', 404, 'create the repository there, or correct its name'],
    ['by a 405', 405, 'let it take writes: a mirror, and a registry in read-only mode, do not'],
  ] as const)('that may not push is told %s', async (_, status, fix) => {
    const fake = await stocked();
    fake.failNext(requestTo('POST'), { status }, 2);
    const settings = { credentials: credentials('ci', PASSWORD) };

    expect(await diagnosed(fake, { settings })).toMatchObject({
      pull: { status: 'ok' },
      push: { status: 'fail', fix },
      delete: { status: 'ok' },
    });
  });

  it('that gets tokens for pulling only may not push, nor delete', async () => {
    const grants = (): readonly string[] => ['pull'];
    const fake = await stocked({ auth: { kind: 'bearer', ...ACCOUNT, grants } });
    const settings = { credentials: credentials('ci', PASSWORD) };

    expect(await diagnosed(fake, { settings })).toMatchObject({
      pull: { status: 'ok' },
      push: { status: 'fail' },
      delete: {
        status: 'warn',
        fix: 'give the account of registries.local.auth the right to delete',
      },
    });
  });

  it('that may push and not delete is told so, though it cannot cancel the upload', async () => {
    const grants = (asked: readonly string[]): readonly string[] =>
      asked.filter((action) => action === 'pull' || action === 'push');
    const fake = await start({ auth: { kind: 'bearer', ...ACCOUNT, grants } });
    fake.pushImage(PATH, '1.0.0');
    const settings = { credentials: credentials('ci', PASSWORD) };

    expect(await diagnosed(fake, { settings })).toMatchObject({
      push: { status: 'ok', text: expect.stringContaining('left to the registry') as string },
      delete: { status: 'warn' },
    });
  });

  it('is open in a repository that has nothing, or that it may not see', async () => {
    const fake = await start();
    fake.failNext(isCancel, { status: 204 });

    expect(await diagnosed(fake)).toMatchObject({
      pull: { status: 'unknown', fix: 'name a repository that has an image' },
      push: { status: 'ok' },
    });
  });

  it('is open without a repository, and nothing is written', async () => {
    const { fake, client } = await pair();

    const checks = byName(await client.diagnose('local'));

    expect(statusesOf(checks)).toMatchObject({ pull: 'unknown', push: 'unknown' });
    expect(checks['pull']?.fix).toBe('name one');
    expect(fake.writes).toEqual([]);
  });

  it('fails where manifests cannot be read though tags are listed', async () => {
    const fake = await stocked();
    fake.failNext(requestTo('GET', '/manifests/1.0.0'), { status: 403 });

    expect(await diagnosed(fake)).toMatchObject({ pull: { status: 'fail' } });
  });

  it('tells trouble with referrers by itself', async () => {
    const fake = await stocked();
    fake.failNext(({ path }) => path.includes('/referrers/'), { status: 403 });

    expect(await diagnosed(fake)).toMatchObject({
      pull: { status: 'ok' },
      signatures: { status: 'fail' },
    });
  });
});

describe('the diagnosis of deletions', () => {
  it.each`
    registry                              | status    | fix
    ${{}}                                 | ${'ok'}   | ${'nothing to change'}
    ${PRESETS.distribution28}             | ${'ok'}   | ${'nothing to change'}
    ${PRESETS.quay}                       | ${'ok'}   | ${'nothing to change'}
    ${PRESETS.harbor}                     | ${'warn'} | ${'name it in registries.local.provider'}
    ${PRESETS.ghcr}                       | ${'warn'} | ${'storage.delete.enabled: true'}
    ${PRESETS.dockerHub}                  | ${'warn'} | ${'name the product in registries.local.provider'}
    ${both('denied', 'denied')}           | ${'warn'} | ${'that may delete'}
    ${both('denied', 'disabled')}         | ${'warn'} | ${'that may delete'}
    ${both('digest-invalid', 'disabled')} | ${'warn'} | ${'storage.delete.enabled: true'}
  `('of $registry are $status', async (row: { registry: object; status: string; fix: string }) => {
    const check = (await diagnosed(await stocked(row.registry)))['delete'];

    expect(check?.status).toBe(row.status);
    expect(check?.fix ?? 'nothing to change').toContain(row.fix);
  });

  it("are the product's own affair where it is named", async () => {
    const fake = await stocked(PRESETS.harbor);
    const provider = { kind: 'harbor', url: new URL(fake.url), token: undefined } as const;

    expect(await diagnosed(fake, { settings: { provider } })).toMatchObject({
      delete: { status: 'ok', text: expect.stringContaining('not tried here') as string },
    });
  });

  it('do not show in a repository that the registry does not know', async () => {
    const fake = await start();
    fake.failNext(requestTo('POST'), { status: 403 });

    expect(await diagnosed(fake)).toMatchObject({ delete: { status: 'unknown' } });
  });

  it('warns of deletes that were seen to take other tags along', async () => {
    const fake = await stocked({ tagDeleteTakes: 'manifest' });
    const client = connect(fake.url);
    await client.proveTagDelete(UI);

    expect(byName(await client.diagnose('local', UI))).toMatchObject({
      'single-tags': { status: 'warn' },
      delete: { status: 'ok', text: expect.stringContaining('by a dummy') as string },
    });
  });

  function both(tagDelete: string, digestDelete: string): object {
    return { tagDelete, digestDelete };
  }
});

describe('the diagnosis of a registry whose certificate', () => {
  const made = createAuthority();
  if (!made.available) {
    process.stderr.write(`skipped TLS tests: ${made.reason}\n`);
    it.todo(`is looked at where openssl is (${made.reason})`);
    return;
  }
  const tls = made.authority;

  it('is not trusted fails, and names the setting', async () => {
    const fake = await start({ tls });

    expect(await diagnosed(fake)).toMatchObject({
      reach: {
        status: 'fail',
        fix: 'name the certificate of its authority in registries.local.caFile',
      },
    });
  });

  it('is not looked at warns', async () => {
    const fake = await stocked({ tls });

    expect(await diagnosed(fake, { settings: { skipVerify: true } })).toMatchObject({
      reach: { status: 'ok' },
      certificate: { status: 'warn', fix: expect.stringContaining('caFile') as string },
      pull: { status: 'ok' },
    });
  });
});
