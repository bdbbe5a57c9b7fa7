import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard';
import { HealthController } from './health.controller';
import { MetricsController } from './metrics.controller';
import { ProblemFilter } from './problem.filter';
import { RateLimits } from './rate-limits';

@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    RateLimits,
    { provide: APP_FILTER, useClass: ProblemFilter },
    AccessGuard,
    { provide: APP_GUARD, useExisting: AccessGuard },
  ],
  exports: [RateLimits],
})
export class HttpModule {}
