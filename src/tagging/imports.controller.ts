import { Controller, HttpCode, Post } from '@nestjs/common';
import { RequiresScope } from '../http/access.guard';
import { Documented } from '../http/documented';
import { JsonBody } from '../http/validated';
import { ImportPreview } from './import-preview';
import { ImportAnswer, ImportRequest } from './tagging.schema';

@Controller('api/v1/imports')
export class ImportsController {
  constructor(private readonly preview: ImportPreview) {}

  @Post()
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary:
      'What taking a repository over would mean: fit of the rules, moving tags; writes nothing',
    body: ImportRequest,
    answers: { 200: ImportAnswer },
  })
  async report(@JsonBody(ImportRequest) { repository }: ImportRequest): Promise<ImportAnswer> {
    const { suggestion, ...report } = await this.preview.preview(repository);
    return { ...report, suggestion: { ...suggestion, rules: { ...suggestion.rules } } };
  }
}
