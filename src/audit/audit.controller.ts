import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../http/access';
import { RequiresScope } from '../http/access.guard';
import { pageOf } from '../http/answers.schema';
import { Documented } from '../http/documented';
import type { Page } from '../http/page';
import { QueryParameters } from '../http/validated';
import { AuditReadModel } from './audit.read-model';
import { AuditQuery, AuditRecordAnswer } from './audit.schema';
import { AuditTrail } from './audit-trail';

@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly records: AuditReadModel,
  ) {}

  @Get()
  @RequiresScope('admin')
  @Documented({
    summary: 'Who was refused, and who did what only some may do, newest first',
    query: AuditQuery,
    answers: { 200: pageOf(AuditRecordAnswer) },
  })
  async list(
    @QueryParameters(AuditQuery) query: AuditQuery,
    @Req() request: FastifyRequest,
  ): Promise<Page<AuditRecordAnswer>> {
    await this.trail.flush();
    return this.records.list(query, callerOf(request).reach);
  }
}
