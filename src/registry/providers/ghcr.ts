import type { Digest, TagName } from '../../core/names';
import { dummyManifest } from '../dummy-manifest';
import type { Manifest } from '../image-registry';
import { RegistryError } from '../registry-error';
import { GhcrVersions, isOnlyTag } from './ghcr-versions';
import { ownedPath } from './image-path';
import type { ProviderHttp } from './provider-http';
import type { ProviderManifests, ProviderTools, TagProvider } from './tag-provider';

/**
 * GitHub's packages: what can be deleted is a version, a manifest with all its tags. One with more
 * tags than the doomed one stays: the tag is put on a dummy first, and the dummy's version goes.
 */
export class GhcrTags implements TagProvider {
  private readonly http: ProviderHttp;
  private readonly manifests: ProviderManifests;
  private readonly versions: GhcrVersions;

  constructor({ http, account, manifests }: ProviderTools) {
    this.http = http;
    this.manifests = manifests;
    this.versions = new GhcrVersions(http, account);
  }

  async deleteTag(path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    ownedPath(this.http.registryId, path);
    const found = await this.manifests.find(path, tag);
    if (found === undefined) return 'absent';
    const listed = await this.versions.find(path, found.digest);
    if (!isOnlyTag(listed, tag)) return this.deleteOnDummy(path, tag, found.digest);
    // The list may have been long: what is deleted is looked at once more.
    const version = await this.versions.reread(path, listed);
    if (version === undefined) return 'absent';
    if (!isOnlyTag(version, tag)) return this.deleteOnDummy(path, tag, found.digest);
    return this.versions.delete(path, version);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async deleteOnDummy(path: string, tag: TagName, digest: Digest): Promise<'deleted'> {
    const before = await this.manifests.get(path, tag);
    if (before.digest !== digest) throw this.moved(path, tag);
    const dummy = dummyManifest();
    try {
      await this.manifests.put(path, tag, dummy);
      const version = await this.versions.await(path, dummy.digest);
      if (!isOnlyTag(version, tag)) throw this.moved(path, tag);
      await this.versions.delete(path, version);
      return 'deleted';
    } catch (error) {
      await this.putBack(path, tag, before, { dummy, error });
      throw error;
    }
  }

  /** Otherwise the tag would be left on something that nobody can pull. */
  private async putBack(
    path: string,
    tag: TagName,
    before: Manifest,
    { dummy, error }: { readonly dummy: Manifest; readonly error: unknown },
  ): Promise<void> {
    try {
      const found = await this.manifests.find(path, tag);
      // Gone after all, or moved meanwhile: whoever did that is right.
      if (found?.digest !== dummy.digest) return;
      await this.manifests.put(path, tag, before);
    } catch (fault) {
      const { registryId } = this.http;
      const sentence = `The tag ${tag} of ${registryId}/${path} may still stand on a dummy instead of ${before.digest}: its deletion failed (${textOf(error)}), and it could not be put back (${textOf(fault)})`;
      throw new RegistryError('server-error', sentence, { cause: fault, retryable: true });
    }
  }

  private moved(path: string, tag: TagName): RegistryError {
    const sentence = `The tag ${tag} of ${this.http.registryId}/${path} was moved while it was to be deleted; it is left alone.`;
    return new RegistryError('refused', sentence);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
