import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import { Readiness } from '../runtime/readiness';
import { Open } from './access.guard';
import { Documented, openApiSchema } from './documented';
import { PROBLEM_MEDIA_TYPE, ProblemSchema, toProblem } from './problem';

/** A probe or a balancer may ask again as soon as that. */
const RETRY_AFTER_S = 5;

const Health = z.object({ status: z.literal('ok') });
type Health = z.infer<typeof Health>;

const Checks = z
  .array(
    z.object({
      name: z.enum(['database', 'migrations', 'registry']),
      registry: z.string().optional().meta({ description: 'Id of the registry it is about' }),
      status: z.enum(['ok', 'degraded', 'failed', 'unknown']),
      text: z.string(),
    }),
  )
  .readonly();
const Ready = z.object({ status: z.enum(['ok', 'degraded']), checks: Checks });
type Ready = z.infer<typeof Ready>;
const NotReady = ProblemSchema.extend({ checks: Checks });
type NotReady = z.infer<typeof NotReady>;

@Open()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('livez')
  @Documented({ summary: 'Whether the process answers', answers: { 200: Health } })
  live(): Health {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Documented({
    summary:
      'Whether the service takes work: its database takes writes and it is not stopping; degraded while a registry cannot be reached',
    answers: { 200: Ready },
  })
  @ApiResponse({
    status: 503,
    description: 'It takes no work: a problem, RFC 9457, with all that was looked at',
    content: { [PROBLEM_MEDIA_TYPE]: { schema: openApiSchema(NotReady, 'output') } },
  })
  async ready(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Ready | NotReady> {
    const { checks, isDegraded, fault } = await this.readiness.look();
    reply.header('Cache-Control', 'no-store');
    if (fault === undefined) return { status: isDegraded ? 'degraded' : 'ok', checks };
    const problem = toProblem(new DomainError(fault.code, fault.text), request.id);
    reply.status(problem.status).header('Retry-After', RETRY_AFTER_S);
    reply.header('Content-Type', PROBLEM_MEDIA_TYPE);
    return { ...problem, checks };
  }
}
