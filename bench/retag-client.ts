import { parseRepositoryName } from '../src/core/names';
import type { RegistrySettings } from '../src/config/settings';
import { HttpImageRegistry } from '../src/registry/http-image-registry';
import { SystemClock } from '../src/runtime/clock';
import { CONNECTIONS } from './retag-cases';
import type { Retag } from './retag-loops';

/** Tagward's own client, doing what the service does with it for one release. */
export class ClientModule {
  readonly registry: HttpImageRegistry;

  constructor(registryUrl: string) {
    const settings = settingsOf(registryUrl);
    this.registry = new HttpImageRegistry(new Map([[settings.id, settings]]), new SystemClock());
  }

  async retag({ repository, release, tags }: Retag): Promise<void> {
    const name = parseRepositoryName(`local/${repository}`);
    const [manifest, ...found] = await Promise.all([
      this.registry.getManifest(name, release),
      ...tags.map((tag) => this.registry.findManifest(name, tag)),
    ]);
    const moving = tags.filter((_, place) => found[place]?.digest !== manifest.digest);
    const { failed } = await this.registry.putTags(name, moving, manifest);
    for (const error of failed.values()) throw error;
  }

  close(): Promise<void> {
    return this.registry.close();
  }
}

function settingsOf(registryUrl: string): RegistrySettings {
  return {
    id: 'local',
    url: new URL(registryUrl),
    credentials: undefined,
    ca: undefined,
    skipVerify: false,
    concurrency: CONNECTIONS,
    redirects: [],
    realms: [],
    // Distribution takes one tag a request, which the client would otherwise find out once.
    multiTag: 'off',
    proxy: undefined,
    provider: undefined,
  };
}
