import { Inject, Injectable } from '@nestjs/common';
import { repositorySettingsFor } from '../config/repository-settings';
import { type RegistrySettings, SETTINGS, type Settings } from '../config/settings';
import type { RegistryCapabilities } from '../core/capabilities';
import type { Check } from '../core/diagnosis';
import { DomainError } from '../core/domain-error';
import { registryIdOf, repositoryNameOf, type RepositoryName } from '../core/names';
import type { Reach } from '../core/reach';
import { RegistryRepositories } from '../history/registry-repositories.read-model';
import { ImageRegistry } from '../registry/image-registry';
import { LedgerReader } from './ledger-reader';

export interface RegistryOverview {
  readonly id: string;
  /** Origin and path; never a user, a password or a query. */
  readonly url: string;
  readonly capabilities: RegistryCapabilities;
  /** How many repositories of it Tagward has met. */
  readonly repositories: number;
}

export interface Diagnosis {
  readonly id: string;
  readonly url: string;
  /** The one that the account was tried in; null when none is known. */
  readonly repository: RepositoryName | null;
  readonly checks: readonly Check[];
  readonly capabilities: RegistryCapabilities;
}

/** The request names a registry as a resource, not as a wrong value somewhere in it. */
export class UnknownRegistry extends DomainError {
  constructor(id: string, known: readonly string[]) {
    const shown = JSON.stringify(id);
    super('registry-unknown', `no registry ${shown} is configured; known: ${known.join(', ')}`);
  }
}

/** What the configured registries can do, and whether their accounts suffice. */
@Injectable()
export class Diagnoses {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly repositories: RegistryRepositories,
    private readonly ledger: LedgerReader,
    private readonly registry: ImageRegistry,
  ) {}

  /** In the order of the configuration; asks no registry. */
  async listRegistries(reach: Reach): Promise<readonly RegistryOverview[]> {
    const registries = [...this.settings.registries.values()];
    return Promise.all(
      registries.map(async ({ id, url }) => ({
        ...{ id, url: shownUrl(url) },
        capabilities: await this.capabilitiesOf(id),
        repositories: (await this.repositories.list(id, reach)).length,
      })),
    );
  }

  /**
   * Looks at one registry, in the repository if one is given, else in the one that was met last.
   * Throws {@link UnknownRegistry}, `repository-invalid` for a repository of another registry and
   * `repository-unknown` for one that no entry of the configuration matches.
   */
  async run(id: string, wanted: RepositoryName | undefined, reach: Reach): Promise<Diagnosis> {
    const { url } = this.settingsOf(id);
    if (wanted !== undefined) this.admit(id, wanted);
    const repository = wanted ?? (await this.latestOf(id, reach));
    const checks = await this.registry.diagnose(id, repository);
    const capabilities = await this.capabilitiesOf(id);
    return { id, url: shownUrl(url), repository: repository ?? null, checks, capabilities };
  }

  private settingsOf(id: string): RegistrySettings {
    const settings = this.settings.registries.get(id);
    if (settings !== undefined) return settings;
    throw new UnknownRegistry(id, [...this.settings.registries.keys()]);
  }

  /** A diagnosis sends writes that change nothing, and those, too, go to managed repositories only. */
  private admit(id: string, repository: RepositoryName): void {
    const actual = registryIdOf(repository);
    if (actual !== id) {
      const sentence = `${repository} is a repository of the registry ${actual}, not of ${id}: name one that begins with ${id}/`;
      throw new DomainError('repository-invalid', sentence);
    }
    this.ledger.rulesOf(repository);
  }

  private async latestOf(id: string, reach: Reach): Promise<RepositoryName | undefined> {
    const known = await this.repositories.list(id, reach);
    return known.find((name) => repositorySettingsFor(this.settings, name) !== undefined);
  }

  /** What is known of a registry is known of every repository in it. */
  private async capabilitiesOf(id: string): Promise<RegistryCapabilities> {
    const any = repositoryNameOf(id, 'any');
    if (any === undefined) throw new Error(`${id} is no id of a registry`);
    return this.registry.capabilities(any);
  }
}

function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
