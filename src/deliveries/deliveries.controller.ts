import { randomUUID } from 'node:crypto';
import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequiresScope } from '../http/access.guard';
import { actorOf, callerOf } from '../http/access';
import { pageOf } from '../http/answers.schema';
import { Documented } from '../http/documented';
import type { Page } from '../http/page';
import { JsonBody, NumberParameter, QueryParameters } from '../http/validated';
import {
  AnnounceRelease,
  DeliveriesQuery,
  DeliveryAnswer,
  Receipts,
  ReplayPreview,
  ReplayRequest,
  ReplaysStarted,
} from './delivery.schema';
import { DeliveryReadModel } from './delivery.read-model';
import { Intake } from './intake';
import { Replays } from './replays';

@Controller('api/v1')
export class DeliveriesController {
  constructor(
    private readonly readModel: DeliveryReadModel,
    private readonly intake: Intake,
    private readonly replays: Replays,
  ) {}

  @Get('deliveries')
  @Documented({
    summary: 'Deliveries, newest first',
    query: DeliveriesQuery,
    answers: { 200: pageOf(DeliveryAnswer) },
  })
  list(
    @QueryParameters(DeliveriesQuery) query: DeliveriesQuery,
    @Req() request: FastifyRequest,
  ): Promise<Page<DeliveryAnswer>> {
    return this.readModel.list(query, callerOf(request).reach);
  }

  @Get('deliveries/:id')
  @Documented({ summary: 'One delivery with its decisions', answers: { 200: DeliveryAnswer } })
  get(@NumberParameter('id') id: number, @Req() request: FastifyRequest): Promise<DeliveryAnswer> {
    return this.readModel.get(id, callerOf(request).reach);
  }

  @Post('deliveries/:id/replays')
  @HttpCode(202)
  @RequiresScope('operate')
  @Documented({ summary: 'Run a delivery again', answers: { 202: Receipts } })
  async replay(
    @NumberParameter('id') id: number,
    @Req() request: FastifyRequest,
  ): Promise<Receipts> {
    return { deliveries: await this.replays.replay(id, callerOf(request)) };
  }

  @Post('deliveries/replays')
  @HttpCode(202)
  @RequiresScope('operate')
  @Documented({
    summary: 'Run the deliveries of a span of time again; only shows them unless dryRun is false',
    body: ReplayRequest,
    answers: { 200: ReplayPreview, 202: ReplaysStarted },
  })
  async replayAll(
    @JsonBody(ReplayRequest) asked: ReplayRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayPreview | ReplaysStarted> {
    if (!asked.dryRun) return this.replays.replayAll(asked, callerOf(request));
    reply.status(200);
    return this.replays.preview(asked, callerOf(request).reach);
  }

  @Post('releases')
  @HttpCode(202)
  @RequiresScope('operate')
  @Documented({
    summary: 'Announce a release by API token',
    body: AnnounceRelease,
    answers: { 202: Receipts },
  })
  async announce(
    @JsonBody(AnnounceRelease) release: AnnounceRelease,
    @Req() request: FastifyRequest,
  ): Promise<Receipts> {
    const { repository, tag, digest = null, prerelease = null, runUrl = null } = release;
    const deliveries = await this.intake.announce(actorOf(request), {
      ...{ kind: 'announcement', event: 'published', dedupeKey: randomUUID(), occurredAt: null },
      ...{ repository, tag, digest, prerelease, runUrl, body: JSON.stringify(release) },
    });
    return { deliveries };
  }
}
