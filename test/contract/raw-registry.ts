import type { IncomingHttpHeaders } from 'node:http';
import { rootCertificates } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { ContractTarget } from './target';

const TRIES = 8;
const LONGEST_WAIT_MS = 10_000;
const BUSY = new Set([429, 500, 502, 503, 504]);

export interface RawRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const TokenBody = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Plain HTTP to a registry, with nothing of the client under test: what it answers is the truth that
 * the client's findings are held against. It authorises itself and waits where it is asked to.
 */
export class RawRegistry {
  private readonly agent: Agent;
  /** Hosts of the registry's own name that it has named as token services. */
  readonly realms = new Set<string>();
  /** The last authorisation that was taken, by repository. */
  private readonly known = new Map<string, string>();

  constructor(private readonly target: ContractTarget) {
    const { ca } = target;
    this.agent = new Agent({
      connections: 8,
      allowH2: false,
      ...(ca === undefined ? {} : { connect: { ca: [...rootCertificates, ca] } }),
    });
  }

  /** The URL of something in a repository's part of the API, such as `manifests/2.1`. */
  urlOf(path: string, rest: string): URL {
    return new URL(`${this.target.url}/v2/${path}/${rest}`);
  }

  /** The answer with any status, after a 401 with credentials and after a busy one again. */
  async send(path: string, what: RawRequest): Promise<RawAnswer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.authorised(path, what);
      if (!BUSY.has(answer.status) || tries === TRIES) return answer;
      await delay(waitAfter(answer, tries));
    }
  }

  /** One request as anybody would send it. */
  async sendAnonymously(what: RawRequest): Promise<RawAnswer> {
    const { method, url, headers, body } = what;
    const answer = await request(url, {
      ...{ method, headers: { ...headers }, body: body ?? null, dispatcher: this.agent },
      ...(method === 'HEAD' ? { reset: false } : {}),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body: bytes };
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  private async authorised(path: string, what: RawRequest): Promise<RawAnswer> {
    const known = this.known.get(path);
    const first = await this.sendAs(known, what);
    if (first.status !== 401) return first;
    for (const authorization of await this.answersTo(first, path)) {
      const answer = await this.sendAs(authorization, what);
      if (answer.status === 401) continue;
      this.known.set(path, authorization);
      return answer;
    }
    return first;
  }

  private sendAs(authorization: string | undefined, what: RawRequest): Promise<RawAnswer> {
    const isOurs = what.url.origin === new URL(this.target.url).origin;
    if (authorization === undefined || !isOurs) return this.sendAnonymously(what);
    return this.sendAnonymously({ ...what, headers: { ...what.headers, authorization } });
  }

  /** Authorisations to try one after the other. */
  private async answersTo({ headers }: RawAnswer, path: string): Promise<readonly string[]> {
    const challenge = [headers['www-authenticate'] ?? ''].flat().join(', ');
    const basic = this.basic();
    const realm = /realm="([^"]*)"/i.exec(/bearer\s.*/i.exec(challenge)?.[0] ?? '')?.[1];
    const others = basic === undefined || !/basic\s/i.test(challenge) ? [] : [basic];
    if (realm === undefined) return others;
    const service = /service="([^"]*)"/i.exec(challenge)?.[1] ?? '';
    const challenged = /scope="([^"]*)"/i.exec(challenge)?.[1];
    this.noteRealm(realm);
    const scopes = [`repository:${path}:pull,push,delete`, challenged, `repository:${path}:*`];
    const asked = scopes.filter((scope) => scope !== undefined);
    const tokens = await Promise.all(asked.map((scope) => this.token(realm, service, scope)));
    return [...tokens.flatMap((token) => (token === undefined ? [] : [token])), ...others];
  }

  private noteRealm(realm: string): void {
    const { hostname, host } = new URL(realm);
    if (hostname === new URL(this.target.url).hostname) this.realms.add(host);
  }

  private async token(realm: string, service: string, scope: string): Promise<string | undefined> {
    const url = new URL(realm);
    url.searchParams.set('service', service);
    url.searchParams.set('scope', scope);
    const basic = this.basic();
    const headers = basic === undefined ? {} : { authorization: basic };
    const answer = await this.sendAnonymously({ method: 'GET', url, headers });
    if (answer.status !== 200) return undefined;
    const { token, access_token } = TokenBody.parse(JSON.parse(answer.body.toString('utf8')));
    const text = token ?? access_token;
    return text === undefined ? undefined : `Bearer ${text}`;
  }

  private basic(): string | undefined {
    const { credentials } = this.target;
    if (credentials === undefined) return undefined;
    const { username, password } = credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
}

/** All values of a field: a list in one, one each, or both. */
export function valuesOf({ headers }: RawAnswer, name: string): readonly string[] {
  const values = [headers[name] ?? []].flat().flatMap((field) => field.split(','));
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

function waitAfter({ headers }: RawAnswer, tries: number): number {
  const asked = Number(headers['retry-after']) * 1_000;
  const wait = Number.isNaN(asked) ? 20 * 2 ** tries : asked;
  return Math.min(wait, LONGEST_WAIT_MS);
}
