import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessGuard } from './access.guard';
import { HealthController } from './health.controller';
import { PageLinkInterceptor } from './page-link.interceptor';
import { ProblemFilter } from './problem.filter';

@Module({
  controllers: [HealthController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_INTERCEPTOR, useClass: PageLinkInterceptor },
  ],
})
export class HttpModule {}
