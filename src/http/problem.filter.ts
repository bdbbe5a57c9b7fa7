import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, type DomainErrorCode } from '../core/domain-error';
import { Metrics } from '../runtime/metrics';
import { noteProblem } from './access';
import { WEBHOOKS } from './fastify';
import { PROBLEM_MEDIA_TYPE, toProblem } from './problem';
import { RateLimits } from './rate-limits';

/** A sender that retries should not do so at once. */
const RETRY_AFTER_S = 5;

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(
    private readonly limits: RateLimits,
    private readonly metrics: Metrics,
  ) {}

  catch(caught: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = caught instanceof HttpException ? fromFramework(caught) : caught;
    const problem = toProblem(error, request.id);
    if (problem.status < 500) this.metrics.refused.inc({ code: problem.code });
    noteProblem(request, problem.code);
    this.log(problem.status, problem.code, request, error);
    if (isRefusal(problem.status, request.url)) void this.limits.countRefused(request.ip);
    if (problem.status === 503 || problem.status === 429) {
      reply.header('Retry-After', retryAfterSecondsOf(error));
    }
    if (problem.status === 401) reply.header('WWW-Authenticate', 'Bearer');
    reply.status(problem.status).header('Content-Type', PROBLEM_MEDIA_TYPE).send(problem);
  }

  /** A refused request is one line; a stack belongs to what nobody foresaw. */
  private log(status: number, code: string, request: FastifyRequest, error: unknown): void {
    const route = request.routeOptions.url ?? 'unknown';
    const fields = { status, code, method: request.method, route, requestId: request.id };
    if (status < 500) {
      this.logger.log({ msg: 'refused a request', ...fields });
      return;
    }
    const stack = error instanceof Error ? error.stack : String(error);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
    this.logger.error({ msg: 'could not answer a request', ...fields, stack, cause });
  }
}

/** What a caller without the right secret gets; a wrong body of an authentic one is none. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);
const REFUSALS_OF_WEBHOOKS: ReadonlySet<number> = new Set([401, 403, 404, 405, 413, 415]);

/** Of a caller who was not let in, or of a body that nobody needs to read. */
export function isRefusal(status: number, url: string): boolean {
  return (url.startsWith(WEBHOOKS) ? REFUSALS_OF_WEBHOOKS : REFUSALS).has(status);
}

function retryAfterSecondsOf(error: unknown): number {
  const ms = error instanceof DomainError ? error.retryAfterMs : undefined;
  return ms === undefined ? RETRY_AFTER_S : Math.max(1, Math.ceil(ms / 1_000));
}

const FRAMEWORK_CODES: Readonly<Record<number, DomainErrorCode>> = {
  400: 'body-invalid',
  404: 'route-unknown',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'media-type-unsupported',
};

/** What Nest and Fastify refuse by themselves, in our words. */
function fromFramework(exception: HttpException): unknown {
  const code = FRAMEWORK_CODES[exception.getStatus()];
  if (code === undefined) return exception;
  return new DomainError(code, FRAMEWORK_SENTENCES[code] ?? exception.message, {
    cause: exception,
  });
}

const FRAMEWORK_SENTENCES: Partial<Record<DomainErrorCode, string>> = {
  'route-unknown': 'there is nothing at this path; /openapi.json lists what there is',
  'body-too-large': 'the body is over the limit of 1 MiB',
  'media-type-unsupported': 'send application/json',
};
