import { z } from 'zod';
import type { Clock } from '../../runtime/clock';
import type { Answer } from '../answer';
import { parseJsonText } from '../credentials/json-text';
import type { AccessHeader, Login, ProviderAccess, ProviderAccount } from './provider-access';
import { readJson } from './provider-api';
import type { ProviderHttp } from './provider-http';

const DEFAULT_LIFE_MS = 5 * 60_000;
const EARLY_MS = 30_000;

/** Visible ASCII, since it goes into a header. */
const TokenAnswer = z.object({ access_token: z.string().regex(/^[\x21-\x7e]+$/) });
/** RFC 7519, 4.1; in seconds. */
const Claims = z.object({
  exp: z.number().positive(),
  iat: z.number().positive().optional().catch(undefined),
});

interface HubToken {
  readonly login: Login;
  readonly header: AccessHeader;
  readonly endsAt: number;
}

/** Docker Hub's access tokens, each asked for with a user name and its secret. */
export class HubTokens implements ProviderAccess {
  /** By user name: a configuration may have an account for each namespace. */
  private readonly known = new Map<string, HubToken>();
  private readonly underWay = new Map<string, Promise<AccessHeader>>();

  constructor(
    private readonly http: ProviderHttp,
    private readonly account: ProviderAccount,
    private readonly clock: Clock,
  ) {}

  async header(path: string, refused?: AccessHeader): Promise<AccessHeader> {
    const login = await this.account.login({ path });
    const known = this.known.get(login.username);
    if (known !== undefined && this.isUsable(known, login, refused)) return known.header;
    // However many ask at the same time, one request is sent: the API limits them.
    const begun = this.underWay.get(login.username);
    if (begun !== undefined) return begun;
    const fetched = this.fetch(path, login).finally(() => this.underWay.delete(login.username));
    this.underWay.set(login.username, fetched);
    return fetched;
  }

  private isUsable(token: HubToken, login: Login, refused: AccessHeader | undefined): boolean {
    if (token.header.value === refused?.value || token.endsAt <= this.clock.now()) return false;
    return isSameLogin(token.login, login);
  }

  private async fetch(path: string, login: Login): Promise<AccessHeader> {
    const answer = await this.ask(login);
    if (answer.status !== 401) return this.keep(login, answer);
    const newest = await this.account.login({ path, fresh: true });
    if (isSameLogin(newest, login)) throw this.http.statusError(answer);
    return this.keep(newest, await this.ask(newest));
  }

  private ask({ username, secret }: Login): Promise<Answer> {
    const url = this.http.urlOf(['v2', 'auth', 'token']);
    const json = { identifier: username, secret: secret.reveal() };
    return this.http.send({ method: 'POST', url, json });
  }

  private keep(login: Login, answer: Answer): AccessHeader {
    if (answer.status !== 200) throw this.http.statusError(answer);
    const { access_token: token } = readJson(this.http, answer, TokenAnswer);
    const header = { name: 'authorization', value: `Bearer ${token}` } as const;
    const now = this.clock.now();
    const life = lifeOf(token, now);
    const endsAt = now + life - Math.min(EARLY_MS, life / 2);
    this.known.set(login.username, { login, header, endsAt });
    return header;
  }
}

/**
 * How long the token is good for by its own claims, in milliseconds; five minutes when it does not
 * say. From `iat` on, where it has one: the API's clock need not be this one's.
 */
function lifeOf(token: string, now: number): number {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = Claims.safeParse(parseJsonText(text)).data;
  if (claims === undefined) return DEFAULT_LIFE_MS;
  const from = claims.iat === undefined ? now : claims.iat * 1_000;
  const life = claims.exp * 1_000 - from;
  return life > 0 ? life : DEFAULT_LIFE_MS;
}

function isSameLogin(one: Login, other: Login): boolean {
  return one.username === other.username && one.secret.reveal() === other.secret.reveal();
}
