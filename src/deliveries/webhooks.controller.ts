import { Controller, HttpCode, Logger, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../http/access.guard';
import { Documented } from '../http/documented';
import { Receipts } from './delivery.schema';
import { Intake } from './intake';
import { refusalIn } from './sources/refusal';

@Open()
@Controller('webhooks')
export class WebhooksController {
  private readonly logger = new Logger(WebhooksController.name);

  constructor(private readonly intake: Intake) {}

  @Post(':source')
  @HttpCode(202)
  @Documented({
    summary: 'Deliver an event of a configured source',
    answers: { 200: Receipts, 202: Receipts },
  })
  receive(
    @Param('source') source: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Receipts> {
    return this.takeIn(source, undefined, { request, reply });
  }

  @Post(':source/:secret')
  @HttpCode(202)
  @Documented({
    summary: 'Deliver an event of a sender that can be authenticated by its URL only',
    answers: { 200: Receipts, 202: Receipts },
  })
  receiveAtSecretUrl(
    @Param('source') source: string,
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Receipts> {
    return this.takeIn(source, secret, { request, reply });
  }

  private async takeIn(
    source: string,
    urlSecret: string | undefined,
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  ): Promise<Receipts> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const headers = joinedHeaders(request.headers);
    const deliveries = await this.intake
      .receive(source, { headers, body, urlSecret })
      .catch((error: unknown) => {
        this.tellRefusal(error, source, request.id);
        throw error;
      });
    this.logger.debug({ msg: 'took in', source, requestId: request.id, deliveries });
    const allSeen = deliveries.every(({ status }) => status === 'duplicate');
    if (deliveries.length > 0 && allSeen) reply.status(200);
    return { deliveries };
  }

  /** The sender is told nothing; whoever operates the service may look. An id that is none is not ours to log. */
  private tellRefusal(error: unknown, source: string, requestId: string): void {
    const cause = refusalIn(error)?.cause;
    if (cause === undefined) return;
    const named = cause === 'source-unknown' ? {} : { source };
    this.logger.debug({ msg: 'refused a sender', cause, ...named, requestId });
  }
}

/** Only `set-cookie` comes as a list, which no sender has a reason for. */
function joinedHeaders(
  headers: FastifyRequest['headers'],
): Readonly<Record<string, string | undefined>> {
  const { 'set-cookie': _, ...rest } = headers;
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
