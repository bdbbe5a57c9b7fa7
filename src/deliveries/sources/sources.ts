import { Inject, Injectable } from '@nestjs/common';
import {
  type RegistrySettings,
  SETTINGS,
  type Settings,
  type SourceSettings,
} from '../../config/settings';
import { DomainError } from '../../core/domain-error';
import { Clock } from '../../runtime/clock';
import { DistributionSource } from './distribution.source';
import { GenericSource } from './generic.source';
import type { Source } from './source';

/** The configured sources by id. A new kind of sender is one file and one case here. */
@Injectable()
export class Sources {
  private readonly byId: ReadonlyMap<string, Source>;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.byId = new Map(Array.from(settings.sources, ([id, source]) => [id, this.make(source)]));
  }

  find(id: string): Source | undefined {
    return this.byId.get(id);
  }

  private make(source: SourceSettings): Source {
    switch (source.kind) {
      case 'generic':
        return new GenericSource(source, new Set(this.settings.registries.keys()), this.clock);
      case 'distribution':
        return new DistributionSource(source, this.registryOf(source.id, source.registry));
    }
  }

  private registryOf(sourceId: string, registryId: string): RegistrySettings {
    const registry = this.settings.registries.get(registryId);
    if (registry !== undefined) return registry;
    const sentence = `the source ${sourceId} names the registry ${registryId}, which is not configured`;
    throw new DomainError('registry-unknown', sentence);
  }
}
