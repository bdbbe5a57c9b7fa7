import { Controller, HttpCode, Post } from '@nestjs/common';
import { RequiresScope } from '../http/access.guard';
import { Documented } from '../http/documented';
import { JsonBody } from '../http/validated';
import { PlanPreview } from './plan-preview';
import { PlanAnswer, PlanRequest } from './tagging.schema';

@Controller('api/v1/plans')
export class PlansController {
  constructor(private readonly preview: PlanPreview) {}

  @Post()
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary: 'What would be moved, and why the rest would not; writes nothing',
    body: PlanRequest,
    answers: { 200: PlanAnswer },
  })
  plan(@JsonBody(PlanRequest) { repository, tag, digest }: PlanRequest): Promise<PlanAnswer> {
    return this.preview.preview(
      repository,
      tag === undefined ? undefined : { tag, digest: digest ?? null },
    );
  }
}
