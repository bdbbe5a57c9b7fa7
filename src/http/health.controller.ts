import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import { Readiness } from '../runtime/readiness';
import { Open } from './access.guard';
import { Documented } from './documented';

const Health = z.object({ status: z.literal('ok') });
type Health = z.infer<typeof Health>;

@Open()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('livez')
  @Documented({ summary: 'Whether the process answers', answers: { 200: Health } })
  live(): Health {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Documented({
    summary: 'Whether the service takes work: its database answers and it is not stopping',
    answers: { 200: Health },
  })
  async ready(): Promise<Health> {
    const fault = await this.readiness.findFault();
    if (fault === undefined) return { status: 'ok' };
    throw new DomainError(fault.code, fault.text, { retryable: true });
  }
}
