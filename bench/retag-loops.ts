import { Pool } from 'undici';
import type { TagName } from '../src/core/names';
import { MANIFEST_ACCEPT, OCI_INDEX } from '../src/registry/media-types';
import { CONNECTIONS } from './retag-cases';

/** What is to be done: the tags are to stand where the release stands. */
export interface Retag {
  /** Without the registry's id. */
  readonly repository: string;
  readonly release: TagName;
  readonly tags: readonly TagName[];
}

/** Requests of the client module by undici on kept-alive connections; checks nothing but statuses. */
export class RetagLoop {
  private readonly pool: Pool;

  constructor(registryUrl: string) {
    // Connections that are idle while others are measured are kept as long as the client keeps them.
    const keepAlive = { keepAliveTimeout: 10_000, keepAliveMaxTimeout: 30_000 };
    this.pool = new Pool(registryUrl, { connections: CONNECTIONS, pipelining: 1, ...keepAlive });
  }

  /** What the client sends: at once a GET and a HEAD for each tag, then at once a PUT for each. */
  async asClient({ repository, release, tags }: Retag): Promise<void> {
    const [manifest] = await Promise.all([
      this.read('GET', repository, release),
      ...tags.map((tag) => this.read('HEAD', repository, tag)),
    ]);
    await this.putAll(repository, tags, manifest);
  }

  /** The fewest requests that do: nobody looks where the tags stand. */
  async fewest({ repository, release, tags }: Retag): Promise<void> {
    await this.putAll(repository, tags, await this.read('GET', repository, release));
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async putAll(
    repository: string,
    tags: readonly string[],
    manifest: ArrayBuffer,
  ): Promise<void> {
    const body = Buffer.from(manifest);
    await Promise.all(tags.map((tag) => this.put(repository, tag, body)));
  }

  private async read(
    method: 'GET' | 'HEAD',
    repository: string,
    tag: string,
  ): Promise<ArrayBuffer> {
    const { statusCode, body } = await this.pool.request({
      method,
      path: `/v2/${repository}/manifests/${tag}`,
      headers: { accept: MANIFEST_ACCEPT },
      // As the client does: undici closes the connection after a HEAD otherwise.
      ...(method === 'HEAD' ? { reset: false } : {}),
    });
    const answer = await body.arrayBuffer();
    // A moving tag that is not there yet is fine.
    if (statusCode === 200 || method === 'HEAD') return answer;
    throw new Error(`GET ${repository}:${tag} answered ${statusCode}`);
  }

  private async put(repository: string, tag: string, body: Buffer): Promise<void> {
    const answer = await this.pool.request({
      method: 'PUT',
      path: `/v2/${repository}/manifests/${tag}`,
      headers: { 'content-type': OCI_INDEX },
      body,
    });
    await answer.body.arrayBuffer();
    if (answer.statusCode !== 201)
      throw new Error(`PUT ${repository}:${tag} answered ${answer.statusCode}`);
  }
}
