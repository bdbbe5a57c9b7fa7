import type { TagName } from '../../core/names';
import { HubTokens } from './docker-hub-tokens';
import { ownedPath, pathError } from './image-path';
import { ProviderApi } from './provider-api';
import type { ProviderHttp } from './provider-http';
import type { ProviderTools, TagProvider } from './tag-provider';

/** Docker Hub's API 2: the tag goes, what it pointed at stays. */
export class DockerHubTags implements TagProvider {
  private readonly http: ProviderHttp;
  private readonly api: ProviderApi;

  constructor({ http, account, clock }: ProviderTools) {
    this.http = http;
    this.api = new ProviderApi(http, new HubTokens(http, account, clock));
  }

  deleteTag(path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    const { registryId } = this.http;
    const { owner, name } = ownedPath(registryId, path.includes('/') ? path : `library/${path}`);
    if (name.includes('/')) throw pathError(registryId, path, 'which has more than two parts');
    // The API's paths end with a slash; without it they answer with a redirect.
    const at = ['v2', 'repositories', owner, name, 'tags', tag, ''];
    return this.api.delete(path, this.http.urlOf(at));
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
