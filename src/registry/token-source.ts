import type { PasswordCredentials, RegistrySettings } from '../config/settings';
import type { Clock } from '../runtime/clock';
import { redactedUrl, type Answer, type WireRequest } from './answer';
import { readToken, type IssuedToken } from './answers.schema';
import { RegistryError } from './registry-error';
import type { RegistryTuning } from './registry-tuning';
import { isPassingTrouble, statusError } from './status-errors';

const DEFAULT_LIFE_MS = 60_000;
const EARLY_MS = 15_000;

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

interface CachedToken {
  readonly text: string;
  /** From here on a new one is fetched. */
  readonly staleAt: number;
}

export interface Token {
  readonly text: string;
  /** Whether it served before: then a 401 may only mean that it has ended. */
  readonly reused: boolean;
}

/** Thrown inside this room only: the token service does not grant these scopes. */
export class ScopeRefused extends RegistryError {}

/** The Bearer tokens of one account at one registry, by realm, service and scopes. */
export class TokenSource {
  private readonly cache = new Map<string, CachedToken>();
  private readonly underWay = new Map<string, Promise<string>>();

  constructor(
    private readonly registry: RegistrySettings,
    private readonly send: (request: WireRequest) => Promise<Answer>,
    private readonly clock: Clock,
    private readonly tuning: RegistryTuning,
  ) {}

  /**
   * A token for the scopes; however many ask at the same time, one request is sent. `rejected` is
   * a token that the registry no longer takes. Throws `unauthorized` when the service refuses,
   * `rate-limited` or `server-error` when it cannot at the moment.
   */
  async get(request: TokenRequest, rejected?: string): Promise<Token> {
    const key = JSON.stringify([request.realm.href, request.service, [...request.scopes].sort()]);
    const known = this.cache.get(key);
    if (known !== undefined && known.text !== rejected && this.clock.now() < known.staleAt) {
      return { text: known.text, reused: true };
    }
    const text = await (this.underWay.get(key) ?? this.begin(key, request));
    return { text, reused: false };
  }

  private begin(key: string, request: TokenRequest): Promise<string> {
    const fetched = this.fetch(request)
      .then((issued) => this.keep(key, issued))
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, fetched);
    return fetched;
  }

  private keep(key: string, issued: IssuedToken): string {
    const now = this.clock.now();
    for (const [other, { staleAt }] of this.cache) if (staleAt <= now) this.cache.delete(other);
    // A service whose clock is ahead must not lengthen a token's life.
    const from = Math.min(issued.issuedAt ?? now, now);
    const life = issued.expiresInMs ?? DEFAULT_LIFE_MS;
    // A token that lives for seconds only would otherwise never be used twice.
    const staleAt = from + life - Math.min(EARLY_MS, life / 2);
    this.cache.set(key, { text: issued.token, staleAt });
    return issued.token;
  }

  private async fetch(request: TokenRequest): Promise<IssuedToken> {
    const credentials = passwordOf(this.registry);
    const answer = await this.send({
      method: 'GET',
      url: tokenUrl(request),
      headers: credentials === undefined ? {} : { authorization: basicAuthorization(credentials) },
      cap: { bytes: this.tuning.maxTokenBytes, over: 'answer-too-large' },
    });
    if (answer.status !== 200) throw this.refusal(answer);
    const issued = readToken(answer.body);
    if (issued !== undefined) return issued;
    const sentence = `The token service of registry ${this.registry.id} at ${redactedUrl(answer.url)} answered without a token.`;
    throw new RegistryError('unexpected-answer', sentence, { status: 200 });
  }

  private refusal(answer: Answer): RegistryError {
    const { id } = this.registry;
    if (isPassingTrouble(answer)) return statusError(id, answer, this.clock.now());
    const { status } = answer;
    const sentence = `The token service of registry ${id} at ${redactedUrl(answer.url)} answered ${status}; check registries.${id}.auth.`;
    return new ScopeRefused('unauthorized', sentence, { status, retryable: true });
  }
}

export function basicAuthorization({ username, password }: PasswordCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function tokenUrl({ realm, service, scopes }: TokenRequest): URL {
  const url = new URL(realm.href);
  url.username = '';
  url.password = '';
  url.hash = '';
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

export function passwordOf({ credentials }: RegistrySettings): PasswordCredentials | undefined {
  return credentials?.kind === 'password' ? credentials : undefined;
}
