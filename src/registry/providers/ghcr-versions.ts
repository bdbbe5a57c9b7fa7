import { z } from 'zod';
import type { Digest, TagName } from '../../core/names';
import { RegistryError } from '../registry-error';
import { ownedPath } from './image-path';
import { bearerAccess, type ProviderAccount } from './provider-access';
import { ProviderApi } from './provider-api';
import type { ProviderHttp } from './provider-http';

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
/** An owner is one of the two; which one, the API does not say. */
const OWNER_KINDS = ['orgs', 'users'] as const;

/** The name of a container's version is its digest. */
const Version = z.object({
  id: z.int().positive(),
  name: z.string(),
  metadata: z.object({ container: z.object({ tags: z.array(z.string()) }) }),
});

export interface PackageVersion extends z.infer<typeof Version> {
  readonly ownerKind: (typeof OWNER_KINDS)[number];
}

/** Whether deleting the version would delete this tag and no other. */
export function isOnlyTag({ metadata }: PackageVersion, tag: TagName): boolean {
  const { tags } = metadata.container;
  return tags.length === 1 && tags[0] === tag;
}

/** The versions of container packages in GitHub's REST API. */
export class GhcrVersions {
  private readonly api: ProviderApi;
  /** By owner. */
  private readonly kinds = new Map<string, PackageVersion['ownerKind']>();

  constructor(
    private readonly http: ProviderHttp,
    account: ProviderAccount,
  ) {
    this.api = new ProviderApi(http, bearerAccess(account), HEADERS);
  }

  /**
   * The version of a manifest that the registry has. Throws `denied` when the API shows no such
   * package, `timeout` (retryable) when it does not list the version, or not yet.
   */
  async find(path: string, digest: Digest): Promise<PackageVersion> {
    const { owner } = ownedPath(this.http.registryId, path);
    const kind = this.kinds.get(owner);
    const kinds = kind === undefined ? OWNER_KINDS : [kind];
    for (const ownerKind of kinds) {
      const { known, match } = await this.search(ownerKind, path, digest);
      if (!known) continue;
      this.kinds.set(owner, ownerKind);
      if (match === undefined) throw this.notListed(path, digest);
      return { ...match, ownerKind };
    }
    this.kinds.delete(owner);
    const { registryId } = this.http;
    const sentence = `The API of registry ${registryId} shows no container package ${path}; check that the token of registries.${registryId}.provider has read:packages and delete:packages.`;
    throw new RegistryError('denied', sentence, { status: 404 });
  }

  /** As {@link find}, for a manifest that was pushed just now: its version may be listed later. */
  await(path: string, digest: Digest): Promise<PackageVersion> {
    return this.http.retrying(() => this.find(path, digest));
  }

  /** The version as it is now; undefined when it is gone. */
  async reread(
    path: string,
    { id, ownerKind }: PackageVersion,
  ): Promise<PackageVersion | undefined> {
    const url = this.urlOf(ownerKind, path, [id]);
    const version = await this.api.find({ path, url, schema: Version });
    return version && { ...version, ownerKind };
  }

  delete(path: string, { id, ownerKind }: PackageVersion): Promise<'deleted' | 'absent'> {
    return this.api.delete(path, this.urlOf(ownerKind, path, [id]));
  }

  private search(ownerKind: PackageVersion['ownerKind'], path: string, digest: Digest) {
    const url = this.urlOf(ownerKind, path, []);
    url.searchParams.set('per_page', '100');
    return this.api.search({ path, url, schema: z.array(Version) }, (page) =>
      page.find(({ name }) => name === digest),
    );
  }

  private urlOf(
    ownerKind: PackageVersion['ownerKind'],
    path: string,
    rest: readonly number[],
  ): URL {
    const { owner, name } = ownedPath(this.http.registryId, path);
    return this.http.urlOf([ownerKind, owner, 'packages', 'container', name, 'versions', ...rest]);
  }

  private notListed(path: string, digest: Digest): RegistryError {
    const sentence = `The API of registry ${this.http.registryId} does not list ${digest} among the versions of ${path}, or not yet.`;
    return new RegistryError('timeout', sentence, { retryable: true });
  }
}
