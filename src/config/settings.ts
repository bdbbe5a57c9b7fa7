import type { Reach } from '../core/reach';
import type { RetentionPolicy } from '../core/retention-policy';
import type { RepositoryRules } from '../core/rules';
import type { Secret } from './secret';
import type { SourceKind } from './source-kinds';

/** The validated configuration: what the process runs with. Files are read, times are milliseconds. */
export interface Settings {
  readonly listen: ListenSettings;
  /** What is logged: this and everything that is more urgent. */
  readonly logLevel: LogLevel;
  readonly publicUrl: string | undefined;
  readonly database: DatabaseSettings;
  /** By registry id. */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  readonly repositories: readonly RepositorySettings[];
  /** By source id. */
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly tokens: readonly TokenSettings[];
  readonly anonymous: 'read' | 'none';
  readonly sweepEveryMs: number;
  readonly limits: LimitSettings;
  /** How long bodies of deliveries are kept. */
  readonly keepBodiesMs: number;
  /** How long it is kept who was refused, and who did what. */
  readonly keepAuditMs: number;
  /** What may read the metrics beside a token with the scope `read`. */
  readonly metricsToken: Secret | undefined;
  readonly retention: RetentionSettings;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Injection token: Settings is an interface, so it needs a name at run time. */
export const SETTINGS = Symbol('Settings');

export interface ListenSettings {
  readonly host: string;
  readonly port: number;
}

export interface DatabaseSettings {
  readonly kind: 'sqlite';
  /** Absolute path of the database file. */
  readonly path: string;
}

export interface RegistrySettings {
  readonly id: string;
  /** Origin with an optional base path, without a trailing slash; http means plain HTTP. */
  readonly url: URL;
  readonly credentials: RegistryCredentials | undefined;
  /** PEM text, used beside the system's roots. */
  readonly ca: string | undefined;
  /** Whether any certificate is taken: only where the configuration spells it out. */
  readonly skipVerify: boolean;
  /** Requests at a time. */
  readonly concurrency: number;
  /** Hosts, with a port where it is not the scheme's, that a redirect or `Link` may lead to. */
  readonly redirects: readonly string[];
  /** Hosts, as above, whose token services may be asked for tokens. */
  readonly realms: readonly string[];
  /** Whether several tags are put in one request: where that is proven, always, or never. */
  readonly multiTag: 'auto' | 'on' | 'off';
  /** From the environment; undefined when it names none. */
  readonly proxy: ProxySettings | undefined;
  /** The product's own API for what the protocol does not offer there. */
  readonly provider: ProviderSettings | undefined;
}

/** Proxies by the scheme of the registry's URL; their URLs may hold a password. */
export interface ProxySettings {
  readonly http: Secret | undefined;
  readonly https: Secret | undefined;
  /** As `NO_PROXY` lists hosts. */
  readonly except: string;
}

export type RegistryCredentials = PasswordCredentials | DockerConfigCredentials;

export interface PasswordCredentials {
  readonly kind: 'password';
  readonly username: string;
  readonly password: Secret;
  /** Absolute path that the password came from; read again when the file changes. */
  readonly passwordFile: string | undefined;
}

export interface DockerConfigCredentials {
  readonly kind: 'docker-config';
  /** Absolute path of a `config.json` of Docker, or an `auth.json` of containers. */
  readonly path: string;
  /** Credential helpers that may be run, by the part of their name behind `docker-credential-`. */
  readonly helpers: readonly string[];
}

export const PROVIDER_KINDS = ['docker-hub', 'ghcr', 'gitlab', 'harbor', 'quay'] as const;

export interface ProviderSettings {
  readonly kind: (typeof PROVIDER_KINDS)[number];
  /** Where the API answers, without a trailing slash. */
  readonly url: URL;
  /** What the API is asked with; the registry's own credentials unless given. */
  readonly token: Secret | undefined;
}

export interface RepositorySettings {
  /** Glob over `<registry>/<path>`. */
  readonly match: string;
  readonly rules: RepositoryRules;
  /** What becomes of moving tags that disagree with the rules at first contact (rule I1). */
  readonly adopt: 'confirm' | 'enforce';
  /** What becomes of a moving tag that somebody else moved (rule D1). */
  readonly drift: 'report' | 'restore';
  /** Name of a policy under `retention.policies`; undefined means that nothing is ever pruned. */
  readonly retentionPolicy: string | undefined;
}

export type SourceSettings = GenericSourceSettings | SenderSourceSettings;

interface CommonSourceSettings {
  readonly id: string;
  /** Globs over `<registry>/<path>`; a delivery for another repository is refused. */
  readonly allow: readonly string[];
  readonly auth: SourceAuthSettings;
}

/** What proves the sender. Whatever is configured is enough by itself; at least one thing is. */
export interface SourceAuthSettings {
  /** Each of them signs; `whsec_` and base64 as in Standard Webhooks, or plain text. */
  readonly secrets: readonly Secret[];
  /** Expected in the sender's header, such as `Authorization: Bearer <token>`. */
  readonly tokens: readonly Secret[];
  /** Expected as the last part of the URL. */
  readonly urlSecrets: readonly Secret[];
  readonly issuers: readonly IssuerSettings[];
  /** ARN of the SNS topic whose messages are taken. */
  readonly snsTopic: string | undefined;
}

export interface IssuerSettings {
  /** Compared as it is with the claim `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** Further claims by name: anchored globs, of which there is at least one. */
  readonly claims: ReadonlyMap<string, string>;
}

interface GenericSourceSettings extends CommonSourceSettings {
  readonly kind: 'generic';
}

/** A product that sends what it sends. */
interface SenderSourceSettings extends CommonSourceSettings {
  readonly kind: Exclude<SourceKind, 'generic'>;
  /** Id of the registry that the images are in. */
  readonly registry: string;
  /** Path of the image repository by what the sender calls its project. */
  readonly images: ReadonlyMap<string, string>;
}

export type Scope = 'read' | 'operate' | 'admin';
export const SCOPES = ['read', 'operate', 'admin'] as const satisfies readonly Scope[];

export interface TokenSettings {
  readonly name: string;
  /** SHA-256 of the token in hexadecimal: the token itself is not kept. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly reach: Reach;
}

export interface RateSettings {
  readonly count: number;
  readonly perSeconds: number;
}

export interface LimitSettings {
  /** Refused requests of one address; undefined means no limit. */
  readonly refusedPerAddress: RateSettings | undefined;
  /** Authentic requests of one source; undefined means no limit. */
  readonly deliveriesPerSource: RateSettings | undefined;
  readonly pendingPerSource: number;
  readonly pendingInTotal: number;
}

interface RetentionSettings {
  /** Cron expression in UTC; undefined means that retention runs only when it is asked for. */
  readonly schedule: string | undefined;
  /** By policy name. */
  readonly policies: ReadonlyMap<string, RetentionPolicy>;
}
