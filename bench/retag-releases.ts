import { Pool } from 'undici';
import { pushImage } from '../scripts/push-image';
import { digestOf, type Descriptor } from '../scripts/registry-upload';
import { MANIFEST_ACCEPT, OCI_INDEX } from '../src/registry/media-types';

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
] as const;

/**
 * Releases: indexes with two children. All releases of a repository share the children, so that
 * one more costs one request, and differ by an annotation. Not measured.
 */
export class Releases {
  private readonly pool: Pool;
  private readonly children = new Map<string, readonly Descriptor[]>();

  constructor(readonly url: string) {
    this.pool = new Pool(url, { connections: 8, pipelining: 1 });
  }

  /** Answers the digest of the release. */
  async push(repository: string, tag: string): Promise<string> {
    const children = this.children.get(repository) ?? (await this.pushChildren(repository));
    const manifests = children.map((child, place) => ({ ...child, platform: PLATFORMS[place] }));
    const annotations = { 'org.opencontainers.image.version': `${repository} ${tag}` };
    const body = { schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations };
    const bytes = Buffer.from(JSON.stringify(body));
    const path = `/v2/${repository}/manifests/${tag}`;
    const headers = { 'content-type': OCI_INDEX };
    const answer = await this.pool.request({ method: 'PUT', path, headers, body: bytes });
    await answer.body.dump();
    if (answer.statusCode === 201) return digestOf(bytes);
    throw new Error(`PUT ${path} answered ${answer.statusCode}`);
  }

  /** Asks the registry itself: throws unless all tags show the digest. */
  async expectAll(repository: string, tags: readonly string[], digest: string): Promise<void> {
    await Promise.all(
      tags.map(async (tag) => {
        const path = `/v2/${repository}/manifests/${tag}`;
        const headers = { accept: MANIFEST_ACCEPT };
        const answer = await this.pool.request({ method: 'HEAD', path, headers, reset: false });
        await answer.body.dump();
        if (answer.headers['docker-content-digest'] !== digest)
          throw new Error(`${repository}:${tag} is not on ${digest}`);
      }),
    );
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async pushChildren(repository: string): Promise<readonly Descriptor[]> {
    const image = { url: this.url, repository, content: 'a release' };
    const pushed = await Promise.all(
      PLATFORMS.map(({ os, architecture }) =>
        pushImage({ ...image, platform: `${os}/${architecture}` }),
      ),
    );
    this.children.set(repository, pushed);
    return pushed;
  }
}
