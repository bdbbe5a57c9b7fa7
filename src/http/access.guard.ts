import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Scope, SETTINGS, type Settings, type TokenSettings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { type RepositoryName, repositoryOfSlug } from '../core/names';
import { assertInReach, noteCaller, noteScope } from './access';

const SCOPE = 'scope';
const RepositoryInPath = z.object({ slug: z.string() });
const OPEN: unique symbol = Symbol('open');

/** The scope that a route asks for; a route without it asks for `read`. */
export const RequiresScope = (scope: Scope): MethodDecorator & ClassDecorator =>
  SetMetadata(SCOPE, scope);

/** A route with an authentication of its own, or with none: webhooks, health. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(SCOPE, OPEN);

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    const scope =
      this.reflector.getAllAndOverride<Scope | typeof OPEN | undefined>(SCOPE, places) ?? 'read';
    if (scope === OPEN) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.admit(request, scope);
    noteScope(request, scope);
    const repository = repositoryInPath(request);
    if (repository !== undefined) assertInReach(request, repository);
    return true;
  }

  /** True for a caller who may do this. Throws `token-missing`, `authentication-failed`, `scope-missing`. */
  admit(request: FastifyRequest, scope: Scope): true {
    const sent = bearerToken(request.headers.authorization);
    if (sent === undefined) return this.admitAnonymous(scope);
    const token = this.findToken(sent);
    noteCaller(request, { actor: `token:${token.name}`, reach: token.reach });
    if (token.scopes.includes(scope)) return true;
    throw new DomainError('scope-missing', `the token ${token.name} lacks the scope ${scope}`);
  }

  private admitAnonymous(scope: Scope): true {
    if (scope === 'read' && this.settings.anonymous === 'read') return true;
    const sentence = `send "Authorization: Bearer <token>" with a token that has the scope ${scope}`;
    throw new DomainError('token-missing', sentence);
  }

  /** Compares with every token, whether or not one has matched before. */
  private findToken(sent: string): TokenSettings {
    let found: TokenSettings | undefined;
    const hash = sha256(sent);
    for (const token of this.settings.tokens) {
      if (timingSafeEqual(hash, Buffer.from(token.hash, 'hex'))) found ??= token;
    }
    if (found !== undefined) return found;
    throw new DomainError('authentication-failed', 'the token is not one of the configured ones');
  }
}

function repositoryInPath({ params }: FastifyRequest): RepositoryName | undefined {
  const parsed = RepositoryInPath.safeParse(params);
  return parsed.success ? repositoryOfSlug(parsed.data.slug) : undefined;
}

/** The token of an `Authorization: Bearer …` header; undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/** Constant-time for secrets of any length: what is compared are digests of equal length. */
export function isSameSecret(left: string, right: string): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
