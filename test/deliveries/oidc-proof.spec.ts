import { createSecretKey, randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import type { ServerResponse } from 'node:http';
import { DomainError } from '../../src/core/domain-error';
import { IssuerKeys } from '../../src/deliveries/sources/issuer-keys';
import { OidcProof } from '../../src/deliveries/sources/oidc-proof';
import { type IncomingWebhook, REFUSAL } from '../../src/deliveries/sources/source';
import { UsedTokenStore } from '../../src/deliveries/used-token.store';
import { SimulatedClock } from '../../src/runtime/clock';
import {
  type Claims,
  type IssuerKey,
  makeKey,
  OidcIssuer,
  sendJson,
  type TokenOptions,
} from '../support/oidc-issuer';
import {
  bearer,
  type HttpAnswer,
  Problem,
  type RunningService,
  startService,
} from '../support/service';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import type { TestConfig } from '../support/test-config';
import { WEBHOOK_SECRET } from '../support/test-config';
import { editedConfig, listDeliveries, NOWHERE, receiptOf } from './delivery-list';

const NOW = Date.UTC(2026, 6, 3, 10);
const SECOND = NOW / 1_000;
const AUDIENCE = 'https://tags.example.com';
const DISCOVERY = '/.well-known/openid-configuration';

/** As a job for a protected tag has them. */
const PINNED = {
  aud: AUDIENCE,
  repository_id: '1001',
  ref: 'refs/tags/v2.1.106',
  ref_protected: 'true',
};
const CLAIMS = `{ repository_id: "1001", ref: "refs/tags/*", ref_protected: "true" }`;
const GITLAB_PINNED = {
  ...{ aud: AUDIENCE, project_id: '42', ref: 'v2.1.106', ref_type: 'tag' },
  ...{ ref_protected: 'true', pipeline_source: 'push' },
};
const GITLAB_CLAIMS = `{ project_id: "42", ref_type: tag, ref_protected: "true", pipeline_source: push }`;

const clock = new SimulatedClock(NOW);
let issuer: OidcIssuer;
let other: OidcIssuer;
let service: RunningService;
/** Deliveries before a test. */
let stored = 0;
const issuers: OidcIssuer[] = [];

async function startIssuer(keys = [makeKey('first')]): Promise<OidcIssuer> {
  const started = await OidcIssuer.start(() => clock.now(), keys);
  issuers.push(started);
  return started;
}

function githubAt(url: string): string {
  return `{ issuer: "${url}", audience: "${AUDIENCE}", claims: ${CLAIMS} }`;
}

function configFor(): TestConfig {
  const from = (url: string, claims: string): string =>
    `{ issuer: "${url}", audience: "${AUDIENCE}", claims: ${claims} }`;
  const github = githubAt(issuer.url);
  const gitlab = from(other.url, GITLAB_CLAIMS);
  const second = from(issuer.url, '{ repository_id: "2002" }');
  const google = from(other.url, '{ email: push@acme.iam.gserviceaccount.com }');
  return editedConfig({
    '  events:': [
      `  tokens: { kind: generic, oidc: ${github}, allow: [local/gallery/*] }`,
      `  either: { kind: generic, secretFile: ./secrets/WEBHOOK_SECRET, oidc: [${github}, ${gitlab}, ${second}], allow: [local/gallery/*] }`,
      `  gar: { kind: gar, registry: local, oidc: ${google}, allow: [local/**] }`,
      '  events:',
    ].join('\n'),
  });
}

beforeAll(async () => {
  issuer = await startIssuer();
  other = await startIssuer();
  service = await startService({ registryUrl: NOWHERE, config: configFor(), clock });
});

beforeEach(async () => {
  clock.set(NOW);
  stored = (await listDeliveries(service.client)).length;
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
  await Promise.all(issuers.map((started) => started.stop()));
});

interface Sending {
  readonly source?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function deliver(token: string, sending: Sending = {}): Promise<HttpAnswer> {
  const { source = 'tokens', body = releaseBody({ tag: '2.1.106' }, NOW), headers = {} } = sending;
  const all = { 'content-type': 'application/json', ...bearer(token), ...headers };
  return service.client.send('POST', `/webhooks/${source}`, all, body);
}

async function deliverWith(options: TokenOptions, sending: Sending = {}): Promise<HttpAnswer> {
  const token = await issuer.token({ ...options, claims: { ...PINNED, ...options.claims } });
  return deliver(token, sending);
}

async function expectRefused(answer: HttpAnswer): Promise<void> {
  expect(Problem.parse(answer.json)).toMatchObject({
    status: 401,
    code: 'authentication-failed',
    detail: REFUSAL,
  });
  expect(await countNew()).toBe(0);
}

async function countNew(): Promise<number> {
  return (await listDeliveries(service.client)).length - stored;
}

function codeOf(answer: HttpAnswer): string {
  return `${answer.status} ${Problem.parse(answer.json).code}`;
}

/** The library counts the age of its keys by the system's clock. */
function passTime(ms: number): void {
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
  clock.advance(ms);
}

describe(OidcProof, () => {
  it('takes a release with the token of a pinned pipeline', async () => {
    const answer = await deliverWith({});

    expect(answer.status).toBe(202);
    expect(receiptOf(answer)).toMatchObject({ status: 'accepted', tag: '2.1.106' });
  });

  it('takes ES256, too', async () => {
    const curves = await startIssuer([makeKey('curve', 'ES256')]);
    const genuine = proofFor(curves.url);

    const proof = await genuine.verify(await webhookOf(curves));

    expect(proof.form).toBe('oidc');
  });

  it('takes one of several audiences of a token', async () => {
    const answer = await deliverWith({ claims: { aud: ['https://else.example.com', AUDIENCE] } });

    expect(answer.status).toBe(202);
  });

  it('takes a token or a signature where both are configured', async () => {
    const body = releaseBody({ tag: '2.1.107' }, NOW);
    const signed = signedHeaders(body, { secret: WEBHOOK_SECRET, now: NOW });

    const answers = [
      await service.client.send('POST', '/webhooks/either', signed, body),
      await deliverWith({}, { source: 'either' }),
      await deliver(await other.token({ claims: GITLAB_PINNED }), { source: 'either' }),
      await deliverWith({ claims: { repository_id: '2002', ref: 'main' } }, { source: 'either' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  });

  it.each<[string, Claims]>([
    ['another audience', { aud: 'https://github.com/acme' }],
    ['no audience', { aud: undefined }],
    ['an audience with a slash more', { aud: `${AUDIENCE}/` }],
    ['an end 31 s ago', { iat: SECOND - 60, exp: SECOND - 31 }],
    ['a start in 31 s', { nbf: SECOND + 31 }],
    ['no end', { exp: undefined }],
    ['no time of issue', { iat: undefined }],
    ['an issue in 31 s', { iat: SECOND + 31 }],
    ['an issue 631 s ago', { iat: SECOND - 631, exp: SECOND + 3_600 }],
    ['no subject', { sub: undefined }],
    ['no id', { jti: undefined }],
    ['an empty id', { jti: '' }],
    ['an id with a line break', { jti: 'one\ntwo' }],
    ['an id of 257 characters', { jti: 'i'.repeat(257) }],
    ['no issuer', { iss: undefined }],
    [
      'an issuer that looks alike',
      { iss: 'https://token.actions.githubusercontent.com.evil.test' },
    ],
    ['an issuer that is a number', { iss: 17 }],
  ])('refuses a token with %s', async (_title, claims) => {
    await expectRefused(await deliverWith({ claims }));
  });

  it.each<[string, Claims]>([
    ['an end 29 s ago', { iat: SECOND - 60, exp: SECOND - 29 }],
    ['a start in 29 s', { nbf: SECOND + 29 }],
    ['an issue 629 s ago', { iat: SECOND - 629, exp: SECOND + 3_600 }],
  ])('forgives a token with %s', async (_title, claims) => {
    expect((await deliverWith({ claims })).status).toBe(202);
  });

  it.each(['', '/', '.evil.test'])('refuses its issuer with %p behind it', async (suffix) => {
    const answer = await deliverWith({ claims: { iss: `${issuer.url}${suffix}` } });

    expect(answer.status).toBe(suffix === '' ? 202 : 401);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['no signature at all', () => unsigned({ alg: 'none' })],
    ['alg None', () => unsigned({ alg: 'None' })],
    ['the public key as an HMAC secret', () => hmacByPublicKey()],
    ['no dots', () => 'token'],
    ['dots and nothing else', () => '..'],
    ['a payload that is no object', () => `e30.${base64url('[]')}.e30`],
    ['a prototype in its payload', () => `e30.${base64url('{"__proto__":{"iss":"x"}}')}.e30`],
    ['five parts', () => 'a.b.c.d.e'],
    ['a changed payload', () => tampered()],
    ['8 kB of letters', () => 'x'.repeat(8_000)],
  ])('refuses a token with %s', async (_title, make) => {
    await expectRefused(await deliver(await make()));
  });

  it('refuses other ways of signing by a key that does not say its own', async () => {
    const key = makeKey('open');
    const loose = await startIssuer([key]);
    const jwk = { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid };
    loose.faults.set('/keys', (response) => {
      sendJson(response, { keys: [jwk] });
    });
    const proof = proofFor(loose.url);

    const fates = [
      await fateOf(proof.verify(await webhookOf(loose, key))),
      await fateOf(proof.verify(await webhookOf(loose, key, { alg: 'PS256' }))),
      await fateOf(proof.verify(await webhookOf(loose, key, { alg: 'RS512' }))),
    ];

    expect(fates).toEqual(['taken', 'authentication-failed', 'authentication-failed']);
  });

  it('refuses a key of somebody else under a known name', async () => {
    const forged = { ...makeKey('first'), kid: issuer.firstKey().kid };

    await expectRefused(await deliverWith({ key: forged }));
  });

  it('refuses the token of one issuer at a source of the other', async () => {
    await expectRefused(await deliver(await other.token({ claims: PINNED })));
  });

  it('refuses a token of one issuer that says it is of the other', async () => {
    const token = await other.token({ claims: { ...PINNED, iss: issuer.url } });

    await expectRefused(await deliver(token, { source: 'either' }));
  });

  it.each(['/webhooks/tokens/secret', '/webhooks/gar/secret'])(
    'refuses a token at %s',
    async (path) => {
      const headers = { 'content-type': 'application/json', ...bearer(await issuer.token()) };

      const answer = await service.client.send('POST', path, headers, '{}');

      expect(answer.status).toBe(401);
    },
  );

  it.each<[string, (url: string, forged: IssuerKey) => object]>([
    ['jku', (url) => ({ jku: `${url}/keys` })],
    ['x5u', (url) => ({ x5u: `${url}/keys` })],
    ['a kid with a path', (url) => ({ kid: `../../${url}/keys` })],
    ['an embedded key', (_url, { publicKey }) => ({ jwk: publicKey.export({ format: 'jwk' }) })],
  ])('follows nothing that a token says: %s', async (_title, header) => {
    const evil = await startIssuer();
    const key = evil.firstKey();

    const answer = await deliverWith({ key, header: header(evil.url, key) });

    await expectRefused(answer);
    expect(evil.requests).toEqual([]);
  });

  it.each<[string, Claims, string | undefined]>([
    ['the tag of a protected ref', {}, undefined],
    ['true as a boolean', { ref_protected: true }, undefined],
    ['a number for its text', { repository_id: 1001 }, undefined],
    ['another repository', { repository_id: '1002' }, 'repository_id'],
    ['a repository that begins alike', { repository_id: '10011' }, 'repository_id'],
    ['no repository', { repository_id: undefined }, 'repository_id'],
    ['a list of repositories', { repository_id: ['1001'] }, 'repository_id'],
    ['an object', { repository_id: { id: '1001' } }, 'repository_id'],
    ['a branch', { ref: 'refs/heads/main' }, 'ref'],
    ['a ref of two segments', { ref: 'refs/tags/a/b' }, 'ref'],
    ['a ref that ends alike', { ref: 'x/refs/tags/v1' }, 'ref'],
    ['an unprotected ref', { ref_protected: 'false' }, 'ref_protected'],
    ['false as a boolean', { ref_protected: false }, 'ref_protected'],
    ['null', { ref_protected: null }, 'ref_protected'],
  ])('compares claims: %s', async (_title, claims, refused) => {
    const answer = await deliverWith({ claims });

    const problem = Problem.safeParse(answer.json).data;
    expect(answer.status).toBe(refused === undefined ? 202 : 403);
    expect(problem?.code).toBe(refused === undefined ? undefined : 'claim-refused');
    expect(problem?.detail.includes(`the claim ${refused ?? ''} of`)).toBe(
      refused === undefined ? undefined : true,
    );
    expect(problem?.detail.includes('1002')).not.toBe(true);
  });

  it.each<[string, Claims]>([
    ['the pipeline of a fork', { project_id: '99' }],
    ['a merge request', { pipeline_source: 'merge_request_event' }],
    ['a branch', { ref_type: 'branch' }],
    ['an unprotected tag', { ref_protected: 'false' }],
  ])('refuses a GitLab token of %s', async (_title, claims) => {
    const token = await other.token({ claims: { ...GITLAB_PINNED, ...claims } });

    expect(codeOf(await deliver(token, { source: 'either' }))).toBe('403 claim-refused');
  });
});

describe('a token and the body it came with', () => {
  it('are a duplicate when both come again', async () => {
    const token = await issuer.token({ claims: PINNED });

    const first = await deliver(token);
    const second = await deliver(token);

    expect([first.status, second.status]).toEqual([202, 200]);
    expect(receiptOf(second)).toMatchObject({ id: receiptOf(first).id, status: 'duplicate' });
  });

  it('are one delivery when they come fifty times at once', async () => {
    const token = await issuer.token({ claims: PINNED });

    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(token)));

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(await countNew()).toBe(1);
  });

  it('belong together: with another body it is refused', async () => {
    const token = await issuer.token({ claims: PINNED });
    await deliver(token);

    const answer = await deliver(token, { body: releaseBody({ tag: '9.9.9' }, NOW) });

    expect(codeOf(answer)).toBe('401 authentication-failed');
    expect(await countNew()).toBe(1);
  });

  it('race: of two bodies one is taken', async () => {
    const token = await issuer.token({ claims: PINNED });
    const bodies = ['1.0.0', '2.0.0'].map((tag) => releaseBody({ tag }, NOW));

    const answers = await Promise.all(bodies.map((body) => deliver(token, { body })));

    expect(answers.map(({ status }) => status).sort()).toEqual([202, 401]);
  });

  it('are remembered by the next process', async () => {
    const token = await issuer.token({ claims: PINNED });
    await deliver(token);
    await service.stop();
    service = await startService({ registryUrl: NOWHERE, config: service.config, clock });

    const same = await deliver(token);
    const changed = await deliver(token, { body: releaseBody({ tag: '9.9.9' }, NOW) });

    expect([same.status, changed.status]).toEqual([200, 401]);
  });

  it('are not mixed up with the same id of another issuer', async () => {
    const jti = randomUUID();
    const sending = { source: 'either' };
    const first = await deliver(await issuer.token({ claims: { ...PINNED, jti } }), sending);
    const token = await other.token({ claims: { ...GITLAB_PINNED, jti } });

    const second = await deliver(token, { ...sending, body: releaseBody({ tag: '3.0.0' }, NOW) });

    expect([first.status, second.status]).toEqual([202, 202]);
  });

  it('are forgotten when the token has expired, and then it is refused', async () => {
    const token = await issuer.token({ claims: PINNED });
    await deliver(token);
    clock.advance(331_000);
    await deliverWith({}, { body: releaseBody({ tag: '4.0.0' }, NOW) });

    const answer = await deliver(token, { body: releaseBody({ tag: '9.9.9' }, NOW) });

    expect(codeOf(answer)).toBe('401 authentication-failed');
    expect(await countNew()).toBe(2);
  });

  it('go by webhook-id where the sender gives one', async () => {
    const headers = { 'webhook-id': 'run-17' };

    const first = await deliverWith({}, { headers });
    const second = await deliverWith({}, { headers });

    expect([first.status, second.status]).toEqual([202, 200]);
  });

  it.each(['with.dot', 'i'.repeat(129), 'a b'])(
    'go without the webhook-id %p, which is none',
    async (id) => {
      const headers = { 'webhook-id': id };

      const first = await deliverWith({}, { headers });
      const second = await deliverWith({}, { headers });

      expect([first.status, second.status]).toEqual([202, 202]);
    },
  );
});

describe('the keys of an issuer', () => {
  const keys = [makeKey('of the morning'), makeKey('of the evening')] as const;
  let fresh: OidcIssuer;
  let proof: OidcProof;

  beforeEach(async () => {
    fresh = await startIssuer([keys[0]]);
    proof = proofFor(fresh.url);
  });

  afterEach(() => jest.restoreAllMocks());

  /** How a genuine token fares: `taken`, or the code of its refusal. */
  async function send(key?: IssuerKey): Promise<string> {
    return fateOf(proof.verify(await webhookOf(fresh, key)));
  }

  function sendMany(count: number): Promise<readonly string[]> {
    return Promise.all(Array.from({ length: count }, () => send()));
  }

  it('are fetched when the first token comes, once', async () => {
    const before = [...fresh.requests];

    const fates = await sendMany(20);

    expect(new Set(fates)).toEqual(new Set(['taken']));
    expect([before, fresh.requests]).toEqual([[], [DISCOVERY, '/keys']]);
  });

  it('are good while the issuer is down', async () => {
    await send();
    breakDown(fresh);

    expect(await send()).toBe('taken');
  });

  it('are too old after ten minutes while the issuer is down', async () => {
    await send();
    breakDown(fresh);
    passTime(600_001);

    expect(await send()).toBe('issuer-unavailable');
  });

  it('are not asked for an unknown key within 30 s', async () => {
    await send();
    fresh.keys = [keys[1]];

    expect([await send(), fresh.fetches]).toEqual(['authentication-failed', 1]);
  });

  it('are fetched once for a new key after 30 s', async () => {
    await send();
    fresh.keys = [keys[1], keys[0]];
    passTime(30_001);

    const fates = await sendMany(5);

    expect([new Set(fates), fresh.fetches]).toEqual([new Set(['taken']), 2]);
  });

  it('refuse what no key of theirs has signed, however often it comes', async () => {
    await send();
    passTime(30_001);

    const fates = [await send(keys[1]), await send(keys[1]), await send(keys[1])];

    expect([new Set(fates), fresh.fetches]).toEqual([new Set(['authentication-failed']), 2]);
  });

  it('are not to be had when they changed and the issuer is down', async () => {
    await send();
    fresh.keys = [keys[1]];
    breakDown(fresh);
    passTime(30_001);

    expect(await send()).toBe('issuer-unavailable');
  });

  it('are asked for again five seconds after they could not be had', async () => {
    breakDown(fresh);
    const fates = [await send(), await send()];
    const asked = [...fresh.requests];
    fresh.faults.clear();
    clock.advance(5_000);

    fates.push(await send());

    expect(fates).toEqual(['issuer-unavailable', 'issuer-unavailable', 'taken']);
    expect(asked).toEqual([DISCOVERY]);
  });

  it('are looked for again where they have moved to', async () => {
    await send();
    fresh.faults.set('/keys', (response) => response.writeHead(410).end());
    passTime(600_001);
    const before = await send();
    fresh.moveKeys('/other-keys');
    clock.advance(5_000);

    expect([before, await send()]).toEqual(['issuer-unavailable', 'taken']);
  });

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['no discovery document', DISCOVERY, (response) => response.writeHead(404).end()],
    ['a server error', DISCOVERY, (response) => response.writeHead(500).end()],
    ['a discovery document that is no JSON', DISCOVERY, (response) => response.end('<html>')],
    [
      'a discovery document of another issuer',
      DISCOVERY,
      (response) => {
        sendJson(response, {
          issuer: 'https://accounts.google.com',
          jwks_uri: `${fresh.url}/keys`,
        });
      },
    ],
    [
      'keys over plain http elsewhere',
      DISCOVERY,
      (response) => {
        sendJson(response, {
          issuer: fresh.url,
          jwks_uri: `${fresh.url.replace('127.0.0.1', '0.0.0.0')}/keys`,
        });
      },
    ],
    [
      'keys in a file',
      DISCOVERY,
      (response) => {
        sendJson(response, { issuer: fresh.url, jwks_uri: 'file:///etc/passwd' });
      },
    ],
    [
      'no place of keys',
      DISCOVERY,
      (response) => {
        sendJson(response, { issuer: fresh.url });
      },
    ],
    ['a redirect', DISCOVERY, (response) => response.writeHead(302, { location: '/keys' }).end()],
    [
      'a redirect of its keys',
      '/keys',
      (response) => response.writeHead(302, { location: '/' }).end(),
    ],
    [
      'keys that are no keys',
      '/keys',
      (response) => {
        sendJson(response, { keys: 'none' });
      },
    ],
    [
      'a megabyte of keys',
      '/keys',
      (response) => {
        sendJson(response, { keys: [{ k: 'k'.repeat(1e6) }] });
      },
    ],
    ['a connection that ends', '/keys', (response) => response.destroy()],
  ])('cannot be had from an issuer with %s', async (_title, path, fault) => {
    fresh.faults.set(path, fault);

    expect(await send()).toBe('issuer-unavailable');
  });

  it('that cannot be had are a 503, and no matter of other senders', async () => {
    const body = releaseBody({ tag: '5.0.0' }, NOW);
    const yaml = { 'kind: generic,': `kind: generic, oidc: ${githubAt(fresh.url)},` };
    const config = editedConfig(yaml);
    const own = await startService({ registryUrl: NOWHERE, config, clock });
    breakDown(fresh);
    const headers = {
      'content-type': 'application/json',
      ...bearer(await fresh.token({ claims: PINNED })),
    };

    const refused = await own.client.send('POST', '/webhooks/ci', headers, body);
    const signed = await own.client.webhook({ tag: '5.0.0' }, { now: NOW });

    const deliveries = await listDeliveries(own.client);
    await own.stop();
    config.remove();
    expect(codeOf(refused)).toBe('503 issuer-unavailable');
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(signed.status).toBe(202);
    expect(deliveries).toHaveLength(1);
  });
});

describe('a token of Google for Pub/Sub', () => {
  const GOOGLE: Claims = {
    ...{ aud: AUDIENCE, email: 'push@acme.iam.gserviceaccount.com', email_verified: true },
    jti: undefined,
  };

  it.each<[string, Claims, number]>([
    ['has no id and may come often', {}, 202],
    ['lives an hour', { iat: SECOND - 3_500, exp: SECOND + 100 }, 202],
    ['ends', { iat: SECOND - 3_700, exp: SECOND - 100 }, 401],
    ['is of another account', { email: 'push@evil.iam.gserviceaccount.com' }, 403],
    ['has an address that nobody verified', { email_verified: false }, 403],
    ['says nothing of its address', { email_verified: undefined }, 403],
    ['is for somebody else', { aud: 'https://else.example.com' }, 401],
  ])('%s', async (title, claims, status) => {
    const token = await other.token({ claims: { ...GOOGLE, ...claims } });

    const answers = [
      await deliver(token, { source: 'gar', body: JSON.stringify({ first: title }) }),
      await deliver(token, { source: 'gar', body: JSON.stringify({ second: title }) }),
    ];

    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
  });
});

function breakDown(broken: OidcIssuer): void {
  for (const path of [DISCOVERY, '/keys']) {
    broken.faults.set(path, (response) => response.writeHead(503).end());
  }
}

/** The proof of a source of its own, with keys that nobody has fetched yet. */
function proofFor(url: string): OidcProof {
  const keys = new IssuerKeys(url, clock);
  const usedTokens = service.app.get(UsedTokenStore);
  const settings = {
    issuer: url,
    audience: AUDIENCE,
    claims: new Map([['repository_id', '1001']]),
  };
  const rules = { issuers: [settings], singleUse: true };
  return new OidcProof(rules, { keysOf: () => keys, usedTokens, clock });
}

async function webhookOf(
  of: OidcIssuer,
  key = of.firstKey(),
  header: object = {},
): Promise<IncomingWebhook> {
  const headers = bearer(await of.token({ claims: PINNED, key, header }));
  return { headers, body: Buffer.from('{}'), urlSecret: undefined };
}

function fateOf(proof: Promise<unknown>): Promise<string> {
  return proof.then(
    () => 'taken',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function payload(): string {
  const claims = { iss: issuer.url, sub: 'x', iat: SECOND, exp: SECOND + 60, jti: randomUUID() };
  return JSON.stringify({ ...claims, ...PINNED });
}

function unsigned(header: object): string {
  return `${base64url(JSON.stringify(header))}.${base64url(payload())}.`;
}

/** The classic: who verifies is made to take a public text for a secret. */
function hmacByPublicKey(): Promise<string> {
  const pem = issuer.firstKey().publicKey.export({ type: 'spki', format: 'pem' });
  return new SignJWT(JSON.parse(payload()) as JWTPayload)
    .setProtectedHeader({ alg: 'HS256', kid: issuer.firstKey().kid })
    .sign(createSecretKey(Buffer.from(pem)));
}

async function tampered(): Promise<string> {
  const [header = '', , signature = ''] = (await issuer.token({ claims: PINNED })).split('.');
  return `${header}.${base64url(payload())}.${signature}`;
}
