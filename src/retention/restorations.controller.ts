import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RepositoryName, TagName } from '../core/names';
import { RequiresScope } from '../http/access.guard';
import { actorOf } from '../http/access';
import { Documented } from '../http/documented';
import { RepositoryParameter, TagParameter } from '../http/repository-parameter';
import { JsonBody } from '../http/validated';
import { Restorations } from './restorations';
import { RestorationAnswer, RestorationRequest } from './restorations.schema';

@Controller('api/v1/repositories/:slug/tags/:tag/restorations')
export class RestorationsController {
  constructor(private readonly restorations: Restorations) {}

  @Post()
  @HttpCode(200)
  @RequiresScope('admin')
  @Documented({
    summary: 'Bring a pruned tag back: the same bytes, verified down to the blobs',
    body: RestorationRequest,
    answers: { 200: RestorationAnswer },
  })
  async restore(
    @RepositoryParameter() repository: RepositoryName,
    @TagParameter() tag: TagName,
    @JsonBody(RestorationRequest) body: RestorationRequest,
    @Req() request: FastifyRequest,
  ): Promise<RestorationAnswer> {
    const { digest: wanted, force = false, reason } = body;
    const facts = { repository, tag, digest: wanted, force, reason, actor: actorOf(request) };
    const { digest, sequence, missing } = await this.restorations.restore(facts);
    const verified = { whole: missing.length === 0, missing: [...missing] };
    return { repository, tag, digest, sequence, reversion: true, verified };
  }
}
