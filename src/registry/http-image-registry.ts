import type { RegistrySettings } from '../config/settings';
import { type RegistryCapabilities, UNPROVEN_CAPABILITIES } from '../core/capabilities';
import type { DeletionCapabilities } from '../core/deletion';
import {
  type Digest,
  pathOf,
  registryIdOf,
  type RepositoryName,
  type TagName,
} from '../core/names';
import type { Clock } from '../runtime/clock';
import { deleteReference, probeDeletion } from './deletions';
import {
  ImageRegistry,
  type Manifest,
  type ManifestDescriptor,
  type Referrer,
  type TagWrites,
} from './image-registry';
import { ManifestWrite } from './manifest-write';
import { findManifest, getManifest } from './manifests';
import { listReferrers } from './referrers';
import { RegistryError } from './registry-error';
import { RegistryTransport } from './registry-transport';
import { DEFAULT_TUNING, type RegistryTuning } from './registry-tuning';
import { listTags } from './tag-listing';
import { putTags } from './tag-writes';

/** The OCI distribution API over HTTP, for all configured registries. */
export class HttpImageRegistry extends ImageRegistry {
  private readonly transports: ReadonlyMap<string, RegistryTransport>;

  constructor(
    registries: ReadonlyMap<string, RegistrySettings>,
    clock: Clock,
    tuning: Partial<RegistryTuning> = {},
  ) {
    super();
    const whole = { ...DEFAULT_TUNING, ...tuning };
    this.transports = new Map(
      [...registries].map(([id, settings]) => [id, new RegistryTransport(settings, whole, clock)]),
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
    return transport.retrying(() => getManifest(transport, pathOf(repository), reference));
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
    return putTags(this.transportOf(repository), pathOf(repository), tags, manifest);
  }

  async listReferrers(repository: RepositoryName, digest: Digest): Promise<readonly Referrer[]> {
    return listReferrers(this.transportOf(repository), pathOf(repository), digest);
  }

  capabilities(_repository: RepositoryName): Promise<RegistryCapabilities> {
    return Promise.resolve(UNPROVEN_CAPABILITIES);
  }

  async deleteTag(repository: RepositoryName, tag: TagName): Promise<'deleted' | 'absent'> {
    return deleteReference(this.transportOf(repository), pathOf(repository), tag);
  }

  async deleteManifest(repository: RepositoryName, digest: Digest): Promise<'deleted' | 'absent'> {
    return deleteReference(this.transportOf(repository), pathOf(repository), digest);
  }

  async probeDeletion(repository: RepositoryName): Promise<DeletionCapabilities> {
    return probeDeletion(this.transportOf(repository), pathOf(repository));
  }

  /** Closes all connections; calls after it throw `unreachable`. Safe to call twice. */
  async close(): Promise<void> {
    await Promise.all([...this.transports.values()].map((transport) => transport.close()));
  }

  private transportOf(repository: RepositoryName): RegistryTransport {
    const id = registryIdOf(repository);
    const transport = this.transports.get(id);
    if (transport !== undefined) return transport;
    const sentence = `No registry ${id} is configured; add it under registries, or correct the repository ${repository}.`;
    throw new RegistryError('registry-unknown', sentence);
  }
}
