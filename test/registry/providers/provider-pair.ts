import { createHash } from 'node:crypto';
import type { ProviderSettings, RegistrySettings } from '../../../src/config/settings';
import { Secret } from '../../../src/config/secret';
import { parseDigest, type Digest } from '../../../src/core/names';
import { credentialSourceOf } from '../../../src/registry/credentials/credential-source';
import type { ProviderManifests, TagProvider } from '../../../src/registry/providers/tag-provider';
import { providerOf } from '../../../src/registry/providers/provider-of';
import { DEFAULT_TUNING, type RegistryTuning } from '../../../src/registry/registry-tuning';
import { type Clock, SystemClock } from '../../../src/runtime/clock';
import { credentials, settingsFor } from '../../support/fake-registry-client';
import { type ApiCall, type ApiReply, ApiServer } from './api-server';

export const USER = 'keeper';
/** Both must never be seen outside a header or a login. */
export const PASSWORD = 'PASSWORD-of-the-registry';
export const TOKEN = 'TOKEN-of-the-provider';

/** A product with one repository, behaving as its documentation says. */
export interface FakeProduct {
  readonly kind: ProviderSettings['kind'];
  /** Of the repository, inside the registry. */
  readonly path: string;
  readonly tags: Map<string, Digest>;
  /** Tags that cannot be deleted. */
  readonly kept: Set<string>;
  readonly isDelete: (call: ApiCall) => boolean;
  readonly answer: (call: ApiCall) => ApiReply;
  readonly manifests?: ProviderManifests;
}

export interface PairOptions {
  /** The provider's own token; null for none. */
  readonly token?: string | null;
  readonly auth?: 'password' | 'none';
  readonly clock?: Clock;
  readonly tuning?: Partial<RegistryTuning>;
  readonly settings?: Partial<RegistrySettings>;
  /** Behind the origin of the API. */
  readonly basePath?: string;
}

const NO_MANIFESTS: ProviderManifests = {
  find: () => Promise.reject(new Error('not asked for')),
  get: () => Promise.reject(new Error('not asked for')),
  put: () => Promise.reject(new Error('not asked for')),
};

/** A provider and the server that it talks to; both are closed after each test. */
export function useProviders(): {
  readonly open: (
    product: FakeProduct,
    options?: PairOptions,
  ) => Promise<{ readonly server: ApiServer; readonly provider: TagProvider }>;
} {
  const servers: ApiServer[] = [];
  const providers: TagProvider[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
  });
  async function open(
    product: FakeProduct,
    options: PairOptions = {},
  ): Promise<{ server: ApiServer; provider: TagProvider }> {
    const server = await ApiServer.start(product.answer);
    servers.push(server);
    const provider = connect(product, server.url, options);
    providers.push(provider);
    return { server, provider };
  }
  return { open };
}

function connect(
  { kind, manifests = NO_MANIFESTS }: FakeProduct,
  url: string,
  options: PairOptions,
): TagProvider {
  const { token = TOKEN, auth = 'password', clock = new SystemClock(), basePath = '' } = options;
  const registry = settingsFor('http://registry.invalid', {
    credentials: auth === 'password' ? credentials(USER, PASSWORD) : undefined,
    provider: {
      kind,
      url: new URL(`${url}${basePath}`),
      token: token === null ? undefined : new Secret(token),
    },
    ...options.settings,
  });
  const tuning = { ...DEFAULT_TUNING, retryBaseMs: 1, rateLimitBaseMs: 1, ...options.tuning };
  const source = credentialSourceOf(registry, clock);
  const provider = providerOf(registry, { credentials: source, tuning, clock, manifests });
  if (provider === undefined) throw new Error('the settings name a provider');
  return provider;
}

export function digestOf(text: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Everything that a log could show of an error, with its causes. */
export function shownOf(error: unknown): string {
  const parts: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    parts.push(one.message, one.stack ?? '', JSON.stringify(one));
  }
  return parts.join('\n');
}
