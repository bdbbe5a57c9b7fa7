import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type RegistrySettings,
  SETTINGS,
  type Settings,
  type SourceSettings,
} from '../../config/settings';
import { Secret } from '../../config/secret';
import { DomainError } from '../../core/domain-error';
import { Clock } from '../../runtime/clock';
import { DistributionSource } from './distribution.source';
import { GenericSource } from './generic.source';
import { type IncomingWebhook, REFUSAL, type Source } from './source';
import { hasValidSignature } from './standard-webhooks';

const NOBODYS_SECRET = new Secret(randomBytes(32).toString('hex'));

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

  /** The source of an id that authenticates a request. Throws `source-unknown` or what it throws. */
  admit(id: string, webhook: IncomingWebhook): Source {
    const source = this.byId.get(id);
    if (source !== undefined) {
      source.authenticate(webhook);
      return source;
    }
    // The same work and the same words as for a wrong signature: there is no telling them apart.
    hasValidSignature(webhook, NOBODYS_SECRET, this.clock.now());
    throw new DomainError('source-unknown', REFUSAL);
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
