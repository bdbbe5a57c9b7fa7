import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard';
import { HealthController } from './health.controller';
import { ProblemFilter } from './problem.filter';
import { RateLimits } from './rate-limits';

@Global()
@Module({
  controllers: [HealthController],
  providers: [
    RateLimits,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [RateLimits],
})
export class HttpModule {}
