import type { FastifyRequest } from 'fastify';
import type { Scope } from '../config/settings';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { isInReach, type Reach } from '../core/reach';

/** Who calls, and which repositories there are for the caller. */
export interface Caller {
  /** As history names it: `token:<name>` of the token that was sent, or `anonymous`. */
  readonly actor: string;
  readonly reach: Reach;
}

/** What is known of a request once it was let in, or was not. */
interface Access {
  readonly caller: Caller;
  /** What the route asked for, and the caller had; undefined where nobody asked, or was let in. */
  readonly scope: Scope | undefined;
  /** That the path or the body names. */
  readonly repository: RepositoryName | undefined;
  /** Of the problem that it was answered with. */
  readonly code: string | undefined;
  /** Whether the repository is not one of the caller's. */
  readonly outOfReach: boolean;
}

const NOBODY: Access = {
  caller: { actor: 'anonymous', reach: 'all' },
  ...{ scope: undefined, repository: undefined, code: undefined, outOfReach: false },
};
const accesses = new WeakMap<FastifyRequest, Access>();

export function accessOf(request: FastifyRequest): Access {
  return accesses.get(request) ?? NOBODY;
}

export function callerOf(request: FastifyRequest): Caller {
  return accessOf(request).caller;
}

export function actorOf(request: FastifyRequest): string {
  return callerOf(request).actor;
}

export function noteCaller(request: FastifyRequest, caller: Caller): void {
  note(request, { caller });
}

export function noteScope(request: FastifyRequest, scope: Scope): void {
  note(request, { scope });
}

export function noteProblem(request: FastifyRequest, code: string): void {
  note(request, { code });
}

/** Throws `repository-unknown`, alike for a repository that exists and for one that does not. */
export function assertInReach(request: FastifyRequest, repository: RepositoryName): void {
  const { actor, reach } = callerOf(request);
  const outOfReach = !isInReach(reach, repository);
  note(request, { repository, outOfReach });
  if (!outOfReach) return;
  throw new DomainError('repository-unknown', `${repository} is not in reach of ${actor}`);
}

function note(request: FastifyRequest, news: Partial<Access>): void {
  accesses.set(request, { ...accessOf(request), ...news });
}
