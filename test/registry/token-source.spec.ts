import { Secret } from '../../src/config/secret';
import type { Answer, WireRequest } from '../../src/registry/answer';
import type { Credential, CredentialSource } from '../../src/registry/credentials/credential';
import { DEFAULT_TUNING } from '../../src/registry/registry-tuning';
import { TokenSource, type TokenQuery } from '../../src/registry/token-source';
import { SimulatedClock } from '../../src/runtime/clock';
import { registryErrorOf, settingsFor } from '../support/fake-registry-client';

const REALM = new URL('https://registry.test/token');
const query: TokenQuery = {
  realm: { url: REALM, publicOnly: false },
  service: 'registry.test',
  scopes: ['repository:gallery/ui:pull,push'],
  path: 'gallery/ui',
};
const password = (username: string, text: string): Credential => ({
  kind: 'password',
  username,
  password: new Secret(text),
});

/** A token service whose answers a test gives by hand, and the requests that it got. */
class HeldService {
  readonly requests: WireRequest[] = [];
  private readonly waiting: ((answer: Answer) => void)[] = [];

  readonly send = (request: WireRequest): Promise<Answer> => {
    this.requests.push(request);
    return new Promise((resolve) => this.waiting.push(resolve));
  };

  /** Answers the oldest request, and lets the client take the answer in. */
  async answer(status: number, body: object = {}): Promise<void> {
    const common = { method: 'GET', url: REALM, headers: {} } as const;
    this.waiting.shift()?.({ ...common, status, body: Buffer.from(JSON.stringify(body)) });
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Credentials that change, and are noticed only when they are read again. */
class ChangingCredentials implements CredentialSource {
  newest: Credential | undefined;

  constructor(private known: Credential | undefined) {
    this.newest = known;
  }

  read({ fresh = false } = {}): Promise<Credential | undefined> {
    if (fresh) this.known = this.newest;
    return Promise.resolve(this.known);
  }

  fault(): undefined {
    return undefined;
  }
}

function sourceWith(credentials: CredentialSource = new ChangingCredentials(undefined)): {
  readonly clock: SimulatedClock;
  readonly service: HeldService;
  readonly tokens: TokenSource;
} {
  const clock = new SimulatedClock(1_800_000_000_000);
  const service = new HeldService();
  const registry = settingsFor('https://registry.test');
  const tokens = new TokenSource(registry, service.send, clock, DEFAULT_TUNING, credentials);
  return { clock, service, tokens };
}

/** A source that holds the token `old` for 300 s. */
async function sourceWithOld(): Promise<ReturnType<typeof sourceWith>> {
  const made = sourceWith();
  const first = made.tokens.get(query);
  await settled();
  await made.service.answer(200, { token: 'old', expires_in: 300 });
  await first;
  return made;
}

describe(TokenSource.name, () => {
  it.each([
    [284_999, { text: 'old', reused: true, requests: 1 }],
    [285_000, { text: 'old', reused: true, requests: 2 }],
    [299_999, { text: 'old', reused: true, requests: 2 }],
  ])('answers after %i ms at once with %j', async (ms, { requests, ...token }) => {
    const { clock, service, tokens } = await sourceWithOld();

    clock.advance(ms);
    const answers = await Promise.all([tokens.get(query), tokens.get(query)]);

    expect(answers).toEqual([token, token]);
    expect(service.requests).toHaveLength(requests);
  });

  it('gives out the new token as soon as it is there', async () => {
    const { clock, service, tokens } = await sourceWithOld();
    clock.advance(285_000);
    await tokens.get(query);

    await service.answer(200, { token: 'new', expires_in: 300 });

    expect(await tokens.get(query)).toEqual({ text: 'new', reused: true });
    expect(service.requests).toHaveLength(2);
  });

  it('waits for the request behind when the old token has ended meanwhile', async () => {
    const { clock, service, tokens } = await sourceWithOld();
    clock.advance(285_000);
    await tokens.get(query);

    clock.advance(15_000);
    const waiting = tokens.get(query);
    await settled();
    await service.answer(200, { token: 'new', expires_in: 300 });

    expect(await waiting).toEqual({ text: 'new', reused: false });
    expect(service.requests).toHaveLength(2);
  });

  it.each([429, 500, 401])(
    'lets the old token serve on after a %i to the request behind, and asks again 5 s later',
    async (status) => {
      const { clock, service, tokens } = await sourceWithOld();
      const unheard: unknown[] = [];
      const hear = (reason: unknown): void => void unheard.push(reason);
      process.on('unhandledRejection', hear);
      clock.advance(285_000);
      await tokens.get(query);
      await service.answer(status);

      const counts: number[] = [];
      for (const ms of [0, 4_999, 1]) {
        clock.advance(ms);
        expect(await tokens.get(query)).toEqual({ text: 'old', reused: true });
        counts.push(service.requests.length);
      }
      process.off('unhandledRejection', hear);

      expect(counts).toEqual([2, 2, 3]);
      expect(unheard).toEqual([]);
    },
  );

  it('says what is wrong once the old token has ended', async () => {
    const { clock, service, tokens } = await sourceWithOld();
    clock.advance(300_000);
    const outcome = registryErrorOf(tokens.get(query));
    await settled();

    await service.answer(503);

    expect(await outcome).toMatchObject({ code: 'server-error' });
  });

  it.each([
    ['another scope', { scopes: ['repository:gallery/ui:pull'] }, 2],
    ['another service', { service: 'other.test' }, 2],
    ['another realm', { realm: { url: new URL('https://registry.test/t'), publicOnly: false } }, 2],
    ['another order of actions', { scopes: ['repository:gallery/ui:push,pull'] }, 1],
    ['another repository, which the scopes do not say', { path: 'gallery/api' }, 1],
    ['the same after a 401 to it', { rejected: 'old' }, 2],
    ['the same after a 401 to one before', { rejected: 'older' }, 1],
  ])('asks for %s with %#', async (_name, change, requests) => {
    const { service, tokens } = await sourceWithOld();

    void tokens.get({ ...query, ...change });
    await settled();

    expect(service.requests).toHaveLength(requests);
  });

  it.each([
    ['another account', password('robot', 'b'), password('human', 'b')],
    ['another password', password('robot', 'b'), password('robot', 'c')],
    ['no account', password('robot', 'b'), undefined],
  ])('shares no token with %s', async (_name, one, other) => {
    const credentials = new ChangingCredentials(one);
    const { service, tokens } = sourceWith(credentials);
    const first = tokens.get(query);
    await settled();
    await service.answer(200, { token: 'old', expires_in: 300 });
    await first;

    credentials.newest = other;
    await credentials.read({ fresh: true });
    const second = tokens.get(query);
    await settled();
    await service.answer(200, { token: 'new', expires_in: 300 });

    expect(await second).toEqual({ text: 'new', reused: false });
  });

  it.each([400, 401, 403])(
    'reads the credential again after a %i, and asks once more where it has changed',
    async (status) => {
      const credentials = new ChangingCredentials(password('robot', 'ended'));
      const { service, tokens } = sourceWith(credentials);
      credentials.newest = password('robot', 'next');
      const token = tokens.get(query);
      await settled();
      await service.answer(status);
      await service.answer(200, { token: 'new' });

      expect(await token).toEqual({ text: 'new', reused: false });
      expect(service.requests.map(({ headers }) => headers['authorization'])).toEqual(
        ['robot:ended', 'robot:next'].map(
          (pair) => `Basic ${Buffer.from(pair).toString('base64')}`,
        ),
      );
    },
  );

  it('does not ask again with a credential that is the same', async () => {
    const { service, tokens } = sourceWith(new ChangingCredentials(password('robot', 'wrong')));
    const outcome = registryErrorOf(tokens.get(query));
    await settled();
    await service.answer(401);

    expect(await outcome).toMatchObject({ code: 'unauthorized', status: 401 });
    expect(service.requests).toHaveLength(1);
  });

  it('marks requests to a realm that was allowed by its name', async () => {
    const { service, tokens } = sourceWith();

    void tokens.get({ ...query, realm: { url: REALM, publicOnly: true } });
    void tokens.get({ ...query, service: 'other' });
    await settled();

    expect(service.requests.map(({ publicOnly }) => publicOnly)).toEqual([true, undefined]);
  });
});

describe('an identity token', () => {
  const identity: Credential = {
    kind: 'identity-token',
    username: undefined,
    token: new Secret('refresh&me='),
  };

  it('asks by POST with a form, and never in the URL', async () => {
    const { service, tokens } = sourceWith(new ChangingCredentials(identity));
    const token = tokens.get({ ...query, scopes: ['repository:b:pull', 'repository:a:pull'] });
    await settled();
    await service.answer(200, { access_token: 'new', refresh_token: 'other', expires_in: 300 });
    const [request] = service.requests;

    expect(await token).toEqual({ text: 'new', reused: false });
    expect(request).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(request?.url.href).toBe(REALM.href);
    expect(Object.fromEntries(new URLSearchParams(request?.body?.toString()))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'tagward',
      service: 'registry.test',
      scope: 'repository:b:pull repository:a:pull',
      refresh_token: 'refresh&me=',
    });
  });

  it.each([
    [404, {}, undefined, '<token>'],
    [405, {}, '00000000', '00000000'],
    [501, {}, undefined, '<token>'],
    [400, { error: 'unsupported_grant_type' }, undefined, '<token>'],
  ])(
    'asks by GET after a %i %j to the POST, from then on at once',
    async (status, body, username, name) => {
      const { service, tokens } = sourceWith(new ChangingCredentials({ ...identity, username }));
      const token = tokens.get(query);
      await settled();
      await service.answer(status, body);
      await service.answer(200, { token: 'new', expires_in: 300 });
      void tokens.get({ ...query, service: 'other' });
      await settled();

      expect(await token).toEqual({ text: 'new', reused: false });
      expect(service.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
      expect(service.requests[1]?.headers).toEqual({
        authorization: `Basic ${Buffer.from(`${name}:refresh&me=`).toString('base64')}`,
      });
      expect(service.requests[1]?.url.href).not.toContain('refresh');
    },
  );

  it.each([
    [400, { error: 'invalid_grant' }],
    [400, {}],
    [401, {}],
  ])('that gets %i %j is refused, and not sent otherwise', async (status, body) => {
    const { service, tokens } = sourceWith(new ChangingCredentials(identity));
    const outcome = registryErrorOf(tokens.get(query));
    await settled();
    await service.answer(status, body);

    expect(await outcome).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(service.requests).toHaveLength(1);
  });
});
