import type { RegistrySettings } from '../config/settings';
import { redactedUrl, type Answer } from './answer';
import { chooseChallenge, type AuthScheme, type BearerScheme } from './challenge-choice';
import { RegistryError } from './registry-error';
import { basicAuthorization, passwordOf, ScopeRefused, type TokenSource } from './token-source';

/** What a request wants to do in which repository. */
export interface Access {
  readonly path: string;
  readonly action: 'pull' | 'push' | 'delete';
}

/**
 * How a request was authorised, which decides what a 401 to it leaves to try:
 * `reused` → `fresh` (a new token for the same scopes) → `exact` (the scopes of the challenge).
 */
export type Authorization =
  | { readonly kind: 'basic'; readonly header: string }
  | {
      readonly kind: 'reused' | 'fresh' | 'exact';
      readonly header: string;
      readonly token: string;
      readonly scopes: readonly string[];
    }
  /** The token service refused the scopes asked up front. */
  | { readonly kind: 'refused'; readonly header: undefined; readonly scopes: readonly string[] };

/** The authorisation of all requests to one registry; learns from its challenges. */
export class RegistryAuth {
  private scheme: AuthScheme | undefined;
  /** Scopes that had to be asked for as challenged, by what they are for. */
  private readonly learntScopes = new Map<string, readonly string[]>();

  constructor(
    private readonly registry: RegistrySettings,
    private readonly tokens: TokenSource,
  ) {}

  /** What to send up front; undefined until the registry has challenged for the first time. */
  async prepare(access: Access): Promise<Authorization | undefined> {
    if (this.scheme === undefined) return undefined;
    if (this.scheme.kind === 'basic') return this.basic();
    return this.bearer(this.scheme, this.scopesFor(access));
  }

  /**
   * What to send next after a 401 to a request that was sent with `used`. Throws `unauthorized`
   * when nothing is left to try: it is retryable, because a credential gets mended by people,
   * and what waits for it must not be given up meanwhile.
   */
  async meet(
    access: Access,
    answer: Answer,
    used: Authorization | undefined,
  ): Promise<Authorization> {
    const chosen = chooseChallenge(this.registry, answer);
    if (chosen === undefined) throw this.unauthorized(answer);
    this.scheme = chosen.scheme;
    if (chosen.scheme.kind === 'basic') {
      const basic = this.basic();
      if (basic === undefined || used?.kind === 'basic') throw this.unauthorized(answer);
      return basic;
    }
    const next = await this.nextBearer(chosen.scheme, access, chosen.scopes, used);
    if (next === undefined) throw this.unauthorized(answer);
    return next;
  }

  private async nextBearer(
    scheme: BearerScheme,
    access: Access,
    challenged: readonly string[],
    used: Authorization | undefined,
  ): Promise<Authorization | undefined> {
    switch (used?.kind) {
      case undefined:
      case 'basic': {
        const first = await this.bearer(scheme, this.scopesFor(access));
        return first.kind === 'refused'
          ? this.exact(scheme, access, challenged, first.scopes)
          : first;
      }
      case 'reused':
        return this.bearer(scheme, used.scopes, used.token);
      case 'fresh':
      case 'refused':
        return this.exact(scheme, access, challenged, used.scopes);
      case 'exact':
        return undefined;
    }
  }

  /** Some services grant nothing or less when they are asked for more than the challenge says. */
  private async exact(
    scheme: BearerScheme,
    access: Access,
    challenged: readonly string[],
    asked: readonly string[],
  ): Promise<Authorization | undefined> {
    if (challenged.length === 0 || isSameScopes(challenged, asked)) return undefined;
    const { text } = await this.tokens.get({ ...scheme, scopes: challenged });
    this.learntScopes.set(keyOf(access), challenged);
    return { kind: 'exact', header: `Bearer ${text}`, token: text, scopes: challenged };
  }

  private async bearer(
    scheme: BearerScheme,
    scopes: readonly string[],
    rejected?: string,
  ): Promise<Authorization> {
    try {
      const { text, reused } = await this.tokens.get({ ...scheme, scopes }, rejected);
      const kind = reused ? 'reused' : 'fresh';
      return { kind, header: `Bearer ${text}`, token: text, scopes };
    } catch (error) {
      // Only the challenge says which scopes the service may grant instead.
      if (error instanceof ScopeRefused) return { kind: 'refused', header: undefined, scopes };
      throw error;
    }
  }

  private basic(): Authorization | undefined {
    const credentials = passwordOf(this.registry);
    if (credentials === undefined) return undefined;
    return { kind: 'basic', header: basicAuthorization(credentials) };
  }

  /** All that Tagward does to a repository in one token, so that reads and writes share it. */
  private scopesFor(access: Access): readonly string[] {
    const learnt = this.learntScopes.get(keyOf(access));
    if (learnt !== undefined) return learnt;
    const actions = access.action === 'delete' ? 'pull,push,delete' : 'pull,push';
    return [`repository:${access.path}:${actions}`];
  }

  private unauthorized(answer: Answer): RegistryError {
    const { id, credentials } = this.registry;
    const advice =
      credentials === undefined
        ? `it asks for credentials: set registries.${id}.auth`
        : `check the account and its rights in registries.${id}.auth`;
    const sentence = `Registry ${id} answered 401 to ${answer.method} ${redactedUrl(answer.url)}: ${advice}.`;
    return new RegistryError('unauthorized', sentence, { status: 401, retryable: true });
  }
}

function keyOf({ path, action }: Access): string {
  return `${action} ${path}`;
}

function isSameScopes(some: readonly string[], others: readonly string[]): boolean {
  return normalised(some) === normalised(others);
}

/** Neither the order of scopes nor that of the actions in one matters. */
function normalised(scopes: readonly string[]): string {
  return scopes
    .map((scope) => {
      const colon = scope.lastIndexOf(':');
      const actions = scope.slice(colon + 1).split(',');
      return `${scope.slice(0, colon)}:${actions.sort().join(',')}`;
    })
    .sort()
    .join(' ');
}
