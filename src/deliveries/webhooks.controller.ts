import { Controller, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
  @Documented({
    summary: 'Deliver an event of a configured source',
    answers: { 200: Receipts, 202: Receipts },
  })
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
}
