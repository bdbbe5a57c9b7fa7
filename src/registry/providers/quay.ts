import type { TagName } from '../../core/names';
import { ownedPath } from './image-path';
import { bearerAccess } from './provider-access';
import { ProviderApi } from './provider-api';
import type { ProviderHttp } from './provider-http';
import type { ProviderTools, TagProvider } from './tag-provider';

/** Quay's API 1: the tag goes, and stays in the history for as long as the namespace keeps it. */
export class QuayTags implements TagProvider {
  private readonly http: ProviderHttp;
  private readonly api: ProviderApi;

  constructor({ http, account }: ProviderTools) {
    this.http = http;
    this.api = new ProviderApi(http, bearerAccess(account));
  }

  deleteTag(path: string, tag: TagName): Promise<'deleted' | 'absent'> {
    const { owner, name } = ownedPath(this.http.registryId, path);
    const at = ['repository', owner, ...name.split('/'), 'tag', tag];
    return this.api.delete(path, this.http.urlOf(['api', 'v1', ...at]));
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
