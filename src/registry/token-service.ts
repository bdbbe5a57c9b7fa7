import type { RegistrySettings } from '../config/settings';
import type { Clock } from '../runtime/clock';
import { redactedUrl, type Answer, type WireRequest } from './answer';
import { readToken, type IssuedToken } from './answers.schema';
import type { BearerScheme } from './challenge-choice';
import {
  basicAuthorization,
  type Credential,
  type IdentityTokenCredential,
} from './credentials/credential';
import { readOAuthError } from './oauth-error.schema';
import { RegistryError } from './registry-error';
import type { RegistryTuning } from './registry-tuning';
import { isNotOffered, isPassingTrouble, statusError } from './status-errors';

const CLIENT_ID = 'tagward';
const UNKNOWN_GRANT = new Set(['unsupported_grant_type', 'unsupported_response_type']);

export interface TokenRequest extends Pick<BearerScheme, 'realm' | 'service'> {
  readonly scopes: readonly string[];
}

/** Thrown inside this room only: the token service does not grant these scopes, or not to this account. */
export class TokenRefused extends RegistryError {}

/** The token services that a registry names: how tokens are asked for, whatever the grant. */
export class TokenService {
  /** Realms that take no identity token by POST. */
  private readonly withoutGrant = new Set<string>();

  constructor(
    private readonly registry: RegistrySettings,
    private readonly send: (request: WireRequest) => Promise<Answer>,
    private readonly clock: Clock,
    private readonly tuning: RegistryTuning,
  ) {}

  /**
   * A new token; for anybody without a credential. Throws {@link TokenRefused} (`unauthorized`),
   * `rate-limited` or `server-error` when the service cannot at the moment, `unexpected-answer`.
   */
  async fetch(request: TokenRequest, credential: Credential | undefined): Promise<IssuedToken> {
    const answer = await this.ask(request, credential);
    if (answer.status !== 200) throw this.refusal(answer);
    const issued = readToken(answer.body);
    if (issued !== undefined) return issued;
    const sentence = `The token service of registry ${this.registry.id} at ${redactedUrl(answer.url)} answered without a token.`;
    throw new RegistryError('unexpected-answer', sentence, { status: 200 });
  }

  private async ask(request: TokenRequest, credential: Credential | undefined): Promise<Answer> {
    const { href } = request.realm.url;
    if (credential?.kind !== 'identity-token' || this.withoutGrant.has(href)) {
      return this.send(this.byGet(request, credential));
    }
    const answer = await this.send(this.byPost(request, credential));
    if (!isGrantUnknown(answer)) return answer;
    this.withoutGrant.add(href);
    return this.send(this.byGet(request, credential));
  }

  /** Distribution's token specification: GET with Basic, or without. */
  private byGet(request: TokenRequest, credential: Credential | undefined): WireRequest {
    const url = realmUrl(request);
    if (request.service !== undefined) url.searchParams.set('service', request.service);
    for (const scope of request.scopes) url.searchParams.append('scope', scope);
    const authorization = authorizationOf(credential);
    const headers = authorization === undefined ? {} : { authorization };
    return { ...this.common(request), method: 'GET', url, headers };
  }

  /** Distribution's OAuth 2 specification: the identity token is a refresh token (RFC 6749, 6). */
  private byPost(request: TokenRequest, { token }: IdentityTokenCredential): WireRequest {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID });
    if (request.service !== undefined) form.set('service', request.service);
    if (request.scopes.length > 0) form.set('scope', request.scopes.join(' '));
    form.set('refresh_token', token.reveal());
    return {
      ...this.common(request),
      method: 'POST',
      url: realmUrl(request),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form.toString()),
    };
  }

  private common({ realm }: TokenRequest): Pick<WireRequest, 'cap' | 'publicOnly'> {
    const cap = { bytes: this.tuning.maxTokenBytes, over: 'answer-too-large' } as const;
    return realm.publicOnly ? { cap, publicOnly: true } : { cap };
  }

  private refusal(answer: Answer): RegistryError {
    const { id } = this.registry;
    if (isPassingTrouble(answer)) return statusError(id, answer, this.clock.now());
    const { status } = answer;
    const sentence = `The token service of registry ${id} at ${redactedUrl(answer.url)} answered ${status}; check registries.${id}.auth.`;
    return new TokenRefused('unauthorized', sentence, { status, retryable: true });
  }
}

function realmUrl({ realm }: TokenRequest): URL {
  const url = new URL(realm.url.href);
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

/** Services without the POST take an identity token in the place of the password. */
function authorizationOf(credential: Credential | undefined): string | undefined {
  if (credential === undefined) return undefined;
  if (credential.kind === 'password') {
    return basicAuthorization(credential.username, credential.password);
  }
  return basicAuthorization(credential.username ?? '<token>', credential.token);
}

function isGrantUnknown(answer: Answer): boolean {
  const { status, body } = answer;
  if (status === 404 || isNotOffered(answer)) return true;
  return status === 400 && UNKNOWN_GRANT.has(readOAuthError(body) ?? '');
}
