import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings';
import { CapabilityMemory } from '../runtime/capability-memory';
import { Clock } from '../runtime/clock';
import { HttpImageRegistry } from './http-image-registry';
import { ImageRegistry } from './image-registry';

@Module({
  providers: [
    {
      provide: HttpImageRegistry,
      useFactory: (settings: Settings, clock: Clock, memory: CapabilityMemory): HttpImageRegistry =>
        new HttpImageRegistry(settings.registries, clock, {}, memory),
      inject: [SETTINGS, Clock, CapabilityMemory],
    },
    { provide: ImageRegistry, useExisting: HttpImageRegistry },
  ],
  exports: [ImageRegistry],
})
export class RegistryModule implements OnApplicationShutdown {
  constructor(private readonly registry: HttpImageRegistry) {}

  /** The last of Nest's hooks: workers that stop in an earlier one still finish their requests. */
  async onApplicationShutdown(): Promise<void> {
    await this.registry.close();
  }
}
