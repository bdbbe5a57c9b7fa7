import { inspect } from 'node:util';
import { SimulatedClock } from '../../src/runtime/clock';
import { type FakeRegistry, requestTo } from '../support/fake-registry';
import type { BearerAuth } from '../support/fake-registry-behaviour';
import { credentials, registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import { ociImage } from '../support/fake-registry-manifests';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const PASSWORD = 'pass-word-5up3r';
const account = { username: 'robot', password: PASSWORD };
const settings = { credentials: credentials('robot', PASSWORD) };
const bearer: BearerAuth = { kind: 'bearer', ...account };
const { pair, start, connect } = useFakes();

function expectNoSecrets(error: Error, fake: FakeRegistry): void {
  const text = JSON.stringify(error) + inspect(error, { depth: 10, showHidden: true });
  const secrets = [PASSWORD, Buffer.from(`robot:${PASSWORD}`).toString('base64')];
  const sent = [...fake.requests, ...fake.tokenRequests].flatMap(({ authorization }) =>
    authorization === undefined ? [] : [authorization.replace(/^\w+ /, '')],
  );
  for (const secret of [...secrets, ...sent]) expect(text).not.toContain(secret);
}

describe('a registry that asks for Basic', () => {
  it('gets the credentials, from the second request on up front', async () => {
    const { fake, client } = await pair({ auth: { kind: 'basic', ...account }, settings });
    const image = fake.pushImage(PATH, '1.0.0');

    expect(await client.getManifest(UI, tag('1.0.0'))).toEqual(image);
    await client.putManifest(UI, tag('1.0'), image);

    expect(fake.requests.map(({ status }) => status)).toEqual([401, 200, 201]);
  });

  it('says unauthorized and names the setting when the password is wrong', async () => {
    const { fake, client } = await pair({
      auth: { kind: 'basic', username: 'robot', password: 'another' },
      settings,
    });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'unauthorized', retryable: true, status: 401 });
    expect(error.message).toContain('registries.local.auth');
    expect(fake.requests).toHaveLength(2);
    expectNoSecrets(error, fake);
  });

  it('says unauthorized when there are no credentials', async () => {
    const { fake, client } = await pair({ auth: { kind: 'basic', ...account } });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain('set registries.local.auth');
    expect(fake.requests).toHaveLength(1);
  });
});

describe('a registry that asks for nothing', () => {
  it('never gets the credentials', async () => {
    const { fake, client } = await pair({ settings });
    fake.pushImage(PATH, '1.0.0');

    await client.getManifest(UI, tag('1.0.0'));

    expect(fake.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});

describe('a registry that asks for Bearer', () => {
  it.each(['token', 'access_token'] as const)(
    'gets one token for all by "%s"',
    async (tokenField) => {
      const { fake, client } = await pair({ auth: { ...bearer, tokenField }, settings });
      const image = fake.pushImage(PATH, '1.0.0');

      await client.getManifest(UI, tag('1.0.0'));
      await client.putManifest(UI, tag('1.0'), image);
      await client.findManifest(UI, tag('1.0'));

      expect(fake.requests.map(({ status }) => status)).toEqual([401, 200, 201, 200]);
      expect(fake.tokenRequests.map(({ query }) => query)).toEqual([
        'service=fake-registry&scope=repository%3Agallery%2Fui%3Apull%2Cpush',
      ]);
    },
  );

  it('gets a token without credentials when it gives them to anybody', async () => {
    const { fake, client } = await pair({ auth: { kind: 'bearer' } });
    const image = fake.pushImage(PATH, '1.0.0');

    expect(await client.getManifest(UI, tag('1.0.0'))).toEqual(image);
    expect(fake.tokenRequests[0]?.authorization).toBeUndefined();
  });

  it('replaces a token behind the requests that it still serves', async () => {
    const clock = new SimulatedClock(1_800_000_000_000);
    const auth = { ...bearer, expiresInSeconds: 300 };
    const { fake, client } = await pair({ auth, settings, clock, now: () => clock.now() });
    fake.pushImage(PATH, '1.0.0');
    await client.findManifest(UI, tag('1.0.0'));
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    fake.beforeNext(requestTo('GET', '/token'), () => held);

    clock.advance(285_000);
    await client.findManifest(UI, tag('1.0.0'));
    await client.findManifest(UI, tag('1.0.0'));
    const meanwhile = fake.tokenRequests.length;
    letGo();
    clock.advance(15_000);
    await client.findManifest(UI, tag('1.0.0'));

    expect([meanwhile, fake.tokenRequests.length]).toEqual([1, 2]);
    expect(fake.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200]);
  });

  it('asks for one token however many need it', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    const image = fake.pushImage(PATH, '1.0.0');

    await Promise.all(
      Array.from({ length: 20 }, (_, number) => client.putManifest(UI, tag(`v${number}`), image)),
    );

    expect(fake.tags(PATH).size).toBe(21);
    expect(fake.tokenRequests).toHaveLength(1);
    expect(fake.requests.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it('asks for `delete` only when it deletes', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    fake.pushImage(PATH, '1.0.0');

    expect(await client.deleteTag(UI, tag('1.0.0'))).toBe('deleted');

    expect(fake.tokenRequests.map(({ query }) => new URLSearchParams(query).get('scope'))).toEqual([
      `repository:${PATH}:pull,push,delete`,
    ]);
  });

  it.each([true, false])(
    'fetches a new token 15 s before its end (issued_at: %s)',
    async (withIssuedAt) => {
      const clock = new SimulatedClock(1_800_000_000_000);
      const now = (): number => clock.now();
      const auth = { ...bearer, expiresInSeconds: 300, withIssuedAt };
      const { fake, client } = await pair({ auth, settings, clock, now });
      fake.pushImage(PATH, '1.0.0');
      await client.findManifest(UI, tag('1.0.0'));

      clock.advance(284_999);
      await client.findManifest(UI, tag('1.0.0'));
      const before = fake.tokenRequests.length;
      clock.advance(1);
      await client.findManifest(UI, tag('1.0.0'));
      // Whoever comes after the end of the old one waits for the new one.
      clock.advance(15_000);
      await client.findManifest(UI, tag('1.0.0'));

      expect([before, fake.tokenRequests.length]).toEqual([1, 2]);
      expect(fake.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200]);
    },
  );

  it('takes a token without a life for one of 60 s', async () => {
    const clock = new SimulatedClock(1_800_000_000_000);
    const { fake, client } = await pair({ auth: bearer, settings, clock, now: () => clock.now() });
    fake.pushImage(PATH, '1.0.0');

    for (const ms of [0, 44_999, 15_001]) {
      clock.advance(ms);
      await client.findManifest(UI, tag('1.0.0'));
    }

    expect(fake.tokenRequests).toHaveLength(2);
    expect(fake.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
  });

  it('fetches one new token after a 401 to one that served before', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    fake.pushImage(PATH, '1.0.0');
    await client.findManifest(UI, tag('1.0.0'));
    fake.revokeTokens();
    fake.forgetRequests();

    await client.findManifest(UI, tag('1.0.0'));

    expect(fake.requests.map(({ status }) => status)).toEqual([401, 200]);
    expect(fake.tokenRequests).toHaveLength(1);
  });

  it('says unauthorized when the new token does not serve either', async () => {
    const { fake, client } = await pair({ auth: { ...bearer, grants: () => [] }, settings });
    fake.pushImage(PATH, '1.0.0');

    const error = await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')));

    expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(error.message).toContain('registries.local.auth');
    expect(fake.tokenRequests).toHaveLength(1);
    expectNoSecrets(error, fake);
  });

  it('asks for exactly the challenged scope where more is refused, and remembers that', async () => {
    const auth = { ...bearer, refusesScope: (scope: string) => scope.endsWith('pull,push,delete') };
    const { fake, client } = await pair({ auth, settings });
    fake.pushImage(PATH, '1.0.0');
    fake.pushImage(PATH, '2.0.0');

    await client.deleteTag(UI, tag('1.0.0'));
    await client.deleteTag(UI, tag('2.0.0'));

    expect(fake.tags(PATH).size).toBe(0);
    expect(fake.tokenRequests.map(({ query }) => new URLSearchParams(query).get('scope'))).toEqual([
      `repository:${PATH}:pull,push,delete`,
      `repository:${PATH}:delete`,
    ]);
  });

  it('asks for exactly the challenged scope where more is narrowed', async () => {
    const grants = (actions: readonly string[]): readonly string[] =>
      actions.includes('delete') && actions.length > 1 ? [] : actions;
    const { fake, client } = await pair({ auth: { ...bearer, grants }, settings });
    fake.pushImage(PATH, '1.0.0');

    expect(await client.deleteTag(UI, tag('1.0.0'))).toBe('deleted');
    expect(fake.tokenRequests).toHaveLength(2);
  });

  it('prefers Bearer to Basic in one header', async () => {
    const { fake, client } = await pair({ auth: { ...bearer, offersBasic: true }, settings });
    const image = fake.pushImage(PATH, '1.0.0');

    expect(await client.getManifest(UI, tag('1.0.0'))).toEqual(image);
    expect(fake.requests.at(-1)?.authorization).toMatch(/^Bearer /);
  });

  it('asks a token service on another port of the same name', async () => {
    const tokens = await start({ auth: bearer, host: 'localhost' });
    const realm = `${tokens.url}/token`;
    const { client } = await pair({ auth: { ...bearer, realm }, settings, host: 'localhost' });

    // The other service's tokens do not serve here, which is not the point.
    await registryErrorOf(client.listTags(UI));

    expect(tokens.tokenRequests.length).toBeGreaterThan(0);
  });
});

describe('a hostile realm', () => {
  it.each([
    ['another name', (port: string) => `http://localhost:${port}/token`],
    ['another port of an address', (port: string) => `http://127.0.0.1:${port}/token`],
    ['the own host in the user part', (port: string) => `http://127.0.0.1@localhost:${port}/token`],
    ['no URL', () => '/token'],
    ['another protocol', () => 'file:///etc/passwd'],
  ])('is refused and not asked: %s', async (_name, realmAt) => {
    const thief = await start({ auth: bearer });
    const realm = realmAt(new URL(thief.url).port);
    const { fake, client } = await pair({ auth: { ...bearer, realm }, settings });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'redirect-refused', retryable: false });
    expect([...thief.requests, ...thief.tokenRequests]).toEqual([]);
    expectNoSecrets(error, fake);
  });

  it('does not show a query or user that may hold a secret', async () => {
    const realm = `http://user:${PASSWORD}@elsewhere.test/token?key=${PASSWORD}`;
    const { fake, client } = await pair({ auth: { ...bearer, realm }, settings });

    expectNoSecrets(await registryErrorOf(client.listTags(UI)), fake);
  });
});

describe('a token service', () => {
  it.each([
    [{ status: 401 }, { code: 'unauthorized', retryable: true }],
    [{ status: 403 }, { code: 'unauthorized', retryable: true }],
    [{ status: 500 }, { code: 'server-error', retryable: true }],
    [
      { status: 429, headers: { 'retry-after': '60' } },
      { code: 'rate-limited', retryAfterMs: 60_000 },
    ],
    [{ status: 200, body: '<html>' }, { code: 'unexpected-answer' }],
    [{ status: 200, body: {} }, { code: 'unexpected-answer' }],
    [{ status: 200, body: { token: 'two\nlines' } }, { code: 'unexpected-answer' }],
    [{ status: 200, body: { token: 'x'.repeat(70_000) } }, { code: 'answer-too-large' }],
    [
      { status: 302, headers: { location: 'http://elsewhere.test/' } },
      { code: 'redirect-refused' },
    ],
  ])('that answers %j ends in %j', async (tokenAnswer, expected) => {
    const clock = new SimulatedClock(1_800_000_000_000);
    const { fake, client } = await pair({ auth: { ...bearer, tokenAnswer }, settings, clock });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject(expected);
    expectNoSecrets(error, fake);
  });

  it('is asked again after a passing fault', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    fake.pushImage(PATH, '1.0.0');
    fake.failNext(requestTo('GET', '/token'), { status: 503 }, 2);

    expect(await client.listTags(UI)).toEqual(['1.0.0']);
  });
});

describe('credentials', () => {
  it('go to no other host by a redirect', async () => {
    const thief = await start();
    const { fake, client } = await pair({ auth: { kind: 'basic', ...account }, settings });
    fake.failNext(({ headers }) => headers['authorization'] !== undefined, {
      status: 307,
      headers: { location: `${thief.url}/v2/${PATH}/tags/list` },
    });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'redirect-refused' });
    expect(thief.requests).toEqual([]);
    expectNoSecrets(error, fake);
  });

  it('are in no error of a connection that breaks', async () => {
    const { fake, client } = await pair({ auth: { kind: 'basic', ...account }, settings });
    fake.pushImage(PATH, '1.0.0');
    await client.listTags(UI);
    fake.failNext(() => true, 'reset', 5);

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'unreachable' });
    expectNoSecrets(error, fake);
  });

  it('are in no inspected client', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    fake.pushImage(PATH, '1.0.0');

    await client.listTags(UI);

    expect(inspect(client, { depth: 4 })).not.toContain(PASSWORD);
    expect(connect(fake.url, { settings })).toBeDefined();
  });
});
