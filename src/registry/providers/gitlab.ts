import { z } from 'zod';
import type { TagName } from '../../core/names';
import { RegistryError } from '../registry-error';
import { directAccess } from './provider-access';
import { ProviderApi } from './provider-api';
import type { ProviderHttp } from './provider-http';
import type { ProviderTools, TagProvider } from './tag-provider';

const API = ['api', 'v4', 'projects'] as const;
/** What is known about repositories; beyond that everything is looked up again. */
const MAX_KNOWN = 1_000;

const Repositories = z.array(z.object({ id: z.int().positive(), path: z.string() }));

interface Place {
  /** Path of the project. */
  readonly project: string;
  readonly repositoryId: number;
}

/** GitLab's REST API: the tag goes by the ids of its project and its container repository. */
export class GitlabTags implements TagProvider {
  private readonly http: ProviderHttp;
  private readonly api: ProviderApi;
  private readonly places = new Map<string, Place>();

  constructor({ http, account }: ProviderTools) {
    this.http = http;
    const access = directAccess(async (query) => ({
      name: 'private-token',
      value: (await account.secret(query)).reveal(),
    }));
    this.api = new ProviderApi(http, access);
  }

  async deleteTag(path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    const known = this.places.get(path);
    if (known !== undefined && (await this.deleteAt(known, path, tag)) === 'deleted') {
      return 'deleted';
    }
    // A repository that was deleted and made again has another id: then the tag may be there still.
    const place = await this.findPlace(path);
    if (place === undefined) return 'absent';
    this.remember(path, place);
    return place.repositoryId === known?.repositoryId ? 'absent' : this.deleteAt(place, path, tag);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private deleteAt(place: Place, path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    const { project, repositoryId } = place;
    const at = [project, 'registry', 'repositories', repositoryId, 'tags', tag];
    return this.api.delete(path, this.http.urlOf([...API, ...at]));
  }

  /**
   * The project is the longest beginning of the path that is one. Undefined when it has no such
   * repository. Throws `denied` when there is no project: GitLab hides what the token may not see.
   */
  private async findPlace(path: string): Promise<Place | undefined> {
    for (const project of projectsOf(path)) {
      const at = [...API, project, 'registry', 'repositories'];
      const url = this.http.urlOf(at, { per_page: '100' });
      const { known, match } = await this.api.search({ path, url, schema: Repositories }, (page) =>
        page.find((repository) => repository.path === path),
      );
      if (known) return match && { project, repositoryId: match.id };
    }
    const { registryId } = this.http;
    const sentence = `The API of registry ${registryId} shows no project that ${path} is in; check that the token of registries.${registryId}.provider may see it.`;
    throw new RegistryError('denied', sentence, { status: 404 });
  }

  private remember(path: string, place: Place): void {
    if (this.places.size >= MAX_KNOWN) this.places.clear();
    this.places.set(path, place);
  }
}

/** `a/b/c` → `a/b/c`, `a/b`: a project is always in a group. */
function projectsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_part, index) => parts.slice(0, parts.length - index).join('/'));
}
