import { All, Controller, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import { Open } from '../http/access.guard';
import { Documented } from '../http/documented';
import { Receipts } from './delivery.schema';
import { Intake } from './intake';

@Open()
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly intake: Intake) {}

  @Post(':source')
  @HttpCode(202)
  @Documented({ summary: 'Deliver an event of a configured source', answers: { 202: Receipts } })
  async receive(
    @Param('source') source: string,
    @Headers() headers: Record<string, string | undefined>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Receipts> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const deliveries = await this.intake.receive(source, { headers, body });
    const allSeen = deliveries.every(({ status }) => status === 'duplicate');
    if (deliveries.length > 0 && allSeen) reply.status(200);
    return { deliveries };
  }

  @All(':source')
  @ApiExcludeEndpoint()
  refuse(): never {
    throw new DomainError('method-not-allowed', 'a webhook is delivered with POST');
  }
}
