import { Controller, Delete, Get, Headers, HttpCode, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import { isInForce, type Hold } from '../core/hold';
import { type Digest, isDigest, type RepositoryName, type TagName } from '../core/names';
import { RequiresScope } from '../http/access.guard';
import { actorOf } from '../http/access';
import { Documented } from '../http/documented';
import { RepositoryParameter, TagParameter } from '../http/repository-parameter';
import { toRfc3339OrNull } from '../http/time';
import { JsonBody } from '../http/validated';
import { Clock } from '../runtime/clock';
import { HoldStore } from './hold.store';
import { type Followed, Interventions } from './interventions';
import { Rollbacks } from './rollbacks';
import {
  AdoptionAnswer,
  AdoptionRequest,
  HoldAnswer,
  HoldRequest,
  HoldsAnswer,
  InterventionAnswer,
  RollbackAnswer,
  RollbackRequest,
  WithdrawalRequest,
} from './tagging.schema';

@Controller('api/v1/repositories/:slug')
export class InterventionsController {
  constructor(
    private readonly interventions: Interventions,
    private readonly rollbacks: Rollbacks,
    private readonly holds: HoldStore,
    private readonly clock: Clock,
  ) {}

  @Post('adoptions')
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary: 'Let moving tags that somebody else moved follow the rules: those named, or all',
    body: AdoptionRequest,
    answers: { 200: AdoptionAnswer },
  })
  async adopt(
    @RepositoryParameter() repository: RepositoryName,
    @JsonBody(AdoptionRequest) { tags }: AdoptionRequest,
  ): Promise<AdoptionAnswer> {
    return { repository, ...(await this.interventions.adopt(repository, tags)) };
  }

  @Put('releases/:tag/withdrawal')
  @RequiresScope('operate')
  @Documented({
    summary: 'Take a release back: every tag that it owned goes to the highest release left',
    body: WithdrawalRequest,
    answers: { 200: InterventionAnswer },
  })
  async withdraw(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @JsonBody(WithdrawalRequest) { reason }: WithdrawalRequest,
    @Req() request: FastifyRequest,
  ): Promise<InterventionAnswer> {
    const decree = { by: actorOf(request), reason };
    return toAnswer(repository, tag, await this.interventions.withdraw(repository, tag, decree));
  }

  @Delete('releases/:tag/withdrawal')
  @RequiresScope('operate')
  @Documented({ summary: 'Restore a withdrawn release', answers: { 200: InterventionAnswer } })
  async restore(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
  ): Promise<InterventionAnswer> {
    return toAnswer(repository, tag, await this.interventions.restore(repository, tag));
  }

  @Get('holds')
  @Documented({ summary: 'Moving tags that are held', answers: { 200: HoldsAnswer } })
  async listHolds(@RepositoryParameter() repository: RepositoryName): Promise<HoldsAnswer> {
    const holds = [...(await this.holds.list(repository)).values()];
    const inForce = holds.filter((hold) => isInForce(hold, this.clock.now()));
    return { items: inForce.map((hold) => toHoldAnswer(repository, hold)) };
  }

  @Put('tags/:tag/hold')
  @RequiresScope('operate')
  @Documented({
    summary: 'Freeze a moving tag where it is, whether it exists or not',
    body: HoldRequest,
    answers: { 200: HoldAnswer },
  })
  async hold(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @JsonBody(HoldRequest) body: HoldRequest,
    @Req() request: FastifyRequest,
  ): Promise<HoldAnswer> {
    const hold = this.toHold(tag, body, request);
    await this.interventions.hold(repository, hold);
    return toHoldAnswer(repository, hold);
  }

  @Delete('tags/:tag/hold')
  @RequiresScope('operate')
  @Documented({
    summary: 'Release a hold: the tag goes to its present owner in one move',
    answers: { 200: InterventionAnswer },
  })
  async release(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
  ): Promise<InterventionAnswer> {
    return toAnswer(repository, tag, await this.interventions.release(repository, tag));
  }

  @Post('tags/:tag/rollbacks')
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary: 'Move a tag to a release or a digest and hold it there; If-Match names its digest',
    body: RollbackRequest,
    answers: { 200: RollbackAnswer },
  })
  async rollBack(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @JsonBody(RollbackRequest) body: RollbackRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<RollbackAnswer> {
    const hold = this.toHold(tag, body, request);
    const rollback = { repository, hold, to: body.to, seen: digestIn(ifMatch) };
    const done = await this.rollbacks.rollBack(rollback);
    return { repository, tag, ...done, hold: toHoldAnswer(repository, hold) };
  }

  private toHold(tag: TagName, body: HoldRequest, request: FastifyRequest): Hold {
    const { reason, expiresAt = null } = body;
    const hold = { tag, by: actorOf(request), reason, expiresAt };
    if (isInForce(hold, this.clock.now())) return hold;
    throw new DomainError('body-invalid', 'expiresAt: must be a time to come');
  }
}

/** With or without quotes, as clients send entity tags. */
function digestIn(ifMatch: string | undefined): Digest | undefined {
  if (ifMatch === undefined) return undefined;
  const text = ifMatch.trim().replace(/^"(.*)"$/, '$1');
  if (isDigest(text)) return text;
  const sentence = 'If-Match: send the digest that you have seen the tag on, such as "sha256:…"';
  throw new DomainError('precondition-invalid', sentence);
}

function toAnswer(repository: string, tag: string, followed: Followed): InterventionAnswer {
  return { repository, tag, ...followed };
}

function toHoldAnswer(repository: string, { tag, by, reason, expiresAt }: Hold): HoldAnswer {
  return { repository, tag, by, reason, expiresAt: toRfc3339OrNull(expiresAt) };
}
