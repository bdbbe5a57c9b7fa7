import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { accessOf } from '../http/access';
import { isRefusal } from '../http/problem.filter';
import type { NewAuditRecord } from './audit.store';
import { AuditTrail } from './audit-trail';

const TOO_MANY = 429;
/** What has gone wrong here is answered at once: the database may be why. */
const OUR_FAULT = 500;
const LONGEST_TARGET = 200;

/** Looks at every answer before it is sent: at no body, and at nothing of most requests. */
export function configureAudit(app: NestFastifyApplication): void {
  const trail = app.get(AuditTrail);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (isPrivileged(request)) {
      const call = { ...callOf(request, reply), requestId: request.id };
      const stored = trail.add({ ...call, target: targetOf(request) });
      if (reply.statusCode >= OUR_FAULT) done();
      else
        void stored.then(() => {
          done();
        });
      return;
    }
    if (isRefused(request, reply)) trail.countRefused(callOf(request, reply));
    done();
  });
}

function isPrivileged(request: FastifyRequest): boolean {
  const { scope } = accessOf(request);
  return scope === 'operate' || scope === 'admin';
}

function isRefused(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  if (statusCode < 400) return false;
  return (
    statusCode === TOO_MANY || isRefusal(statusCode, request.url) || accessOf(request).outOfReach
  );
}

type Call = Omit<NewAuditRecord, 'kind' | 'at' | 'untilAt' | 'count' | 'requestId'>;

/** Of what a caller may choose freely, nothing but the name of a source that exists. */
function callOf(request: FastifyRequest, { statusCode }: FastifyReply): Call {
  const { caller, repository, code, outOfReach } = accessOf(request);
  return {
    actor: caller.actor,
    address: request.ip,
    method: request.method,
    route: request.routeOptions.url ?? 'unknown',
    repository: outOfReach ? null : (repository ?? null),
    target: code === 'source-unknown' ? null : (paramsOf(request)['source'] ?? null),
    status: statusCode,
    code: code ?? null,
  };
}

/** What the path names beside the repository; a secret in a path is no name. */
const NAMES = ['tag', 'target', 'digest', 'id', 'reporter'] as const;
const Params = z.record(z.string(), z.string());

function targetOf(request: FastifyRequest): string | null {
  const params = paramsOf(request);
  const named = NAMES.flatMap((name) => params[name] ?? []);
  return named.length === 0 ? null : named.join(' ').slice(0, LONGEST_TARGET);
}

function paramsOf({ params }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Params.safeParse(params).data ?? {};
}
