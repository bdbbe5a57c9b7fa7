import { execFileSync } from 'node:child_process';
import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenAuth } from './distribution-config';

const SERVICE = 'test-registry';
const ISSUER = 'test-issuer';
const LIFE_SECONDS = 300;

interface Identity {
  readonly key: KeyObject;
  readonly certificate: string;
}

/** A token service as registries know them: signed tokens for whoever has the password. */
export class TokenServer {
  private readonly server: Server;
  private readonly identity = makeIdentity();
  private count = 0;

  private constructor(
    private readonly account: { readonly username: string; readonly password: string },
  ) {
    this.server = createServer((request, response) => {
      this.answer(request, response);
    });
  }

  static async start(account: {
    readonly username: string;
    readonly password: string;
  }): Promise<TokenServer> {
    const server = new TokenServer(account);
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  }

  /** What a Distribution needs to send its clients here and to believe the tokens. */
  get auth(): TokenAuth {
    // A TCP server has an AddressInfo; a string is a pipe's name.
    const { port } = this.server.address() as AddressInfo;
    const certificates = this.identity.certificate;
    const realm = `http://localhost:${port}/token`;
    return { realm, service: SERVICE, issuer: ISSUER, certificates };
  }

  /** Requests so far, refused ones included. */
  get requests(): number {
    return this.count;
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    if (!this.server.listening) {
      return;
    }
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.count += 1;
    const { username, password } = this.account;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    if (request.headers.authorization !== basic) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"errors":[]}');
      return;
    }
    const scopes = new URL(request.url ?? '/', 'http://localhost').searchParams.getAll('scope');
    const token = this.issue(scopes.flatMap((scope) => scope.split(' ')).filter(Boolean));
    const body = JSON.stringify({ token, expires_in: LIFE_SECONDS });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }

  private issue(scopes: readonly string[]): string {
    const { key, certificate } = this.identity;
    const now = Math.floor(Date.now() / 1_000);
    const x5c = [new X509Certificate(certificate).raw.toString('base64')];
    const claims = {
      ...{ iss: ISSUER, aud: SERVICE, sub: this.account.username, jti: randomUUID() },
      ...{ iat: now, nbf: now - 10, exp: now + LIFE_SECONDS },
      access: scopes.map(accessOf),
    };
    const text = `${encode({ typ: 'JWT', alg: 'ES256', x5c })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }
}

/** `repository:gallery/ui:pull,push` */
function accessOf(scope: string): object {
  const [type = '', ...rest] = scope.split(':');
  const actions = (rest.pop() ?? '').split(',');
  return { type, name: rest.join(':'), actions };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function makeIdentity(): Identity {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-token-'));
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2'];
    const options = ['req', '-x509', ...curve, ...files, '-subj', '/CN=test-issuer'];
    execFileSync('openssl', options, { cwd: folder, stdio: 'pipe' });
    return {
      key: createPrivateKey(readFileSync(join(folder, 'key.pem'))),
      certificate: readFileSync(join(folder, 'cert.pem'), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
