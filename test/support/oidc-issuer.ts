import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type JWK, SignJWT } from 'jose';

export interface IssuerKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function makeKey(kid: string, alg: IssuerKey['alg'] = 'RS256'): IssuerKey {
  const pair =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, ...pair };
}

export type Claims = Readonly<Record<string, unknown>>;

/** What a token is made with; a claim that is `undefined` is left out. */
export interface TokenOptions {
  readonly claims?: Claims;
  readonly key?: IssuerKey;
  readonly header?: object;
}

type Answer = (response: ServerResponse) => void;

/** An issuer of tokens on loopback: discovery document, keys, and faults of both. */
export class OidcIssuer {
  readonly url: string;
  /** Paths that were asked for, in their order. */
  readonly requests: string[] = [];
  /** Replaces an answer, by path. */
  readonly faults = new Map<string, Answer>();
  private keysPath = '/keys';

  private constructor(
    private readonly server: Server,
    readonly now: () => number,
    public keys: readonly IssuerKey[],
  ) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      this.requests.push(path);
      const fault = this.faults.get(path);
      if (fault === undefined) void this.answer(path, response);
      else fault(response);
    });
  }

  static async start(now: () => number, keys: readonly IssuerKey[]): Promise<OidcIssuer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OidcIssuer(server, now, keys);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  moveKeys(path: string): void {
    this.keysPath = path;
  }

  /** How often the keys were fetched. */
  get fetches(): number {
    return this.requests.filter((path) => path === '/keys').length;
  }

  /** A token that lives five minutes, with an id of its own. */
  async token({
    claims = {},
    key = this.firstKey(),
    header = {},
  }: TokenOptions = {}): Promise<string> {
    const now = Math.floor(this.now() / 1_000);
    const payload = {
      ...{ iss: this.url, sub: 'repo:acme/ui', iat: now, exp: now + 300, jti: randomUUID() },
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  firstKey(): IssuerKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return key;
  }

  private async answer(path: string, response: ServerResponse): Promise<void> {
    if (path === '/.well-known/openid-configuration') {
      sendJson(response, { issuer: this.url, jwks_uri: `${this.url}${this.keysPath}` });
    } else if (path === this.keysPath) {
      sendJson(response, { keys: await Promise.all(this.keys.map(toJwk)) });
    } else {
      response.writeHead(404).end();
    }
  }
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function toJwk({ kid, alg, publicKey }: IssuerKey): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
}
