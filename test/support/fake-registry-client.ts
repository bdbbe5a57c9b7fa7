import type { RegistrySettings } from '../../src/config/settings';
import { Secret } from '../../src/config/secret';
import { parseRepositoryName, parseTagName } from '../../src/core/names';
import type { RepositoryName, TagName } from '../../src/core/names';
import { HttpImageRegistry } from '../../src/registry/http-image-registry';
import { RegistryError } from '../../src/registry/registry-error';
import type { RegistryTuning } from '../../src/registry/registry-tuning';
import type { CapabilityMemory } from '../../src/runtime/capability-memory';
import { type Clock, SystemClock } from '../../src/runtime/clock';
import { FakeRegistry, type FakeRegistryOptions } from './fake-registry';

/** Retries without waits worth mentioning. */
const FAST: Partial<RegistryTuning> = { retryBaseMs: 1, rateLimitBaseMs: 1 };

export interface ClientOptions {
  readonly clock?: Clock;
  readonly tuning?: Partial<RegistryTuning>;
  readonly settings?: Partial<RegistrySettings>;
  /** What clients of one registry keep from each other. */
  readonly memory?: CapabilityMemory;
}

/** Settings of a registry `local` at the URL. */
export function settingsFor(
  url: string,
  settings: Partial<RegistrySettings> = {},
): RegistrySettings {
  const common = {
    ...{ credentials: undefined, ca: undefined, skipVerify: false, concurrency: 4 },
    ...{
      redirects: [],
      realms: [],
      multiTag: 'auto' as const,
      proxy: undefined,
      provider: undefined,
    },
  };
  return { id: 'local', url: new URL(url), ...common, ...settings };
}

export function credentials(
  username: string,
  password: string,
): NonNullable<RegistrySettings['credentials']> {
  const common = { kind: 'password', passwordFile: undefined } as const;
  return { ...common, username, password: new Secret(password) };
}

/** Fakes and clients for the tests of one file; all are closed after each test. */
export function useFakes(): {
  readonly start: (options?: FakeRegistryOptions) => Promise<FakeRegistry>;
  readonly connect: (url: string, options?: ClientOptions) => HttpImageRegistry;
  readonly pair: (
    options?: FakeRegistryOptions & ClientOptions,
  ) => Promise<{ fake: FakeRegistry; client: HttpImageRegistry }>;
} {
  const fakes: FakeRegistry[] = [];
  const clients: HttpImageRegistry[] = [];
  afterEach(async () => {
    await Promise.all(fakes.splice(0).map((fake) => fake.stop()));
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  async function start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const fake = await FakeRegistry.start(options);
    fakes.push(fake);
    return fake;
  }
  function connect(url: string, options: ClientOptions = {}): HttpImageRegistry {
    const settings = settingsFor(url, options.settings);
    const client = new HttpImageRegistry(
      new Map([[settings.id, settings]]),
      options.clock ?? new SystemClock(),
      { ...FAST, ...options.tuning },
      options.memory,
    );
    clients.push(client);
    return client;
  }
  async function pair(
    options: FakeRegistryOptions & ClientOptions = {},
  ): Promise<{ fake: FakeRegistry; client: HttpImageRegistry }> {
    const { clock, tuning, settings, memory, ...switches } = options;
    const fake = await start(switches);
    const given = {
      ...(clock && { clock }),
      ...(tuning && { tuning }),
      ...(settings && { settings }),
      ...(memory && { memory }),
    };
    return { fake, client: connect(fake.url, given) };
  }
  return { start, connect, pair };
}

/** The registry error that the promise ends with; fails the test when it does not. */
export async function registryErrorOf(promise: Promise<unknown>): Promise<RegistryError> {
  const outcome = await promise.then(
    () => 'no error',
    (error: unknown) => error,
  );
  if (outcome instanceof RegistryError) return outcome;
  throw new Error(`expected a RegistryError, got ${String(outcome)}`);
}

export function repo(text: string): RepositoryName {
  return parseRepositoryName(text);
}

export function tag(text: string): TagName {
  return parseTagName(text);
}
