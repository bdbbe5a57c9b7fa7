import { Controller, Get, Headers, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import type { RepositoryName } from '../core/names';
import { RequiresScope } from '../http/access.guard';
import { callerOf } from '../http/access';
import { Documented } from '../http/documented';
import { RepositoryParameter } from '../http/repository-parameter';
import { JsonBody, NumberParameter } from '../http/validated';
import { RetentionPlanner } from './retention-planner';
import { RetentionReadModel } from './retention.read-model';
import { RetentionRunner } from './retention-runner';
import { RetentionStatusReadModel } from './retention-status.read-model';
import {
  CancellationRequest,
  ExecutionAnswer,
  ExecutionRequest,
  RetentionAnswer,
  RetentionPlanAnswer,
  RetentionPreviewAnswer,
  RetentionRunAnswer,
} from './retention.schema';

@Controller('api/v1')
export class RetentionController {
  constructor(
    private readonly planner: RetentionPlanner,
    private readonly runner: RetentionRunner,
    private readonly readModel: RetentionReadModel,
    private readonly status: RetentionStatusReadModel,
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
    const { actor, reach } = callerOf(request);
    return this.readModel.getPlan(await this.planner.plan(repository, actor), reach);
  }

  @Get('retention-plans/:id')
  @Documented({ summary: 'A retention plan', answers: { 200: RetentionPlanAnswer } })
  getPlan(
    @NumberParameter('id') id: number,
    @Req() request: FastifyRequest,
  ): Promise<RetentionPlanAnswer> {
    return this.readModel.getPlan(id, callerOf(request).reach);
  }

  @Post('retention-plans/:id/executions')
  @HttpCode(202)
  @RequiresScope('admin')
  @Documented({
    summary: 'Execute a plan at the end of its notice; If-Match names its hash',
    body: ExecutionRequest,
    answers: { 202: ExecutionAnswer },
  })
  async execute(
    @NumberParameter('id') id: number,
    @Headers('if-match') ifMatch: string | undefined,
    @JsonBody(ExecutionRequest) { override, reason }: ExecutionRequest,
    @Req() request: FastifyRequest,
  ): Promise<ExecutionAnswer> {
    const { actor, reach } = callerOf(request);
    await this.readModel.findPlan(id, reach);
    const overrides = override === undefined ? null : { guards: override, reason };
    const runId = await this.runner.execute(id, hashIn(ifMatch), actor, overrides);
    return { run: { id: runId } };
  }

  @Post('retention-runs/:id/cancellations')
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary: 'Cancel deletions that have not happened yet: those named, or all',
    body: CancellationRequest,
    answers: { 200: RetentionRunAnswer },
  })
  async cancel(
    @NumberParameter('id') id: number,
    @JsonBody(CancellationRequest) { tags, reason }: CancellationRequest,
    @Req() request: FastifyRequest,
  ): Promise<RetentionRunAnswer> {
    const { actor, reach } = callerOf(request);
    await this.readModel.findRun(id, reach);
    await this.runner.cancel(id, tags, { by: actor, reason });
    return this.readModel.getRun(id, reach);
  }

  @Get('repositories/:slug/retention')
  @Documented({
    summary:
      'Where retention of a repository stands: policy, next slot, what is due, what can be restored',
    answers: { 200: RetentionAnswer },
  })
  getStatus(@RepositoryParameter() repository: RepositoryName): Promise<RetentionAnswer> {
    return this.status.get(repository);
  }

  @Get('repositories/:slug/retention/next')
  @Documented({
    summary: 'What the policy would let go at the next slot of the schedule; stored nowhere',
    answers: { 200: RetentionPreviewAnswer },
  })
  getPreview(@RepositoryParameter() repository: RepositoryName): Promise<RetentionPreviewAnswer> {
    return this.status.preview(repository);
  }

  @Get('retention-runs/:id')
  @Documented({ summary: 'A retention run', answers: { 200: RetentionRunAnswer } })
  getRun(
    @NumberParameter('id') id: number,
    @Req() request: FastifyRequest,
  ): Promise<RetentionRunAnswer> {
    return this.readModel.getRun(id, callerOf(request).reach);
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
