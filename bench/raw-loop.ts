import { Pool } from 'undici';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** What has to be asked of a registry for one release, and nothing else. */
export class RawLoop {
  private readonly pool: Pool;

  constructor(registryUrl: string) {
    this.pool = new Pool(registryUrl, { connections: 8 });
  }

  /** One GET and a HEAD for each moving tag at once, then a PUT for each at once. */
  async release(repository: string, tag: string, movingTags: readonly string[]): Promise<void> {
    const [manifest] = await Promise.all([
      this.send('GET', repository, tag),
      ...movingTags.map((moving) => this.send('HEAD', repository, moving)),
    ]);
    await Promise.all(
      movingTags.map((moving) => this.send('PUT', repository, moving, Buffer.from(manifest))),
    );
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async send(
    method: 'GET' | 'HEAD' | 'PUT',
    repository: string,
    tag: string,
    bytes?: Buffer,
  ): Promise<ArrayBuffer> {
    const { statusCode, body } = await this.pool.request({
      method,
      path: `/v2/${repository}/manifests/${tag}`,
      headers: method === 'PUT' ? { 'content-type': MANIFEST } : { accept: MANIFEST },
      ...(bytes === undefined ? {} : { body: bytes }),
    });
    const answer = await body.arrayBuffer();
    // A moving tag that is not there yet is fine.
    if (statusCode > 299 && method !== 'HEAD')
      throw new Error(`${method} ${repository}:${tag} answered ${statusCode}`);
    return answer;
  }
}
