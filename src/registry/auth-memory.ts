import type { AuthScheme } from './challenge-choice';
import { type Access, scopesKey, upfrontScopes } from './token-scopes';

/** What a registry's challenges have taught about it. */
export class AuthMemory {
  /** Undefined until the registry has challenged for the first time. */
  scheme: AuthScheme | undefined;
  /** Scopes that served where others did not, by what they are for. */
  private readonly learnt = new Map<string, readonly string[]>();
  /** The actions that deletes take: a habit of the token service, so the same for every repository. */
  private deleteActions: string | undefined;

  /** What to ask for without a challenge. */
  scopesFor(access: Access): readonly string[] {
    return this.learntFor(access) ?? upfrontScopes(access);
  }

  learntFor(access: Access): readonly string[] | undefined {
    const learnt = this.learnt.get(keyOf(access));
    if (learnt !== undefined || access.action !== 'delete') return learnt;
    const actions = this.deleteActions;
    return actions === undefined ? undefined : [`${resourceOf(access)}${actions}`];
  }

  /** The registry has taken a token with these scopes. */
  learn(access: Access, scopes: readonly string[]): void {
    if (scopesKey(scopes) === scopesKey(this.scopesFor(access))) return;
    const [only = '', ...others] = scopes;
    const resource = resourceOf(access);
    if (access.action === 'delete' && others.length === 0 && only.startsWith(resource)) {
      this.deleteActions = only.slice(resource.length);
    }
    this.learnt.set(keyOf(access), scopes);
  }
}

function keyOf({ path, action }: Access): string {
  return `${action} ${path}`;
}

function resourceOf({ path }: Access): string {
  return `repository:${path}:`;
}
