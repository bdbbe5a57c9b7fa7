import type { DockerConfigCredentials, RegistrySettings } from '../../config/settings';
import type { Clock } from '../../runtime/clock';
import { RegistryError } from '../registry-error';
import type { Credential, CredentialQuery, CredentialSource } from './credential';
import { CredentialHelpers } from './credential-helpers';
import { credentialOfAccount } from './docker-account';
import { type DockerConfig, parseDockerConfig } from './docker-config.schema';
import { findByHost, helperKeyOf, listByPrefix } from './docker-hosts';
import { WatchedFile } from './watched-file';

const MAX_BYTES = 1024 * 1024;

/**
 * The credential that `docker login` or `podman login` has left for a registry: the host's entry
 * under `credHelpers`, then `credsStore`, then the closest one under `auths`; the first that knows
 * anything. The file is read again when it changes.
 */
export class DockerConfigSource implements CredentialSource {
  private missing: string | undefined;

  constructor(
    private readonly registry: Pick<RegistrySettings, 'id' | 'url'>,
    private readonly path: string,
    private readonly file: WatchedFile<DockerConfig>,
    private readonly helpers: CredentialHelpers,
  ) {}

  static of(
    registry: Pick<RegistrySettings, 'id' | 'url'>,
    { path, helpers }: DockerConfigCredentials,
    clock: Clock,
  ): DockerConfigSource {
    const options = { path, maxBytes: MAX_BYTES, clock, parse: parseDockerConfig };
    const file = new WatchedFile<DockerConfig>(options);
    return new DockerConfigSource(registry, path, file, new CredentialHelpers(helpers, clock));
  }

  async read({ path, fresh = false }: CredentialQuery = {}): Promise<Credential | undefined> {
    const config = await this.file.read(fresh);
    if ('reason' in config) throw this.unauthorized(`${this.path} ${config.reason}`);
    const { host } = this.registry.url;
    const names = helpersFor(config.value, host);
    const credential =
      (await this.fromHelpers(
        names.filter((name) => this.helpers.isAllowed(name)),
        fresh,
      )) ?? this.fromAccounts(config.value, host, path);
    if (credential === undefined) this.refuseForbidden(names);
    this.missing = credential === undefined ? `${this.path} has none for ${host}` : undefined;
    return credential;
  }

  fault(): string | undefined {
    const reason = this.file.fault();
    if (reason !== undefined) return `${this.path} ${reason}`;
    return this.helpers.fault() ?? this.missing;
  }

  private async fromHelpers(
    names: readonly string[],
    fresh: boolean,
  ): Promise<Credential | undefined> {
    for (const name of names) {
      const found = await this.helpers.get(name, helperKeyOf(this.registry.url.host), fresh);
      if ('reason' in found) throw this.unauthorized(found.reason);
      if (found.value !== undefined) return found.value;
    }
    return undefined;
  }

  private fromAccounts(
    config: DockerConfig,
    host: string,
    repository: string | undefined,
  ): Credential | undefined {
    for (const [key, account] of listByPrefix(config.auths, host, repository)) {
      const found = credentialOfAccount(account);
      if ('reason' in found)
        throw this.unauthorized(`auths ${key} in ${this.path} ${found.reason}`);
      if (found.value !== undefined) return found.value;
    }
    return undefined;
  }

  /** A file may name programs; only the configuration decides which of them run. */
  private refuseForbidden(names: readonly string[]): void {
    const forbidden = names.find((name) => !this.helpers.isAllowed(name));
    if (forbidden === undefined) return;
    throw this.unauthorized(
      `${this.path} leaves it to docker-credential-${forbidden}, which Tagward may not run; allow it under registries.${this.registry.id}.auth.helpers`,
    );
  }

  private unauthorized(why: string): RegistryError {
    const { id } = this.registry;
    const sentence = `Registry ${id} asks for credentials, but registries.${id}.auth gives none: ${why}.`;
    return new RegistryError('unauthorized', sentence, { retryable: true });
  }
}

function helpersFor({ credHelpers, credsStore }: DockerConfig, host: string): readonly string[] {
  const names = new Set([findByHost(credHelpers, host) ?? '', credsStore ?? '']);
  return [...names].filter((name) => name !== '');
}
