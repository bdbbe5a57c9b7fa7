/** What a request wants to do in which repository. */
export interface Access {
  readonly path: string;
  readonly action: 'pull' | 'push' | 'delete';
}

/** All that Tagward does to a repository in one token, so that reads and writes share it. */
export function upfrontScopes({ path, action }: Access): readonly string[] {
  return [`repository:${path}:${action === 'delete' ? 'pull,push,delete' : 'pull,push'}`];
}

/**
 * What to ask for after a challenge, best first; the caller leaves out what did not serve. First
 * more than was challenged, so that the next request needs nothing new; then exactly that, since
 * some services grant nothing or less when asked for more. Quay gives nothing for `delete`, and its
 * deletes take `pull,push` or `*`.
 */
export function scopesToTry(
  access: Access,
  challenged: readonly string[],
): readonly (readonly string[])[] {
  const { path, action } = access;
  const union = unionOfScopes(challenged, upfrontScopes(access));
  const exact = challenged.length === 0 ? [] : [challenged];
  if (action !== 'delete') return [union, ...exact];
  const usual = challenged.length === 0 ? [[`repository:${path}:pull,push`]] : [];
  return [union, ...exact, ...usual, [`repository:${path}:*`]];
}

/** Scopes without order, of the scopes and of the actions in each: equal ones are the same text. */
export function scopesKey(scopes: readonly string[]): string {
  return scopes
    .map((text) => {
      const { resource, actions } = partsOf(text);
      return `${resource}:${[...actions].sort().join(',')}`;
    })
    .sort()
    .join(' ');
}

/** The actions of scopes for the same resource in one; the challenged ones first, as some services read only the first. */
function unionOfScopes(
  challenged: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  const union = new Map<string, ReadonlySet<string>>();
  // `*` alone is for the whole account, and is asked for only as challenged.
  for (const text of [...challenged.filter((one) => one.includes(':')), ...wanted]) {
    const { resource, actions } = partsOf(text);
    union.set(resource, new Set([...(union.get(resource) ?? []), ...actions]));
  }
  return [...union].map(([resource, actions]) => `${resource}:${sorted(actions).join(',')}`);
}

/** In the order that every client uses, which caches of token services may count on. */
function sorted(actions: ReadonlySet<string>): readonly string[] {
  const usual = ['pull', 'push', 'delete'].filter((action) => actions.has(action));
  return [...usual, ...[...actions].filter((action) => !usual.includes(action))];
}

/** `repository:gallery/ui:pull,push`; a resource may hold colons, as that of a host with a port does. */
function partsOf(scope: string): {
  readonly resource: string;
  readonly actions: readonly string[];
} {
  const colon = scope.lastIndexOf(':');
  return {
    resource: scope.slice(0, Math.max(colon, 0)),
    actions: scope.slice(colon + 1).split(','),
  };
}
