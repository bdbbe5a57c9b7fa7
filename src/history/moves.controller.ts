import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../http/access';
import { pageOf } from '../http/answers.schema';
import { Documented } from '../http/documented';
import type { Page } from '../http/page';
import { QueryParameters } from '../http/validated';
import { MoveAnswer, MovesQuery } from './history.schema';
import { MoveReadModel } from './move.read-model';

@Controller('api/v1/moves')
export class MovesController {
  constructor(private readonly moves: MoveReadModel) {}

  @Get()
  @Documented({
    summary: 'All moves, newest first',
    query: MovesQuery,
    answers: { 200: pageOf(MoveAnswer) },
  })
  list(
    @QueryParameters(MovesQuery) query: MovesQuery,
    @Req() request: FastifyRequest,
  ): Promise<Page<MoveAnswer>> {
    return this.moves.list({ ...query, reach: callerOf(request).reach });
  }
}
