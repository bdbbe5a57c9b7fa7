import { Controller, Get, Headers, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { actorOf, RequiresScope } from '../http/access.guard';
import { Documented } from '../http/documented';
import { RepositoryParameter } from '../http/repository-parameter';
import { NumberParameter } from '../http/validated';
import { RetentionPlanner } from './retention-planner';
import { RetentionReadModel } from './retention.read-model';
import { RetentionRunner } from './retention-runner';
import { ExecutionAnswer, RetentionPlanAnswer, RetentionRunAnswer } from './retention.schema';

@Controller('api/v1')
export class RetentionController {
  constructor(
    private readonly planner: RetentionPlanner,
    private readonly runner: RetentionRunner,
    private readonly readModel: RetentionReadModel,
  ) {}

  @Post('repositories/:slug/retention-plans')
  @RequiresScope('operate')
  @Documented({
    summary: 'Compute and store what the policy would let go; deletes nothing',
    answers: { 201: RetentionPlanAnswer },
  })
  async plan(
    @RepositoryParameter() repository: RepositoryName,
    @Req() request: FastifyRequest,
  ): Promise<RetentionPlanAnswer> {
    return this.readModel.getPlan(await this.planner.plan(repository, actorOf(request)));
  }

  @Get('retention-plans/:id')
  @Documented({ summary: 'A retention plan', answers: { 200: RetentionPlanAnswer } })
  getPlan(@NumberParameter('id') id: number): Promise<RetentionPlanAnswer> {
    return this.readModel.getPlan(id);
  }

  @Post('retention-plans/:id/executions')
  @HttpCode(202)
  @RequiresScope('admin')
  @Documented({
    summary: 'Execute a plan; If-Match names its hash',
    answers: { 202: ExecutionAnswer },
  })
  async execute(
    @NumberParameter('id') id: number,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<ExecutionAnswer> {
    const runId = await this.runner.execute(id, hashIn(ifMatch), actorOf(request));
    return { run: { id: runId } };
  }

  @Get('retention-runs/:id')
  @Documented({ summary: 'A retention run', answers: { 200: RetentionRunAnswer } })
  getRun(@NumberParameter('id') id: number): Promise<RetentionRunAnswer> {
    return this.readModel.getRun(id);
  }
}

/** An entity tag, with or without its quotes. */
function hashIn(ifMatch: string | undefined): string {
  const hash = /^"?([0-9a-f]{64})"?$/.exec(ifMatch?.trim() ?? '')?.[1];
  if (hash !== undefined) return hash;
  if (ifMatch === undefined) {
    const sentence = 'send the planHash of the plan that you have read: If-Match: "<planHash>"';
    throw new DomainError('precondition-missing', sentence);
  }
  throw new DomainError('plan-stale', 'If-Match is not the planHash of this plan');
}
