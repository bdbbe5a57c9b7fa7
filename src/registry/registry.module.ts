import { Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings';
import { CapabilityMemory } from '../runtime/capability-memory';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import { HttpImageRegistry } from './http-image-registry';
import { ImageRegistry } from './image-registry';
import { RegistryReadiness } from './registry-readiness';
import type { RegistryTuning } from './registry-tuning';

@Module({
  providers: [
    {
      provide: HttpImageRegistry,
      useFactory: (
        settings: Settings,
        clock: Clock,
        memory: CapabilityMemory,
        metrics: Metrics,
      ): HttpImageRegistry => {
        warnOfUnverified(settings);
        const tuning = { onRequest: requestCounter(metrics) };
        return new HttpImageRegistry(settings.registries, clock, tuning, memory);
      },
      inject: [SETTINGS, Clock, CapabilityMemory, Metrics],
    },
    { provide: ImageRegistry, useExisting: HttpImageRegistry },
    RegistryReadiness,
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

function requestCounter(metrics: Metrics): NonNullable<RegistryTuning['onRequest']> {
  return ({ registry, method, status, seconds }) => {
    metrics.registryRequests.inc({ registry, method, code: String(status ?? 'error') });
    metrics.registrySeconds.observe({ registry, method }, seconds);
  };
}

/** Spelled out in the configuration, and still worth a line at every start. */
function warnOfUnverified({ registries }: Settings): void {
  const logger = new Logger(RegistryModule.name);
  for (const { id, skipVerify } of registries.values()) {
    if (!skipVerify) continue;
    const msg = 'takes any certificate: whoever stands in between can read and change what is sent';
    logger.warn({ msg, registry: id, setting: `registries.${id}.insecure` });
  }
}
