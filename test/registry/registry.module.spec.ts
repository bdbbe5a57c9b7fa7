import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SETTINGS } from '../../src/config/settings';
import { ImageRegistry } from '../../src/registry/image-registry';
import { RegistryModule } from '../../src/registry/registry.module';
import { CapabilityMemory, NoCapabilityMemory } from '../../src/runtime/capability-memory';
import { Clock, SystemClock } from '../../src/runtime/clock';
import { Metrics } from '../../src/runtime/metrics';
import { Readiness } from '../../src/runtime/readiness';
import { registryErrorOf, repo, settingsFor, useFakes } from '../support/fake-registry-client';

const UI = repo('local/gallery/ui');
const { start } = useFakes();

describe('RegistryModule', () => {
  it('provides the registries of the settings and closes them with the application', async () => {
    const fake = await start();
    fake.pushImage('gallery/ui', '1.0');
    const registries = new Map([['local', settingsFor(fake.url)]]);
    @Global()
    @Module({
      providers: [
        Metrics,
        Readiness,
        { provide: SETTINGS, useValue: { registries } },
        { provide: Clock, useValue: new SystemClock() },
        { provide: CapabilityMemory, useClass: NoCapabilityMemory },
      ],
      exports: [SETTINGS, Clock, CapabilityMemory, Metrics, Readiness],
    })
    class Surroundings {}
    const module = await Test.createTestingModule({
      imports: [Surroundings, RegistryModule],
    }).compile();
    const registry = module.get(ImageRegistry, { strict: false });

    expect(await registry.listTags(UI)).toEqual(['1.0']);
    await module.init();
    await module.close();
    expect(await registryErrorOf(registry.listTags(UI))).toMatchObject({ code: 'unreachable' });
  });
});
