import { type DynamicModule, Global, Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings';
import { Clock } from './clock';
import { Metrics } from './metrics';
import { Readiness } from './readiness';

/** What every room may inject: the settings, the time, and whether the service is ready. */
@Global()
@Module({})
export class RuntimeModule {
  static with(settings: Settings, clock: Clock): DynamicModule {
    return {
      module: RuntimeModule,
      providers: [
        Readiness,
        Metrics,
        { provide: SETTINGS, useValue: settings },
        { provide: Clock, useValue: clock },
      ],
      exports: [SETTINGS, Clock, Readiness, Metrics],
    };
  }
}
