import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { Metrics } from '../runtime/metrics';
import { AccessGuard, bearerToken, isSameSecret, Open } from './access.guard';
import { callerOf } from './access';
import { Documented } from './documented';

@Open()
@Controller()
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly guard: AccessGuard,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get('metrics')
  @Documented({
    summary: 'Metrics for Prometheus',
    answers: { 200: z.string() },
    mediaType: 'text/plain',
  })
  async read(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    this.refuseOthers(request);
    const { text, mediaType } = await this.metrics.answer();
    reply.header('Content-Type', mediaType);
    return text;
  }

  /** A scraper has a token of its own, so that it need not be given one that reads everything. */
  private refuseOthers(request: FastifyRequest): void {
    const { metricsToken } = this.settings;
    const sent = bearerToken(request.headers.authorization);
    const isScraper =
      metricsToken !== undefined && sent !== undefined && isSameSecret(sent, metricsToken.reveal());
    if (isScraper) return;
    this.guard.admit(request, 'read');
    if (callerOf(request).reach === 'all') return;
    const sentence = 'the metrics tell of all repositories: send the token of metrics.tokenFile';
    throw new DomainError('scope-missing', sentence);
  }
}
