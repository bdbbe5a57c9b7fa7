import { createHash } from 'node:crypto';
import type { ConfigFile } from './config-file.schema';
import type { Path } from './finding';
import { toRules } from './repository-rules.schema';
import { toPolicy } from './retention-policy.schema';
import type { Secret } from './secret';
import { secretKeyOf } from './secret-reader';
import type { SecretSlot } from './secret-slots';
import type {
  DatabaseSettings,
  LimitSettings,
  ListenSettings,
  LogLevel,
  ProviderSettings,
  ProxySettings,
  RateSettings,
  RegistryCredentials,
  RegistrySettings,
  RepositorySettings,
  Settings,
  SourceAuthSettings,
  SourceSettings,
  TokenSettings,
} from './settings';
import { resolvePath } from './text-file';

/** What a checked file needs beside itself to become Settings. */
export interface SettingsParts {
  readonly listen: ListenSettings;
  readonly logLevel: LogLevel;
  readonly database: DatabaseSettings;
  readonly secrets: ReadonlyMap<string, readonly Secret[]>;
  readonly certificates: ReadonlyMap<string, string>;
  readonly proxy: ProxySettings | undefined;
  /** That relative paths start from. */
  readonly folder: string;
}

/** Where products answer that are a public service. */
const PUBLIC_APIS: Readonly<Partial<Record<ProviderSettings['kind'], URL>>> = {
  'docker-hub': new URL('https://hub.docker.com'),
  ghcr: new URL('https://api.github.com'),
};

type Registry = ConfigFile['registries'][string];
type Source = ConfigFile['sources'][string];
type Repository = ConfigFile['repositories'][number];

/** The settings of a file without faults. */
export function buildSettings(file: ConfigFile, parts: SettingsParts): Settings {
  return {
    listen: parts.listen,
    logLevel: parts.logLevel,
    publicUrl: file.publicUrl?.href.replace(/\/$/, ''),
    database: parts.database,
    registries: mapValues(file.registries, (registry, id) => registryOf(id, registry, parts)),
    repositories: file.repositories.map(repositoryOf),
    sources: mapValues(file.sources, (source, id) => sourceOf(id, source, parts)),
    tokens: file.tokens.map((token, index) => tokenOf(index, token, parts)),
    anonymous: file.anonymous,
    sweepEveryMs: file.sweep.every,
    limits: limitsOf(file.limits),
    keepBodiesMs: file.inbox.keepBodies,
    keepAuditMs: file.audit.keep,
    metricsToken: secretsAt(parts, ['metrics'], 'token')[0],
    retention: {
      schedule: file.retention.schedule,
      policies: mapValues(file.retention.policies, (policy, name) => toPolicy(name, policy)),
    },
  };
}

function registryOf(id: string, registry: Registry, parts: SettingsParts): RegistrySettings {
  const { url, concurrency, multiTag, redirects, realms, insecure } = registry;
  return {
    ...{ id, url, concurrency, multiTag, redirects, realms, proxy: parts.proxy },
    credentials: credentialsOf(id, registry, parts),
    ca: parts.certificates.get(id),
    skipVerify: insecure === 'skip-verify',
    provider: providerOf(id, registry, parts),
  };
}

function credentialsOf(
  id: string,
  { auth }: Registry,
  parts: SettingsParts,
): RegistryCredentials | undefined {
  if (auth === undefined) return undefined;
  const { dockerConfig, helpers, username = '', passwordFile } = auth;
  if (dockerConfig !== undefined) {
    return { kind: 'docker-config', path: resolvePath(dockerConfig, parts.folder), helpers };
  }
  return {
    kind: 'password',
    username,
    password: secretAt(parts, ['registries', id, 'auth'], 'password'),
    passwordFile: passwordFile === undefined ? undefined : resolvePath(passwordFile, parts.folder),
  };
}

function providerOf(
  id: string,
  { url, provider }: Registry,
  parts: SettingsParts,
): ProviderSettings | undefined {
  if (provider === undefined) return undefined;
  const { kind } = provider;
  const [token] = secretsAt(parts, ['registries', id, 'provider'], 'token');
  // What runs in one's own house has its API beside the registry.
  const home = PUBLIC_APIS[kind];
  return { kind, url: provider.url ?? home ?? new URL(url.origin), token };
}

function repositoryOf(repository: Repository): RepositorySettings {
  const { match, retention, adopt, drift, ...fields } = repository;
  return { match, adopt, drift, rules: toRules(fields), retentionPolicy: retention?.policy };
}

function sourceOf(id: string, source: Source, parts: SettingsParts): SourceSettings {
  const common = { id, allow: source.allow, auth: authOf(id, source, parts) };
  if (source.kind === 'generic') return { ...common, kind: 'generic' };
  const { kind, registry, images } = source;
  return { ...common, kind, registry, images: new Map(Object.entries(images)) };
}

function authOf(id: string, { oidc, sns }: Source, parts: SettingsParts): SourceAuthSettings {
  const path = ['sources', id];
  const issuers = oidc === undefined ? [] : [oidc].flat();
  return {
    secrets: secretsAt(parts, path, 'secret'),
    tokens: secretsAt(parts, path, 'token'),
    urlSecrets: secretsAt(parts, path, 'urlSecret'),
    issuers: issuers.map((issuer) => ({
      ...issuer,
      claims: new Map(Object.entries(issuer.claims)),
    })),
    snsTopic: sns?.topic,
  };
}

function limitsOf(limits: ConfigFile['limits']): LimitSettings {
  const { refusedPerAddress, deliveriesPerSource, ...pending } = limits;
  return {
    ...pending,
    refusedPerAddress: rateOf(refusedPerAddress),
    deliveriesPerSource: rateOf(deliveriesPerSource),
  };
}

function rateOf(rate: RateSettings | 'none' | 0): RateSettings | undefined {
  return typeof rate === 'object' ? rate : undefined;
}

function tokenOf(
  index: number,
  { name, scopes, tokenHash, repositories }: ConfigFile['tokens'][number],
  parts: SettingsParts,
): TokenSettings {
  const hash =
    tokenHash?.slice('sha256:'.length) ?? sha256Of(secretAt(parts, ['tokens', index], 'token'));
  return { name, hash, scopes, reach: repositories ?? 'all' };
}

function sha256Of(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex');
}

function secretAt(parts: SettingsParts, path: Path, name: SecretSlot['name']): Secret {
  const [secret] = secretsAt(parts, path, name);
  if (secret !== undefined) return secret;
  throw new Error(`${secretKeyOf({ path, name })} was not read before settings were built`);
}

/** Empty for a secret that may be left out and is. */
function secretsAt(
  { secrets }: SettingsParts,
  path: Path,
  name: SecretSlot['name'],
): readonly Secret[] {
  return secrets.get(secretKeyOf({ path, name })) ?? [];
}

function mapValues<From, To>(
  group: Readonly<Record<string, From>>,
  convert: (value: From, name: string) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(group).map(([name, value]) => [name, convert(value, name)]));
}
