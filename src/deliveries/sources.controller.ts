import { Controller, Get } from '@nestjs/common';
import { Documented } from '../http/documented';
import { SourceOverview } from './source-overview';
import { SourcesAnswer } from './source.schema';

@Controller('api/v1/sources')
export class SourcesController {
  constructor(private readonly overview: SourceOverview) {}

  @Get()
  @Documented({
    summary: 'The configured sources: when each was last heard of, and what went wrong',
    answers: { 200: SourcesAnswer },
  })
  async list(): Promise<SourcesAnswer> {
    return { items: await this.overview.list() };
  }
}
