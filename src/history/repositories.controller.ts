import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RepositoryName } from '../core/names';
import { callerOf } from '../http/access';
import { pageOf } from '../http/answers.schema';
import { Documented } from '../http/documented';
import type { Page } from '../http/page';
import { RepositoryParameter } from '../http/repository-parameter';
import { QueryParameters } from '../http/validated';
import { HistoryQuery, RepositoryAnswer, TimelineAnswer, TimelineQuery } from './history.schema';
import { RepositoryReadModel } from './repository.read-model';
import { TimelineReadModel } from './timeline.read-model';

@Controller('api/v1/repositories')
export class RepositoriesController {
  constructor(
    private readonly repositories: RepositoryReadModel,
    private readonly timelines: TimelineReadModel,
  ) {}

  @Get()
  @Documented({
    summary: 'Known repositories',
    query: HistoryQuery,
    answers: { 200: pageOf(RepositoryAnswer) },
  })
  list(
    @QueryParameters(HistoryQuery) query: HistoryQuery,
    @Req() request: FastifyRequest,
  ): Promise<Page<RepositoryAnswer>> {
    return this.repositories.list(query, callerOf(request).reach);
  }

  @Get(':slug')
  @Documented({ summary: 'One repository with its drift', answers: { 200: RepositoryAnswer } })
  get(@RepositoryParameter() repository: RepositoryName): Promise<RepositoryAnswer> {
    return this.repositories.get(repository);
  }

  @Get(':slug/timeline')
  @Documented({
    summary: 'The lifetimes of its moving tags as lanes',
    query: TimelineQuery,
    answers: { 200: TimelineAnswer },
  })
  async timeline(
    @RepositoryParameter() repository: RepositoryName,
    @QueryParameters(TimelineQuery) query: TimelineQuery,
  ): Promise<TimelineAnswer> {
    await this.repositories.getRow(repository);
    return this.timelines.read(repository, query);
  }
}
