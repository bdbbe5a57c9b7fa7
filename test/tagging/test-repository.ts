import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { pushImage } from '../../scripts/push-image';
import { uploadManifest } from '../../scripts/registry-upload';
import type { RunningRegistry } from '../../scripts/distribution';
import type { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { type MoveAnswer, RepositoryAnswer } from '../../src/history/history.schema';
import type { SimulatedClock } from '../../src/runtime/clock';
import type { HttpAnswer, ServiceClient } from '../support/service';
import type { WebhookRelease } from '../support/signed-webhook';

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');
const SECOND = 1_000;

const TagList = z.object({ tags: z.array(z.string()).nullable() });

export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

type RegistryPlace = Pick<RunningRegistry, 'url' | 'storageDir'>;

export interface TestRepositoryPlace {
  readonly registry: RegistryPlace;
  readonly client: ServiceClient;
  readonly clock: SimulatedClock;
  /** In the registry, such as `gallery/r1`. */
  readonly path: string;
}

/** One repository of a real registry: as people and pipelines touch it, and as Tagward shows it. */
export class TestRepository {
  readonly path: string;
  /** As the API names it. */
  readonly name: string;
  readonly slug: string;
  readonly client: ServiceClient;
  private readonly registry: RegistryPlace;
  private readonly clock: SimulatedClock;
  private readonly releaseOf = new Map<string, string>();

  constructor({ registry, client, clock, path }: TestRepositoryPlace) {
    this.registry = registry;
    this.client = client;
    this.clock = clock;
    this.path = path;
    this.name = `local/${path}`;
    this.slug = this.name.replaceAll('/', '~');
  }

  // As people and pipelines touch it.

  get target(): { readonly url: string; readonly repository: string } {
    return { url: this.registry.url, repository: this.path };
  }

  /** Pushes an image, without telling anybody; gives its digest. */
  async push(tag: string, content = tag): Promise<string> {
    const { digest } = await pushImage({ ...this.target, tag, content });
    this.remember(digest, tag);
    return digest;
  }

  /** Sends a webhook and waits until it is settled. */
  announce(tag: string, facts: Omit<WebhookRelease, 'tag'> = {}): Promise<DeliveryAnswer> {
    const release = { repository: this.path, tag, ...facts };
    return this.client.release(release, { now: this.clock.now() });
  }

  /** Sends a webhook; gives the answer to it. */
  webhook(tag: string, facts: Omit<WebhookRelease, 'tag'> = {}, id?: string): Promise<HttpAnswer> {
    const release = { repository: this.path, tag, ...facts };
    const options = { now: this.clock.now(), ...(id === undefined ? {} : { id }) };
    return this.client.webhook(release, options);
  }

  /** Pushes releases and announces each, as a pipeline does; gives the last delivery. */
  async publish(...tags: readonly [string, ...string[]]): Promise<DeliveryAnswer> {
    const [first, ...others] = tags;
    await this.push(first);
    let delivery = await this.announce(first);
    for (const tag of others) {
      await this.push(tag);
      delivery = await this.announce(tag);
    }
    return delivery;
  }

  /** Puts what a reference names under a tag, past Tagward. */
  async retag(tag: string, reference: string): Promise<void> {
    const { bytes, mediaType } = await this.manifest(reference);
    await uploadManifest(this.target, tag, bytes, mediaType);
  }

  /** Deletes a tag and leaves its manifest; Distribution 2.8 has no request for that. */
  removeTag(tag: string): void {
    const { storageDir = '' } = this.registry;
    const folder = `docker/registry/v2/repositories/${this.path}/_manifests/tags/${tag}`;
    rmSync(join(storageDir, folder), { recursive: true });
  }

  /** Deletes a tag, where the registry can, or a manifest and with it all of its tags. */
  async remove(reference: string): Promise<number> {
    return (await this.request('DELETE', `manifests/${reference}`)).status;
  }

  /** Reconciles the whole repository and waits for the end. */
  async reconcile(): Promise<RepositoryAnswer> {
    this.clock.advance(SECOND);
    const begun = new Date(this.clock.now()).toISOString();
    await this.client.post(`repositories/${this.slug}/reconciliations`);
    return this.client.until(
      () => this.read(),
      ({ lastSweptAt }) => lastSweptAt !== null && lastSweptAt >= begun,
    );
  }

  // As the registry has it.

  async tagNames(): Promise<readonly string[]> {
    const answer = await this.request('GET', 'tags/list');
    if (answer.status === 404) return [];
    const { tags } = TagList.parse(await answer.json());
    return [...(tags ?? [])].sort();
  }

  /** Every tag with its digest. */
  async tags(): Promise<Record<string, string>> {
    const names = await this.tagNames();
    const digests = await Promise.all(names.map(async (tag) => [tag, await this.digestOf(tag)]));
    return Object.fromEntries(digests) as Record<string, string>;
  }

  /** Every moving tag with the release whose digest it has. */
  async movingTags(): Promise<Record<string, string>> {
    const tags = Object.entries(await this.tags());
    const moving = tags.filter(([tag]) => /^(?:latest|v?\d+(?:\.\d+)?)$/.test(tag));
    return Object.fromEntries(
      moving.map(([tag, digest]) => [tag, this.releaseOf.get(digest) ?? digest]),
    );
  }

  async digestOf(reference: string): Promise<string> {
    return (await this.manifest(reference)).digest;
  }

  async manifest(reference: string): Promise<StoredManifest> {
    const answer = await this.request('GET', `manifests/${reference}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) throw new Error(`${reference} of ${this.path}: ${answer.status}`);
    return {
      mediaType: answer.headers.get('content-type') ?? '',
      digest: answer.headers.get('docker-content-digest') ?? '',
      bytes,
    };
  }

  /** The status of a GET of a manifest. */
  async statusOf(reference: string): Promise<number> {
    return (await this.request('GET', `manifests/${reference}`)).status;
  }

  // As Tagward shows it.

  async read(): Promise<RepositoryAnswer> {
    const answer = await this.client.get(`repositories/${this.slug}`);
    if (answer.status !== 404) return RepositoryAnswer.parse(answer.json);
    const nothing = { counts: { releases: 0, tags: 0, moves: 0 }, importedAt: null, drift: [] };
    return { repository: this.name, slug: this.slug, lastSweptAt: null, ...nothing };
  }

  /** Applied moves, newest first. */
  moves(query = ''): Promise<readonly MoveAnswer[]> {
    return this.client.moves(`&repository=${encodeURIComponent(this.name)}${query}`);
  }

  /** Lets `movingTags` call a digest by a name. */
  remember(digest: string, release: string): void {
    if (!this.releaseOf.has(digest)) this.releaseOf.set(digest, release);
  }

  private request(method: string, path: string): Promise<Response> {
    const url = `${this.registry.url}/v2/${this.path}/${path}`;
    return fetch(url, { method, headers: { accept: MANIFEST_TYPES } });
  }
}

/** The code of each decision, by tag. */
export function reasonsOf({ outcome }: DeliveryAnswer): Record<string, string> {
  const decisions = outcome?.decisions ?? [];
  return Object.fromEntries(decisions.map(({ tag, reason }) => [tag, reason.code]));
}
