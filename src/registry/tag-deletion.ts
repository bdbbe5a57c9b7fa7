import type { RegistrySettings } from '../config/settings';
import type { TagName } from '../core/names';
import type { Clock } from '../runtime/clock';
import { credentialSourceOf } from './credentials/credential-source';
import { deleteReference, findDeletion } from './deletions';
import { isDummyManifest } from './dummy-manifest';
import { findManifest, getManifest } from './manifests';
import { providerOf } from './providers/provider-of';
import type { ProviderManifests, TagProvider } from './providers/tag-provider';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import type { RegistryTuning } from './registry-tuning';
import { TagWriting } from './tag-writes';

/** The deletion of single tags of one registry, in the first way that it offers. */
export class TagDeletion {
  private readonly provider: TagProvider | undefined;

  constructor(
    private readonly transport: RegistryTransport,
    registry: RegistrySettings,
    tuning: RegistryTuning,
    clock: Clock,
  ) {
    const credentials = credentialSourceOf(registry, clock);
    const manifests = manifestsOf(transport);
    this.provider = providerOf(registry, { credentials, tuning, clock, manifests });
  }

  /** By the protocol where that is proven, else by the product's own API where one is configured. */
  async delete(path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    const { transport, provider } = this;
    if (provider === undefined) {
      await this.refuseTakingOthers();
      return deleteReference(transport, path, tag);
    }
    const { tagDelete } = await findDeletion(transport, path);
    if (tagDelete !== 'works') return provider.deleteTag(path, tag);
    try {
      return await deleteReference(transport, path, tag);
    } catch (error) {
      const isGone = error instanceof RegistryError && error.code === 'unsupported';
      if (!isGone) throw error;
      return provider.deleteTag(path, tag);
    }
  }

  /** Deletes the tag if it stands on a dummy that a crash left there. */
  async dropDummy(path: string, tag: TagName): Promise<void> {
    const { transport } = this;
    const found = await transport.retrying(() => findManifest(transport, path, tag));
    if (found === undefined) return;
    const manifest = await transport.retrying(() => getManifest(transport, path, found.digest));
    if (!isDummyManifest(manifest)) return;
    // Whatever goes along with it stands on the dummy, too.
    if (this.provider === undefined) await deleteReference(transport, path, tag);
    else await this.delete(path, tag);
  }

  private async refuseTakingOthers(): Promise<void> {
    const { capabilities, registry } = this.transport;
    if ((await capabilities.all()).tagDeleteLeavesOthers !== 'takes-others') return;
    const sentence = `Registry ${registry.id} deletes the other tags of an image along with one, so single tags are not deleted there.`;
    throw new RegistryError('unsupported', sentence);
  }

  /** Before the transport's: a provider may be putting back what a tag had. */
  async close(): Promise<void> {
    await this.provider?.close();
  }
}

function manifestsOf(transport: RegistryTransport): ProviderManifests {
  return {
    find: (path, tag) => transport.retrying(() => findManifest(transport, path, tag)),
    get: (path, tag) => transport.retrying(() => getManifest(transport, path, tag)),
    put: async (path, tag, manifest) => {
      const { failed } = await new TagWriting(transport, path, manifest).run([tag]);
      const fault = failed.get(tag);
      if (fault !== undefined) throw fault;
    },
  };
}
