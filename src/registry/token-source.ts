import type { RegistrySettings } from '../config/settings';
import type { Clock } from '../runtime/clock';
import type { Answer, WireRequest } from './answer';
import type { IssuedToken } from './answers.schema';
import { type Credential, type CredentialSource, isSameCredential } from './credentials/credential';
import { credentialSourceOf } from './credentials/credential-source';
import type { RegistryTuning } from './registry-tuning';
import { scopesKey } from './token-scopes';
import { TokenRefused, type TokenRequest, TokenService } from './token-service';

const DEFAULT_LIFE_MS = 60_000;
const EARLY_MS = 15_000;
/** Between tries to replace a token that still serves. */
const BEHIND_PAUSE_MS = 5_000;

interface CachedToken {
  readonly text: string;
  readonly credential: Credential | undefined;
  /** From here on a new one is fetched behind the requests that still use this one. */
  readonly staleAt: number;
  readonly endsAt: number;
}

interface Fetch {
  readonly credential: Credential | undefined;
  readonly text: Promise<string>;
}

export interface TokenQuery extends TokenRequest {
  /** The repository, by which the credential is found. */
  readonly path: string;
  /** A token that the registry no longer takes. */
  readonly rejected?: string | undefined;
}

export interface Token {
  readonly text: string;
  /** Whether it served before: then a 401 may only mean that it has ended. */
  readonly reused: boolean;
}

/** The Bearer tokens of one registry, by account, realm, service and scopes. */
export class TokenSource {
  private readonly cache = new Map<string, CachedToken>();
  private readonly underWay = new Map<string, Fetch>();
  /** When the next try behind may begin, by key: the last one failed. */
  private readonly behindAfter = new Map<string, number>();
  private readonly service: TokenService;

  constructor(
    registry: RegistrySettings,
    send: (request: WireRequest) => Promise<Answer>,
    private readonly clock: Clock,
    tuning: RegistryTuning,
    readonly credentials: CredentialSource = credentialSourceOf(registry, clock),
  ) {
    this.service = new TokenService(registry, send, clock, tuning);
  }

  /**
   * A token for the scopes; however many ask at the same time, one request is sent. One that ends
   * soon is replaced while it still serves. Throws {@link TokenRefused} (`unauthorized`) when the
   * service refuses the newest credential, too, and as {@link TokenService.fetch} does.
   */
  async get(query: TokenQuery): Promise<Token> {
    const credential = await this.credentials.read({ path: query.path });
    const key = keyOf(query, credential);
    const known = this.cache.get(key);
    if (known === undefined || !this.isUsable(known, credential, query.rejected)) {
      const text = await this.fetchOnce(key, query, credential);
      return { text, reused: false };
    }
    if (known.staleAt <= this.clock.now()) this.replaceBehind(key, query, credential);
    return { text: known.text, reused: true };
  }

  private isUsable(
    known: CachedToken,
    credential: Credential | undefined,
    rejected: string | undefined,
  ): boolean {
    if (known.text === rejected || known.endsAt <= this.clock.now()) return false;
    return isSameCredential(known.credential, credential);
  }

  private replaceBehind(key: string, query: TokenQuery, credential: Credential | undefined): void {
    if (this.underWay.has(key) || this.clock.now() < (this.behindAfter.get(key) ?? 0)) return;
    void this.fetchOnce(key, query, credential).then(
      () => this.behindAfter.delete(key),
      // Nobody waits for it, and the old token serves on: the next try says what is wrong.
      () => this.behindAfter.set(key, this.clock.now() + BEHIND_PAUSE_MS),
    );
  }

  private fetchOnce(
    key: string,
    query: TokenQuery,
    credential: Credential | undefined,
  ): Promise<string> {
    const begun = this.underWay.get(key);
    if (begun !== undefined && isSameCredential(begun.credential, credential)) return begun.text;
    const text = this.fetch(query, credential).finally(() => {
      if (this.underWay.get(key)?.text === text) this.underWay.delete(key);
    });
    this.underWay.set(key, { credential, text });
    return text;
  }

  private async fetch(query: TokenQuery, credential: Credential | undefined): Promise<string> {
    try {
      return this.keep(query, credential, await this.service.fetch(query, credential));
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      const newest = await this.credentials.read({ path: query.path, fresh: true });
      if (isSameCredential(newest, credential)) throw error;
      return this.keep(query, newest, await this.service.fetch(query, newest));
    }
  }

  private keep(query: TokenQuery, credential: Credential | undefined, issued: IssuedToken): string {
    const now = this.clock.now();
    for (const [other, { endsAt }] of this.cache) if (endsAt <= now) this.forget(other);
    // A service whose clock is ahead must not lengthen a token's life.
    const from = Math.min(issued.issuedAt ?? now, now);
    const life = issued.expiresInMs ?? DEFAULT_LIFE_MS;
    // A token that lives for seconds only would otherwise never be used twice.
    const staleAt = from + life - Math.min(EARLY_MS, life / 2);
    const token = { text: issued.token, credential, staleAt, endsAt: from + life };
    this.cache.set(keyOf(query, credential), token);
    return issued.token;
  }

  private forget(key: string): void {
    this.cache.delete(key);
    this.behindAfter.delete(key);
  }
}

function keyOf(
  { realm, service, scopes }: TokenRequest,
  credential: Credential | undefined,
): string {
  const account = credential === undefined ? [] : [credential.kind, credential.username];
  return JSON.stringify([realm.url.href, service, account, scopesKey(scopes)]);
}
