import type { AuthMemory } from './auth-memory';
import type { BearerScheme, ChosenChallenge } from './challenge-choice';
import {
  basicAuthorization,
  isSameCredential,
  type PasswordCredential,
} from './credentials/credential';
import { type Access, scopesKey, scopesToTry } from './token-scopes';
import { TokenRefused } from './token-service';
import type { TokenSource } from './token-source';

/** What the request was sent with last; undefined for nothing. */
type Used =
  | { readonly kind: 'basic'; readonly credential: PasswordCredential }
  | {
      readonly kind: 'bearer';
      readonly scopes: readonly string[];
      readonly token: string;
      readonly reused: boolean;
    };

/** One request's way through the challenges of its registry: which `Authorization` to try next. */
export class Authorization {
  private used: Used | undefined;
  /** Keys of scopes of which a token did not serve, or was refused. */
  private readonly tried = new Set<string>();
  private hasRenewed = false;
  private refusal: TokenRefused | undefined;

  constructor(
    private readonly access: Access,
    private readonly memory: AuthMemory,
    private readonly tokens: TokenSource,
  ) {}

  /** The header to send up front; undefined for none. */
  async first(): Promise<string | undefined> {
    const { scheme } = this.memory;
    if (scheme === undefined) return undefined;
    if (scheme.kind === 'bearer') return this.tryScopes(scheme, this.memory.scopesFor(this.access));
    const credential = await this.password();
    return credential === undefined ? undefined : this.basic(credential);
  }

  /**
   * The header to send after a 401; undefined when nothing is left to try. Throws what the token
   * service last said when it refused all that was asked.
   */
  async next({ scheme, scopes }: ChosenChallenge): Promise<string | undefined> {
    return scheme.kind === 'basic' ? this.nextBasic() : this.nextBearer(scheme, scopes);
  }

  /** The registry took what was sent last. */
  served(): void {
    if (this.used?.kind === 'bearer') this.memory.learn(this.access, this.used.scopes);
  }

  /** The credential that is known by now, then one that is read again: passwords may be short-lived. */
  private async nextBasic(): Promise<string | undefined> {
    const used = this.used?.kind === 'basic' ? this.used.credential : undefined;
    for (const fresh of [false, true]) {
      const credential = await this.password(fresh);
      if (credential !== undefined && !isSameCredential(credential, used)) {
        return this.basic(credential);
      }
    }
    return undefined;
  }

  private async nextBearer(
    scheme: BearerScheme,
    challenged: readonly string[],
  ): Promise<string | undefined> {
    const { used, access } = this;
    if (used?.kind === 'bearer' && used.reused && !this.hasRenewed) {
      this.hasRenewed = true;
      return this.bearer(scheme, used.scopes, used.token);
    }
    const learnt = this.memory.learntFor(access);
    const ladder = [...(learnt === undefined ? [] : [learnt]), ...scopesToTry(access, challenged)];
    for (const scopes of ladder) {
      const header = await this.tryScopes(scheme, scopes);
      if (header !== undefined) return header;
    }
    if (this.refusal !== undefined) throw this.refusal;
    return undefined;
  }

  /** Undefined when the service refuses these scopes, or they were tried before. */
  private async tryScopes(
    scheme: BearerScheme,
    scopes: readonly string[],
  ): Promise<string | undefined> {
    const key = scopesKey(scopes);
    if (this.tried.has(key)) return undefined;
    this.tried.add(key);
    try {
      return await this.bearer(scheme, scopes);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      this.refusal = error;
      return undefined;
    }
  }

  private async bearer(
    { realm, service }: BearerScheme,
    scopes: readonly string[],
    rejected?: string,
  ): Promise<string> {
    const { path } = this.access;
    const { text, reused } = await this.tokens.get({ realm, service, scopes, path, rejected });
    this.used = { kind: 'bearer', scopes, token: text, reused };
    // Whatever is wrong from here on, the registry says it.
    this.refusal = undefined;
    return `Bearer ${text}`;
  }

  private basic(credential: PasswordCredential): string {
    this.used = { kind: 'basic', credential };
    return basicAuthorization(credential.username, credential.password);
  }

  private async password(fresh = false): Promise<PasswordCredential | undefined> {
    const { path } = this.access;
    const credential = await this.tokens.credentials.read({ path, fresh });
    // An identity token is for token services; as a password it would reach whoever asks for one.
    return credential?.kind === 'password' ? credential : undefined;
  }
}
