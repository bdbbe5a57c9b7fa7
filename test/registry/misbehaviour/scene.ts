/* eslint-disable jest/no-export -- no test file: it defines suites for its neighbours */
import type { Server } from 'node:http';
import { uploadManifest } from '../../../scripts/registry-upload';
import type { RegistrySettings } from '../../../src/config/settings';
import type { RepositoryName } from '../../../src/core/names';
import { HttpImageRegistry } from '../../../src/registry/http-image-registry';
import type { Manifest } from '../../../src/registry/image-registry';
import type { RegistryTuning } from '../../../src/registry/registry-tuning';
import { type Clock, SystemClock } from '../../../src/runtime/clock';
import { FakeRegistry } from '../../support/fake-registry';
import type { Behaviour } from '../../support/fake-registry-behaviour';
import { credentials, repo, settingsFor, tag } from '../../support/fake-registry-client';
import { ociIndex } from '../../support/fake-registry-manifests';
import { MisbehavingProxy } from '../../support/misbehaving-proxy';
import { TEST_USER } from '../../../scripts/test-user';
import { describeOnRealRegistries } from '../../support/real-registries';
import { type Elsewhere, NOT_FOUND, startElsewhere } from './elsewhere';

/**
 * One place and one connection: whatever a fault keeps to itself, the next request misses. The
 * circuit closes at once unless a test is about it.
 */
const NARROW: Partial<RegistryTuning> = {
  ...{ connections: 1, retryBaseMs: 1, rateLimitBaseMs: 1, circuitOpenMs: 0 },
};
/** What a client that waits for an answer in vain does within a test's patience. */
export const IMPATIENT: Partial<RegistryTuning> = {
  ...{
    connectTimeoutMs: 1_000,
    headersTimeoutMs: 300,
    bodyTimeoutMs: 300,
    wholeBodyTimeoutMs: 300,
  },
};
export const PASSWORD = TEST_USER.password;
export const BASIC = Buffer.from(`${TEST_USER.username}:${TEST_USER.password}`).toString('base64');
/** What a token service of a test hands out. */
export const TOKEN = 'token-of-the-misbehaving-proxy';
/** What a repository holds at first. */
export const TAGS = { '1.0.0': 'old', stable: 'old', '2.0.0': 'wanted' } as const;

export interface SceneOptions {
  readonly clock?: Clock;
  readonly tuning?: Partial<RegistryTuning>;
  readonly settings?: Partial<RegistrySettings>;
  /** Bytes of padding in the manifest that is to be written. */
  readonly padding?: number;
  /** Whether the client has not asked the registry for anything yet. */
  readonly isNew?: boolean;
}

/** A repository with `1.0.0` and `stable` at one manifest, `2.0.0` at another, and a client. */
export interface Scene {
  readonly client: HttpImageRegistry;
  readonly proxy: MisbehavingProxy;
  readonly elsewhere: Elsewhere;
  readonly path: string;
  readonly repository: RepositoryName;
  readonly old: Manifest;
  /** Where `stable` is to go. */
  readonly wanted: Manifest;
  /** Every tag of the registry itself, with what it points at. */
  tags(): Promise<Record<string, string>>;
}

export interface Stage {
  /** A repository that nobody has used, and a client that knows how to authorise itself. */
  write(options?: SceneOptions): Promise<Scene>;
  /** The same with the repository of all that only read. */
  read(options?: SceneOptions): Promise<Scene>;
}

/** Runs a describe behind a misbehaving proxy, on the fake registry and on each real one. */
export function describeBehindProxy(title: string, body: (stage: Stage) => void): void {
  describeBeforeFake(title, body);
  const { htpasswd } = TEST_USER;
  describeOnRealRegistries(title, (start) => {
    body(useProxy(() => start({ inMemory: true, htpasswd })));
  });
}

/** The same on the fake registry alone, for what no registry here does. */
export function describeBeforeFake(
  title: string,
  body: (stage: Stage) => void,
  behaviour: Partial<Behaviour> = {},
): void {
  const { username, password } = TEST_USER;
  const auth = { kind: 'basic', username, password } as const;
  describe(`${title} on the fake registry`, () => {
    let fake: FakeRegistry | undefined;
    afterAll(() => fake?.stop());
    body(useProxy(async () => (fake = await FakeRegistry.start({ auth, ...behaviour }))));
  });
}

function useProxy(start: () => Promise<{ readonly url: string }>): Stage {
  const clients: HttpImageRegistry[] = [];
  let url = '';
  let proxy: MisbehavingProxy;
  let other: { readonly server: Server; readonly elsewhere: Elsewhere };
  let repositories = 0;
  let forReads: string | undefined;

  beforeAll(async () => {
    ({ url } = await start());
    proxy = await MisbehavingProxy.start(url);
    other = await startElsewhere();
  });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
  afterAll(async () => {
    await proxy.stop();
    other.server.close();
    other.server.closeAllConnections();
  });

  async function fill(padding = 0): Promise<string> {
    repositories += 1;
    const path = `gallery/r${repositories}`;
    const { mediaType, ...others } = manifests(padding);
    for (const [name, of] of Object.entries(TAGS)) {
      const { bytes } = others[of];
      await uploadManifest({ url, repository: path, auth: TEST_USER }, name, bytes, mediaType);
    }
    return path;
  }

  async function open(path: string, options: SceneOptions): Promise<Scene> {
    const repository = repo(`local/${path}`);
    const client = connectTo(proxy.url, options);
    clients.push(client);
    proxy.behave();
    if (options.isNew !== true) await client.findManifest(repository, tag('1.0.0'));
    proxy.forgetRequests();
    const { elsewhere } = other;
    elsewhere.connections = elsewhere.requests.length = 0;
    elsewhere.answer = NOT_FOUND;
    const { old, wanted } = manifests(options.padding);
    const names = new Map<string, string>([
      [old.digest, 'old'],
      [wanted.digest, 'wanted'],
    ]);
    const tags = (): Promise<Record<string, string>> => tagsOf(`${url}/v2/${path}`, names);
    return { client, proxy, elsewhere, path, repository, old, wanted, tags };
  }

  return {
    write: async (options = {}) => open(await fill(options.padding), options),
    read: async (options = {}) => open((forReads ??= await fill()), options),
  };
}

function manifests(padding = 0): Record<'old' | 'wanted', Manifest> & { mediaType: string } {
  const old = ociIndex([], { is: 'old' });
  const wanted = ociIndex([], { is: 'wanted', padding: ' '.repeat(padding) });
  return { old, wanted, mediaType: old.mediaType };
}

function connectTo(url: string, { clock, tuning, settings }: SceneOptions): HttpImageRegistry {
  const account = credentials(TEST_USER.username, TEST_USER.password);
  const common = { concurrency: 1, credentials: account, ...settings };
  const registries = new Map([['local', settingsFor(url, common)]]);
  return new HttpImageRegistry(registries, clock ?? new SystemClock(), { ...NARROW, ...tuning });
}

async function tagsOf(
  url: string,
  names: ReadonlyMap<string, string>,
): Promise<Record<string, string>> {
  const ask = (rest: string): Promise<Response> =>
    fetch(`${url}/${rest}`, {
      headers: { authorization: `Basic ${BASIC}`, accept: ociIndex([]).mediaType },
    });
  const { tags } = (await (await ask('tags/list')).json()) as { tags: string[] };
  const found = tags.sort().map(async (name) => {
    const answer = await ask(`manifests/${name}`);
    await answer.arrayBuffer();
    const digest = answer.headers.get('docker-content-digest') ?? `${answer.status}`;
    return [name, names.get(digest) ?? digest] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}
