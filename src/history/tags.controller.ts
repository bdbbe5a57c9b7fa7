import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { pageOf } from '../http/answers.schema';
import { Documented } from '../http/documented';
import type { Page } from '../http/page';
import { DigestParameter, RepositoryParameter, TagParameter } from '../http/repository-parameter';
import { QueryParameters } from '../http/validated';
import {
  AtQuery,
  DigestTagsAnswer,
  HistoryQuery,
  MoveAnswer,
  TagAnswer,
  TagAtAnswer,
  TagsQuery,
} from './history.schema';
import { MoveReadModel } from './move.read-model';
import { RepositoryReadModel } from './repository.read-model';
import { TagReadModel } from './tag.read-model';

@Controller('api/v1/repositories/:slug')
export class TagsController {
  constructor(
    private readonly repositories: RepositoryReadModel,
    private readonly tags: TagReadModel,
    private readonly moves: MoveReadModel,
  ) {}

  @Get('tags')
  @Documented({
    summary: 'Current tags',
    query: TagsQuery,
    answers: { 200: pageOf(TagAnswer) },
  })
  async list(
    @RepositoryParameter() repository: RepositoryName,
    @QueryParameters(TagsQuery) query: TagsQuery,
  ): Promise<Page<TagAnswer>> {
    await this.repositories.getRow(repository);
    return this.tags.list(repository, query);
  }

  @Get('tags/:tag')
  @Documented({ summary: 'One tag; the ETag is its digest', answers: { 200: TagAnswer } })
  async get(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagAnswer> {
    await this.repositories.getRow(repository);
    const answer = await this.tags.get(repository, tag);
    reply.header('ETag', `"${answer.digest}"`);
    return answer;
  }

  @Get('tags/:tag/history')
  @Documented({
    summary: 'The moves of a tag, newest first',
    query: HistoryQuery,
    answers: { 200: pageOf(MoveAnswer) },
  })
  async history(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @QueryParameters(HistoryQuery) query: HistoryQuery,
  ): Promise<Page<MoveAnswer>> {
    await this.repositories.getRow(repository);
    return this.moves.list({ ...query, repository, tag, reach: 'all' });
  }

  @Get('tags/:tag/at')
  @Documented({
    summary: 'What a tag pointed at at a time',
    query: AtQuery,
    answers: { 200: TagAtAnswer },
  })
  async at(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @QueryParameters(AtQuery) { time }: AtQuery,
  ): Promise<TagAtAnswer> {
    await this.repositories.getRow(repository);
    return this.tags.at(repository, tag, time);
  }

  @Get('digests/:digest/tags')
  @Documented({
    summary: 'Tags that point at a digest, or did',
    answers: { 200: DigestTagsAnswer },
  })
  async digestTags(
    @RepositoryParameter() repository: RepositoryName,
    @DigestParameter() digest: Digest,
  ): Promise<DigestTagsAnswer> {
    await this.repositories.getRow(repository);
    return this.tags.listOfDigest(repository, digest);
  }
}
