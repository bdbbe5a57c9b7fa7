import type { RegistrySettings } from '../config/settings';
import type { RegistryCapabilities } from '../core/capabilities';
import type { DeleteSupport, DeletionCapabilities } from '../core/deletion';
import type { Check } from '../core/diagnosis';
import {
  type Digest,
  isDigest,
  pathOf,
  registryIdOf,
  type RepositoryName,
  type TagName,
} from '../core/names';
import { type CapabilityMemory, NoCapabilityMemory } from '../runtime/capability-memory';
import type { Clock } from '../runtime/clock';
import { deleteReference, findDeletion } from './deletions';
import { finishDummy } from './dummies';
import { diagnose } from './diagnosis';
import { dummyManifest } from './dummy-manifest';
import {
  ImageRegistry,
  type Manifest,
  type ManifestDescriptor,
  type Referrer,
  type TagWrites,
} from './image-registry';
import { ManifestWrite } from './manifest-write';
import { deleteUnreached } from './manifest-tree';
import { findManifest, getManifest } from './manifests';
import { listReferrers } from './referrers';
import { RegistryError } from './registry-error';
import { RegistryTransport } from './registry-transport';
import { DEFAULT_TUNING, type RegistryTuning } from './registry-tuning';
import { dropScratch } from './scratch';
import { proveTagDelete } from './tag-delete-proof';
import { TagDeletion } from './tag-deletion';
import { listTags } from './tag-listing';
import { TagWriting } from './tag-writes';
import { findMissing } from './whole-manifest';

/** The OCI distribution API over HTTP, for all configured registries. */
export class HttpImageRegistry extends ImageRegistry {
  private readonly registries: ReadonlyMap<string, ConnectedRegistry>;

  constructor(
    registries: ReadonlyMap<string, RegistrySettings>,
    private readonly clock: Clock,
    tuning: Partial<RegistryTuning> = {},
    memory: CapabilityMemory = new NoCapabilityMemory(),
  ) {
    super();
    const whole = { ...DEFAULT_TUNING, ...tuning };
    this.registries = new Map(
      Array.from(registries, ([id, settings]) => {
        const transport = new RegistryTransport(settings, whole, clock, memory);
        return [id, { transport, tags: new TagDeletion(transport, settings, whole, clock) }];
      }),
    );
  }

  async listTags(repository: RepositoryName): Promise<readonly TagName[]> {
    return listTags(this.transportOf(repository), pathOf(repository));
  }

  async findManifest(
    repository: RepositoryName,
    reference: TagName | Digest,
  ): Promise<ManifestDescriptor | undefined> {
    const transport = this.transportOf(repository);
    return transport.retrying(() => findManifest(transport, pathOf(repository), reference));
  }

  async getManifest(repository: RepositoryName, reference: TagName | Digest): Promise<Manifest> {
    const transport = this.transportOf(repository);
    const path = pathOf(repository);
    const known = isDigest(reference) ? transport.manifests.get(path, reference) : undefined;
    if (known !== undefined) return known;
    const manifest = await transport.retrying(() => getManifest(transport, path, reference));
    transport.manifests.add(path, manifest);
    return manifest;
  }

  async verifyManifest(repository: RepositoryName, digest: Digest): Promise<readonly Digest[]> {
    return findMissing(this.transportOf(repository), pathOf(repository), digest);
  }

  async putManifest(repository: RepositoryName, tag: TagName, manifest: Manifest): Promise<void> {
    const transport = this.transportOf(repository);
    return new ManifestWrite(transport, pathOf(repository), tag, manifest).run();
  }

  async putTags(
    repository: RepositoryName,
    tags: readonly TagName[],
    manifest: Manifest,
  ): Promise<TagWrites> {
    const transport = this.transportOf(repository);
    return new TagWriting(transport, pathOf(repository), manifest).run(tags);
  }

  async listReferrers(repository: RepositoryName, digest: Digest): Promise<readonly Referrer[]> {
    return listReferrers(this.transportOf(repository), pathOf(repository), digest);
  }

  async deleteUnreached(
    repository: RepositoryName,
    roots: readonly Digest[],
    kept: ReadonlySet<Digest>,
  ): Promise<readonly Digest[]> {
    return deleteUnreached(this.transportOf(repository), pathOf(repository), roots, kept);
  }

  async diagnose(id: string, repository?: RepositoryName): Promise<readonly Check[]> {
    const { transport } = this.registryWith(id, 'correct its id');
    const path = repository === undefined ? undefined : pathOf(repository);
    return diagnose(transport, path, () => this.clock.now());
  }

  /** Whether a registry answers within the time, be it that it asks for credentials. Never throws. */
  async isReachable(id: string, signal: AbortSignal): Promise<boolean> {
    const { transport } = this.registryWith(id, 'correct its id');
    try {
      const { status } = await transport.ping(signal);
      return status < 500;
    } catch (error) {
      if (error instanceof RegistryError) return false;
      throw error;
    }
  }

  async capabilities(repository: RepositoryName): Promise<RegistryCapabilities> {
    return this.transportOf(repository).capabilities.all();
  }

  async deleteTag(repository: RepositoryName, tag: TagName): Promise<'deleted' | 'absent'> {
    return this.registryOf(repository).tags.delete(pathOf(repository), tag);
  }

  async deleteManifest(repository: RepositoryName, digest: Digest): Promise<'deleted' | 'absent'> {
    return deleteReference(this.transportOf(repository), pathOf(repository), digest);
  }

  makeDummy(): Manifest {
    return dummyManifest();
  }

  async dropDummy(repository: RepositoryName, tag: TagName): Promise<void> {
    return this.registryOf(repository).tags.dropDummy(pathOf(repository), tag);
  }

  async finishDummy(
    repository: RepositoryName,
    dummy: Digest,
    before: ReadonlyMap<TagName, Manifest>,
  ): Promise<RegistryError | undefined> {
    return finishDummy(this.transportOf(repository), pathOf(repository), dummy, before);
  }

  async probeDeletion(
    repository: RepositoryName,
    options?: { readonly fresh?: boolean },
  ): Promise<DeletionCapabilities> {
    return findDeletion(this.transportOf(repository), pathOf(repository), options);
  }

  async proveTagDelete(repository: RepositoryName): Promise<DeleteSupport> {
    return proveTagDelete(this.transportOf(repository), pathOf(repository));
  }

  async dropScratch(repository: RepositoryName, tags: readonly TagName[]): Promise<void> {
    return dropScratch(this.transportOf(repository), pathOf(repository), tags);
  }

  /** Closes all connections; calls after it throw `unreachable`. Safe to call twice. */
  async close(): Promise<void> {
    await Promise.all(
      Array.from(this.registries.values(), async ({ transport, tags }) => {
        await tags.close();
        await transport.close();
      }),
    );
  }

  private transportOf(repository: RepositoryName): RegistryTransport {
    return this.registryOf(repository).transport;
  }

  private registryOf(repository: RepositoryName): ConnectedRegistry {
    return this.registryWith(registryIdOf(repository), `correct the repository ${repository}`);
  }

  private registryWith(id: string, otherwise: string): ConnectedRegistry {
    const registry = this.registries.get(id);
    if (registry !== undefined) return registry;
    const sentence = `No registry ${id} is configured; add it under registries, or ${otherwise}.`;
    throw new RegistryError('registry-unknown', sentence);
  }
}

interface ConnectedRegistry {
  readonly transport: RegistryTransport;
  readonly tags: TagDeletion;
}
