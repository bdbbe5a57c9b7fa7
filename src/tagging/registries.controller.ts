import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpCode,
  Logger,
  Param,
  Post,
  Req,
  UseFilters,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequiresScope } from '../http/access.guard';
import { callerOf } from '../http/access';
import { Documented } from '../http/documented';
import { PROBLEM_MEDIA_TYPE, toProblem } from '../http/problem';
import { JsonBody } from '../http/validated';
import { Diagnoses, UnknownRegistry } from './diagnoses';
import { DiagnosisAnswer, DiagnosisRequest, RegistriesAnswer } from './tagging.schema';

/** In a body an unknown registry is a wrong value (422); in the path it is what is not there. */
@Catch(UnknownRegistry)
class UnknownRegistryFilter implements ExceptionFilter<UnknownRegistry> {
  private readonly logger = new Logger(UnknownRegistryFilter.name);

  catch(error: UnknownRegistry, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = { ...toProblem(error, request.id), status: 404, title: 'Not found' };
    const { status, code, requestId } = problem;
    this.logger.log({ msg: 'refused a request', status, code, method: request.method, requestId });
    reply.status(status).header('Content-Type', PROBLEM_MEDIA_TYPE).send(problem);
  }
}

@Controller('api/v1/registries')
@UseFilters(UnknownRegistryFilter)
export class RegistriesController {
  constructor(private readonly diagnoses: Diagnoses) {}

  @Get()
  @Documented({
    summary: 'The configured registries, and what each is known to be able to do',
    answers: { 200: RegistriesAnswer },
  })
  async list(@Req() request: FastifyRequest): Promise<RegistriesAnswer> {
    return { items: await this.diagnoses.listRegistries(callerOf(request).reach) };
  }

  @Post(':registry/diagnoses')
  @HttpCode(200)
  @RequiresScope('operate')
  @Documented({
    summary:
      'Look at a registry: whether it answers, what the account may do, what to change; changes nothing',
    body: DiagnosisRequest,
    answers: { 200: DiagnosisAnswer },
  })
  async diagnose(
    @Param('registry') id: string,
    @JsonBody(DiagnosisRequest) { repository }: DiagnosisRequest,
    @Req() request: FastifyRequest,
  ): Promise<DiagnosisAnswer> {
    return this.diagnoses.run(id, repository, callerOf(request).reach);
  }
}
