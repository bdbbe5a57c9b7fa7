import { pushImage } from '../../scripts/push-image';
import { Receipts } from '../../src/deliveries/delivery.schema';
import { FakeRegistry } from '../support/fake-registry';
import type { HttpAnswer, ServiceClient } from '../support/service';
import { type ServiceExit, ServiceProcess } from '../support/service-process';
import { type TestConfig, type TestConfigOptions, writeTestConfig } from '../support/test-config';
import { CRASHABLE, type CrashPoint } from './crash-points';
import { DatabaseFile } from './database-file';
import { FaultyProxy } from './faulty-proxy';
import { noteKill } from './journal';
import { brokenLaws, registryTags, type RepositoryUnderTest } from './laws';
import { disagreements } from './resolved';

export interface SceneOptions extends Omit<TestConfigOptions, 'registryUrl'> {
  /** A fake one unless given. */
  readonly registryUrl?: string;
  /** Beside the configuration unless given. */
  readonly databasePath?: string;
}

/** A registry behind a proxy with faults, and a Tagward in a process of its own that may die. */
export class Scene {
  readonly database: DatabaseFile;
  private readonly published = new Map<string, Map<string, string>>();
  private readonly services: ServiceProcess[] = [];
  private readonly killed = new Set<ServiceProcess>();
  private running: ServiceClient | undefined;

  private constructor(
    readonly registryUrl: string,
    readonly proxy: FaultyProxy,
    readonly config: TestConfig,
    private readonly databasePath: string,
    private readonly fake: FakeRegistry | undefined,
  ) {
    this.database = new DatabaseFile(databasePath);
  }

  static async set(settings: SceneOptions = {}): Promise<Scene> {
    const { registryUrl, databasePath, ...options } = settings;
    const fake = registryUrl === undefined ? await FakeRegistry.start() : undefined;
    const target = registryUrl ?? fake?.url ?? '';
    const proxy = await FaultyProxy.start(target);
    const config = writeTestConfig({ ...options, registryUrl: proxy.url });
    return new Scene(target, proxy, config, databasePath ?? config.databasePath, fake);
  }

  /** The client of the service that was started last. */
  get client(): ServiceClient {
    if (this.running === undefined) throw new Error('no service was started');
    return this.running;
  }

  /** The service that was started last. */
  get service(): ServiceProcess {
    const service = this.services.at(-1);
    if (service === undefined) throw new Error('no service was started');
    return service;
  }

  /** Starts a service on the scene's database and waits until it is ready. */
  async start(): Promise<ServiceClient> {
    this.running = await this.launch().ready();
    return this.running;
  }

  /** Starts a service on the scene's database, or on a copy of it, and does not wait. */
  launch(databasePath = this.databasePath): ServiceProcess {
    const env = { ...CRASHABLE, TAGWARD_DATABASE: `sqlite:${databasePath}` };
    const service = ServiceProcess.launch({ config: this.config, env });
    this.services.push(service);
    return service;
  }

  /** kill -9 of the service that was started last; nothing of it runs any more when this resolves. */
  async kill(): Promise<void> {
    this.count(this.service, await this.service.kill());
  }

  /** From now on the service ends itself with SIGKILL when it reaches the point. */
  async arm(point: CrashPoint): Promise<void> {
    await this.client.send('GET', '/livez', { 'x-test-crash': JSON.stringify(point) });
  }

  /** Waits until the service has ended itself. */
  async died(): Promise<void> {
    this.count(this.service, await this.service.exit);
  }

  /** Connections to the service with a webhook that has no answer yet. */
  async sockets(): Promise<number> {
    const answer = await this.client.send('GET', '/livez', { 'x-test-sockets': '1' });
    return Number(answer.headers.get('x-test-sockets'));
  }

  /** Bytes that the service's heap has after a collection. */
  async heap(): Promise<number> {
    const { headers } = await this.client.send('GET', '/livez', { 'x-test-heap': '1' });
    return Number(headers.get('x-test-heap'));
  }

  /** Puts an image into the registry, past the proxy; gives its digest. */
  async publish(path: string, tag: string): Promise<string> {
    const image = { url: this.registryUrl, repository: path, tag, content: `${path}:${tag}` };
    const { digest } = await pushImage(image);
    const tags = this.published.get(path) ?? new Map<string, string>();
    this.published.set(path, tags.set(tag, digest));
    return digest;
  }

  /** The releases of a repository that were published and not withdrawn. */
  releasesOf(path: string): Map<string, string> {
    return this.published.get(path) ?? new Map<string, string>();
  }

  /** Publishes a release, announces it and waits until it is done. */
  async release(path: string, tag: string): Promise<void> {
    const digest = await this.publish(path, tag);
    const { status, error } = await this.client.release({ repository: path, tag, digest });
    if (status !== 'done') throw new Error(`${path}:${tag} is ${status}: ${String(error?.text)}`);
  }

  /** Publishes a release and announces it; gives the id of its delivery. */
  async announce(path: string, tag: string): Promise<number> {
    const digest = await this.publish(path, tag);
    return acceptedId(await this.client.webhook({ repository: path, tag, digest }));
  }

  /** What is not as it must be in the registry, the history and the database. */
  async brokenLaws(): Promise<readonly string[]> {
    const repositories = [...this.published].map(([path, published]): RepositoryUnderTest => ({
      ...{ path, published, registryUrl: this.registryUrl, log: this.proxy.log },
    }));
    const broken: string[] = [];
    for (const repository of repositories) {
      broken.push(...(await brokenLaws(this.client, repository, this.database)));
    }
    const { intended = 0 } = await this.database.moves();
    if (intended > 0) broken.push(`${intended} moves are still intended`);
    const holders = await this.database.leaseHolders();
    if (holders > 1) broken.push(`leases of ${holders} processes are there`);
    const integrity = await this.database.integrity();
    return integrity === 'ok' ? broken : [...broken, integrity];
  }

  /** Moving tags in the registry that are not where the whole set of releases has them. */
  async disagreements(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const path of this.published.keys()) {
      const tags = await registryTags(this.registryUrl, path);
      found.push(...disagreements(this.config.folder, path, tags));
    }
    return found;
  }

  private count(service: ServiceProcess, { signal }: ServiceExit): void {
    if (signal !== 'SIGKILL' || this.killed.has(service)) return;
    this.killed.add(service);
    noteKill();
  }

  async clear(): Promise<void> {
    await Promise.all(this.services.map((service) => service.kill()));
    await this.proxy.stop();
    await this.fake?.stop();
    this.config.remove();
  }
}

/** The delivery of an answer to a webhook with one release; throws when it was not accepted. */
export function acceptedId({ status, json }: HttpAnswer): number {
  const receipts = Receipts.safeParse(json).data?.deliveries ?? [];
  const [receipt] = receipts;
  if (receipt !== undefined && (status === 202 || status === 200)) return receipt.id;
  throw new Error(`the webhook was answered with ${status}: ${JSON.stringify(json)}`);
}

/** Scenes for the tests of one file; all are cleared after each test. */
export function useScenes(): (options?: SceneOptions) => Promise<Scene> {
  const scenes: Scene[] = [];
  afterEach(() => Promise.all(scenes.splice(0).map((scene) => scene.clear())));
  return async (options) => {
    const scene = await Scene.set(options);
    scenes.push(scene);
    return scene;
  };
}
