import { Controller, Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import { NAME_PATTERNS } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { RequiresScope } from '../http/access.guard';
import { actorOf, assertInReach, callerOf } from '../http/access';
import { Documented } from '../http/documented';
import { toRfc3339 } from '../http/time';
import { JsonBody } from '../http/validated';
import { Clock } from '../runtime/clock';
import { InUseStore, type ReporterSummary } from './in-use.store';
import { ForgottenAnswer, InUseAnswer, InUseListAnswer, InUseRequest } from './protections.schema';

const REPORTER = new RegExp(NAME_PATTERNS.reporter);

@Controller('api/v1/in-use')
export class InUseController {
  constructor(
    private readonly reports: InUseStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Documented({
    summary: 'Who reports what runs somewhere, and when last',
    answers: { 200: InUseListAnswer },
  })
  async list(@Req() request: FastifyRequest): Promise<InUseListAnswer> {
    const reporters = await this.reports.listReporters(callerOf(request).reach);
    return { items: reporters.map(toAnswer) };
  }

  @Put(':reporter')
  @RequiresScope('operate')
  @Documented({
    summary: "What runs somewhere, by repository; replaces the reporter's last report",
    body: InUseRequest,
    answers: { 200: InUseAnswer },
  })
  async report(
    @Param('reporter') text: string,
    @JsonBody(InUseRequest) { repositories: digests }: InUseRequest,
    @Req() request: FastifyRequest,
  ): Promise<InUseAnswer> {
    const reporter = reporterIn(text);
    for (const repository of digests.keys()) assertInReach(request, repository);
    await this.assertOwn(reporter, request);
    const facts = { reporter, reportedBy: actorOf(request), reportedAt: this.clock.now() };
    await this.unitOfWork.run((transaction) =>
      this.reports.replace(transaction, { ...facts, digests }),
    );
    const counts = [...digests.values()].map((listed) => new Set(listed).size);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const repositories = counts.filter((count) => count > 0).length;
    return toAnswer({ ...facts, repositories, digests: total });
  }

  @Delete(':reporter')
  @RequiresScope('operate')
  @Documented({
    summary: 'Forget a reporter that is gone for good: nobody waits for it any more',
    answers: { 200: ForgottenAnswer },
  })
  async forget(
    @Param('reporter') text: string,
    @Req() request: FastifyRequest,
  ): Promise<ForgottenAnswer> {
    const reporter = reporterIn(text);
    await this.assertOwn(reporter, request);
    const known = await this.unitOfWork.run((transaction) =>
      this.reports.forget(transaction, reporter),
    );
    if (known) return { reporter };
    throw new DomainError('reporter-unknown', `${reporter} has never reported`);
  }

  /** A report protects images: who does not reach them all may not take its place. */
  private async assertOwn(reporter: string, request: FastifyRequest): Promise<void> {
    const { actor, reach } = callerOf(request);
    if (!(await this.reports.reportsBeyond(reporter, reach))) return;
    const sentence = `${reporter} reports repositories that are not in reach of ${actor}: take another name`;
    throw new DomainError('reporter-unknown', sentence);
  }
}

function reporterIn(text: string): string {
  if (REPORTER.test(text)) return text;
  const grammar = '1 to 100 letters, digits, ".", "_" and "-", beginning with a letter or a digit';
  const sentence = `${JSON.stringify(text)} names no reporter: ${grammar}`;
  throw new DomainError('query-invalid', sentence);
}

function toAnswer({ reportedAt, ...report }: ReporterSummary): InUseAnswer {
  return { ...report, reportedAt: toRfc3339(reportedAt) };
}
