import type { RetentionPolicy } from '../core/retention-policy';
import type { ConfigFile } from './config-file.schema';
import type { Path } from './finding';
import { toRules } from './repository-rules.schema';
import type { Secret } from './secret';
import { secretKeyOf } from './secret-reader';
import type { SecretSlot } from './secret-slots';
import type {
  DatabaseSettings,
  ListenSettings,
  RegistrySettings,
  RepositorySettings,
  Settings,
  SourceSettings,
} from './settings';

/** What a checked file needs beside itself to become Settings. */
export interface SettingsParts {
  readonly listen: ListenSettings;
  readonly database: DatabaseSettings;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly certificates: ReadonlyMap<string, string>;
}

type Registry = ConfigFile['registries'][string];
type Source = ConfigFile['sources'][string];
type Repository = ConfigFile['repositories'][number];

/** The settings of a file without faults. */
export function buildSettings(file: ConfigFile, parts: SettingsParts): Settings {
  return {
    listen: parts.listen,
    publicUrl: file.publicUrl?.href.replace(/\/$/, ''),
    database: parts.database,
    registries: mapValues(file.registries, (registry, id) => registryOf(id, registry, parts)),
    repositories: file.repositories.map(repositoryOf),
    sources: mapValues(file.sources, (source, id) => sourceOf(id, source, parts)),
    tokens: file.tokens.map(({ name, scopes }, index) => ({
      name,
      token: secretAt(parts, ['tokens', index], 'token'),
      scopes,
    })),
    anonymous: file.anonymous,
    sweepEveryMs: file.sweep.every,
    retention: {
      schedule: file.retention.schedule,
      policies: mapValues(file.retention.policies, (policy, name): RetentionPolicy => ({
        name,
        ...policy,
      })),
    },
  };
}

function registryOf(id: string, registry: Registry, parts: SettingsParts): RegistrySettings {
  const { url, auth, concurrency } = registry;
  const credentials = auth && {
    kind: 'password' as const,
    username: auth.username,
    password: secretAt(parts, ['registries', id, 'auth'], 'password'),
    passwordFile: undefined,
  };
  const ca = parts.certificates.get(id);
  const common = {
    redirects: [],
    realms: [],
    multiTag: 'auto' as const,
    proxy: undefined,
    provider: undefined,
  };
  return { id, url, credentials, ca, skipVerify: false, concurrency, ...common };
}

function repositoryOf(repository: Repository): RepositorySettings {
  const { match, retention, adopt, drift, ...fields } = repository;
  return { match, adopt, drift, rules: toRules(fields), retentionPolicy: retention?.policy };
}

function sourceOf(id: string, source: Source, parts: SettingsParts): SourceSettings {
  const path = ['sources', id];
  switch (source.kind) {
    case 'generic':
      return {
        id,
        kind: 'generic',
        allow: source.allow,
        secret: secretAt(parts, path, 'secret'),
      };
    case 'distribution':
      return {
        id,
        kind: 'distribution',
        allow: source.allow,
        token: secretAt(parts, path, 'token'),
        registry: source.registry,
      };
  }
}

function secretAt(parts: SettingsParts, path: Path, name: SecretSlot['name']): Secret {
  const key = secretKeyOf({ path, name });
  const secret = parts.secrets.get(key);
  if (secret === undefined) throw new Error(`${key} was not read before settings were built`);
  return secret;
}

function mapValues<From, To>(
  group: Readonly<Record<string, From>>,
  convert: (value: From, name: string) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(group).map(([name, value]) => [name, convert(value, name)]));
}
