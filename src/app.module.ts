import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Settings } from './config/settings';
import { AuditModule } from './audit/audit.module';
import { DatabaseModule } from './database/database.module';
import { DeliveriesModule } from './deliveries/deliveries.module';
import { HistoryModule } from './history/history.module';
import { HttpModule } from './http/http.module';
import type { Clock } from './runtime/clock';
import { RuntimeModule } from './runtime/runtime.module';
import { RetentionModule } from './retention/retention.module';
import { TaggingModule } from './tagging/tagging.module';

@Module({})
export class AppModule {
  static with(settings: Settings, clock: Clock): DynamicModule {
    return {
      module: AppModule,
      imports: [
        RuntimeModule.with(settings, clock),
        ScheduleModule.forRoot(),
        DatabaseModule,
        HttpModule,
        HistoryModule,
        TaggingModule,
        DeliveriesModule,
        RetentionModule,
        AuditModule,
      ],
    };
  }
}
