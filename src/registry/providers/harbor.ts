import type { TagName } from '../../core/names';
import { basicAuthorization } from '../credentials/credential';
import { ownedPath } from './image-path';
import { directAccess } from './provider-access';
import { ProviderApi } from './provider-api';
import type { ProviderHttp } from './provider-http';
import type { ProviderTools, TagProvider } from './tag-provider';

/** Harbor's API 2.0: the tag goes, its artifact stays even without a tag. */
export class HarborTags implements TagProvider {
  private readonly http: ProviderHttp;
  private readonly api: ProviderApi;

  constructor({ http, account }: ProviderTools) {
    this.http = http;
    const access = directAccess(async (query) => {
      const { username, secret } = await account.login(query);
      return { name: 'authorization', value: basicAuthorization(username, secret) };
    });
    this.api = new ProviderApi(http, access);
  }

  deleteTag(path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    const { owner, name } = ownedPath(this.http.registryId, path);
    // Harbor decodes a repository's name once more than the rest: `a/b` is asked for as `a%252Fb`.
    const repository = encodeURIComponent(name);
    const at = ['projects', owner, 'repositories', repository, 'artifacts', tag, 'tags', tag];
    return this.api.delete(path, this.http.urlOf(['api', 'v2.0', ...at]));
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
