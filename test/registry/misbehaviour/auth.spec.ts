import { tag } from '../../support/fake-registry-client';
import {
  answerWith,
  flood,
  garbage,
  json,
  page,
  redirect,
  resetAtOnce,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import { expectNoHarm, outcomeOf } from './outcomes';
import { describeBehindProxy, type Scene, TOKEN } from './scene';

const STABLE = tag('stable');
const MIB = 1024 * 1024;

function challenge(header: string): Misbehaviour {
  return answerWith({ status: 401, headers: { 'www-authenticate': header } });
}

function move({ client, repository, wanted }: Scene): Promise<void> {
  return client.putManifest(repository, STABLE, wanted);
}

function requestsAt({ proxy }: Scene, part: string): number {
  return proxy.requests.filter(({ path }) => path.includes(part)).length;
}

/** The realm of a challenge, by the URLs of the registry and of another host. */
type Realm = readonly [name: string, realm: (own: URL, other: URL) => string];

const REALMS: readonly Realm[] = [
  ['another host', (_own, { port }) => `http://localhost:${port}/token`],
  ['another port of this machine', (_own, { href }) => `${href}token`],
  ['its own port by another name', ({ port }) => `http://localhost:${port}/token`],
  ['its own name as a user', ({ host }, other) => `http://${host}@${other.host}/token`],
  ['the metadata service', () => 'http://169.254.169.254/latest/meta-data'],
  ['a private address', () => 'http://10.0.0.1/token'],
  ['a mapped address', (_own, { port }) => `http://[::ffff:127.0.0.1]:${port}/token`],
  ['a file', () => 'file:///etc/passwd'],
  ['no URL', () => '/token'],
  ['nothing', () => ''],
];

/** What the token service does; how a write ends; the most requests to the service. */
type TokenCase = readonly [name: string, act: Misbehaviour, outcome: string, most: number];

const TOKEN_CASES: readonly TokenCase[] = [
  ['a web page', answerWith(page()), 'unexpected-answer', 1],
  ['no token', answerWith(json({ token: '' })), 'unexpected-answer', 1],
  ['a token with a line break', answerWith(json({ token: 'a\r\nx: y' })), 'unexpected-answer', 1],
  ['204', answerWith({ status: 204 }), 'unauthorized?', 2],
  ['401', answerWith(page(401)), 'unauthorized?', 2],
  ['403', answerWith(page(403)), 'unauthorized?', 2],
  ['404', answerWith(page(404)), 'unauthorized?', 2],
  ['429', answerWith({ status: 429 }), 'rate-limited?', 3],
  ['500', answerWith(page(500)), 'server-error?', 5],
  ['503', answerWith(page(503)), 'server-error?', 5],
  ['a reset', resetAtOnce, 'unreachable?', 5],
  ['garbage', garbage, 'unexpected-answer?', 1],
  ['a circle of redirects', answerWith(redirect(307, '?again')), 'redirect-refused', 6],
  ['200 MB', flood('chunked'), 'answer-too-large', 1],
  ['200 MB with a length', flood('length'), 'answer-too-large', 1],
  ['500 and 200 MB', flood('length', 500), 'server-error?', 5],
];

describeBehindProxy('a challenge', (stage) => {
  it.each(REALMS)('whose realm is %s is not met', async (_name, realmOf) => {
    const scene = await stage.write();
    const realm = realmOf(new URL(scene.proxy.url), new URL(scene.elsewhere.url));
    scene.proxy.misbehave(requestTo('*'), challenge(`Bearer realm="${realm}",service="x"`));

    expect(await outcomeOf(move(scene))).toBe('redirect-refused');
    expect(scene.proxy.requests).toHaveLength(1);
    await expectNoHarm(scene);
  });

  it.each([
    ['Basic again', 'Basic realm="x"', 1],
    ['no known scheme', 'Negotiate', 1],
    ['nothing', '', 1],
    ['rubbish', '"""=,,=\\', 1],
  ])('to every request, of %s, ends', async (_name, header, most) => {
    const scene = await stage.write();
    scene.proxy.misbehave(requestTo('*'), challenge(header));

    expect(await outcomeOf(move(scene))).toBe('unauthorized?');
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(most);
    await expectNoHarm(scene);
  });

  it('to every request, whatever token is shown, ends', async () => {
    const scene = await stage.write();
    const { proxy } = scene;
    const token = answerWith(json({ token: TOKEN, expires_in: 300 }));
    proxy.misbehave(requestTo('*', '/token'), token);
    // Each asks for more than the one before.
    proxy.misbehave(requestTo('*', '/v2/'), (exchange, turn) => {
      const scope = `repository:${scene.path}:pull,push,x${turn}`;
      return challenge(`Bearer realm="${proxy.url}/token",scope="${scope}"`)(exchange, turn);
    });

    expect(await outcomeOf(move(scene))).toBe('unauthorized?');
    expect(requestsAt(scene, '/v2/')).toBeLessThanOrEqual(6);
    expect(requestsAt(scene, '/token')).toBeLessThanOrEqual(6);
    await expectNoHarm(scene);
  });

  it('to every request, of the scheme that was not used, ends', async () => {
    const scene = await stage.write();
    const { proxy } = scene;
    proxy.misbehave(requestTo('*', '/token'), answerWith(json({ token: TOKEN })));
    const bearer = challenge(`Bearer realm="${proxy.url}/token"`);
    const basic = challenge('Basic realm="x"');
    // So that a client that goes on for ever fails the test, and does not hang it.
    proxy.misbehave(
      requestTo('*', '/v2/'),
      (exchange, turn) =>
        (exchange.authorization?.startsWith('Basic') === true ? bearer : basic)(exchange, turn),
      50,
    );

    expect(await outcomeOf(move(scene))).toBe('unauthorized?');
    expect(proxy.requests.length).toBeLessThanOrEqual(10);
    await expectNoHarm(scene);
  });

  it('to every one of twelve requests at a time ends', async () => {
    const scene = await stage.write({ settings: { concurrency: 4 } });
    const { client, proxy, repository } = scene;
    proxy.misbehave(requestTo('*', '/token'), answerWith(json({ token: TOKEN })));
    proxy.misbehave(requestTo('*', '/v2/'), challenge(`Bearer realm="${proxy.url}/token"`));

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        outcomeOf(client.findManifest(repository, tag(`t${at}`))),
      ),
    );

    expect(new Set(outcomes)).toEqual(new Set(['unauthorized?']));
    expect(requestsAt(scene, '/v2/')).toBeLessThanOrEqual(3 * 12);
    expect(requestsAt(scene, '/token')).toBeLessThanOrEqual(2 * 12);
    await expectNoHarm(scene);
  });
});

describeBehindProxy('a token service', (stage) => {
  it.each(TOKEN_CASES)('that answers with %s', async (_name, act, outcome, most) => {
    const scene = await stage.write();
    const { proxy, path } = scene;
    const before = process.memoryUsage().arrayBuffers;
    const scope = `repository:${path}:pull,push`;
    proxy.misbehave(requestTo('*', '/token'), act);
    proxy.misbehave(
      requestTo('*', '/v2/'),
      challenge(`Bearer realm="${proxy.url}/token",scope="${scope}"`),
    );

    expect(await outcomeOf(move(scene))).toBe(outcome);
    expect(requestsAt(scene, '/token')).toBeLessThanOrEqual(most);
    const sent = proxy.requests.map(({ sentBytes }) => sentBytes);
    expect(Math.max(...sent)).toBeLessThan(8 * MIB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB);
    await expectNoHarm(scene);
  });

  it.each([301, 302, 307, 308])('that redirects to another host by %d', async (status) => {
    const scene = await stage.write();
    const { proxy, elsewhere } = scene;
    const location = `${elsewhere.url}/token`;
    proxy.misbehave(requestTo('*', '/token'), answerWith(redirect(status, location)));
    proxy.misbehave(requestTo('*', '/v2/'), challenge(`Bearer realm="${proxy.url}/token"`));

    expect(await outcomeOf(move(scene))).toBe('redirect-refused');
    await expectNoHarm(scene);
  });
});

describeBehindProxy('the first requests to a registry, six at a time', (stage) => {
  it.each([
    ['reset', resetAtOnce, 'unreachable?'],
    ['garbled', garbage, 'unexpected-answer?'],
    ['answered with a web page', answerWith(page()), 'unexpected-answer'],
    ['answered 500', answerWith(page(500)), 'server-error?'],
    ['challenged without a challenge', answerWith({ status: 401 }), 'unauthorized?'],
    ['sent to another host', challenge('Bearer realm="https://127.0.0.2/"'), 'redirect-refused'],
  ] as const)('all end when they are %s', async (_name, act, outcome) => {
    const scene = await stage.write({ isNew: true });
    const { client, proxy, repository } = scene;
    proxy.misbehave(requestTo('*'), act);

    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => outcomeOf(client.findManifest(repository, STABLE))),
    );

    expect(outcomes).toEqual(outcomes.map(() => outcome));
    expect(proxy.requests.length).toBeLessThanOrEqual(30);
    await expectNoHarm(scene);
  });
});
