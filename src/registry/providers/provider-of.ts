import type { ProviderSettings, RegistrySettings } from '../../config/settings';
import { DockerHubTags } from './docker-hub';
import { GhcrTags } from './ghcr';
import { GitlabTags } from './gitlab';
import { HarborTags } from './harbor';
import { ProviderAccount } from './provider-access';
import { ProviderHttp } from './provider-http';
import { QuayTags } from './quay';
import type { ProviderParts, ProviderTools, TagProvider } from './tag-provider';

const PRODUCTS: Readonly<Record<ProviderSettings['kind'], (tools: ProviderTools) => TagProvider>> =
  {
    'docker-hub': (tools) => new DockerHubTags(tools),
    ghcr: (tools) => new GhcrTags(tools),
    gitlab: (tools) => new GitlabTags(tools),
    harbor: (tools) => new HarborTags(tools),
    quay: (tools) => new QuayTags(tools),
  };

/** The provider that the registry's settings name; undefined when they name none. Sends nothing. */
export function providerOf(
  registry: RegistrySettings,
  { credentials, tuning, clock, manifests }: ProviderParts,
): TagProvider | undefined {
  const { provider } = registry;
  if (provider === undefined) return undefined;
  const http = new ProviderHttp(registry, provider, tuning, clock);
  const account = new ProviderAccount(registry.id, provider, credentials);
  return PRODUCTS[provider.kind]({ http, account, clock, manifests });
}
