import { z } from 'zod';
import type { Digest, RepositoryName, TagName } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import { repo } from '../support/fake-registry-client';
import { digestOf } from '../support/fake-registry-manifests';
import { contentOf, type Content, type ContentKind } from './content';
import type { RawAnswer, RawRegistry } from './raw-registry';

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const AT_A_TIME = 8;
const TagPage = z.object({ tags: z.array(z.string()).nullable() });

/** A push that the registry did not take. */
export class PushRefused extends Error {
  /** Whether it does not take such content; it may take other. */
  readonly isAboutContent: boolean;

  constructor(status: number) {
    super(`the registry answered ${status} to a push`);
    this.isAboutContent = status < 500 && ![401, 403, 429].includes(status);
  }
}

/** A repository of a case's own: everything here goes over plain HTTP, past the client. */
export class ContractRepository {
  readonly name: RepositoryName;
  private readonly pushed = new Set<Digest>();

  constructor(
    private readonly raw: RawRegistry,
    readonly path: string,
  ) {
    this.name = repo(`local/${path}`);
  }

  send(
    method: 'GET' | 'HEAD' | 'DELETE',
    rest: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    return this.raw.send(this.path, { method, url: this.raw.urlOf(this.path, rest), headers });
  }

  /** Pushes content of a kind under tags, or under its digest alone. Throws {@link PushRefused}. */
  push(kind: ContentKind, seed: string, ...tags: readonly string[]): Promise<Manifest> {
    return this.pushContent(contentOf(kind, seed), ...tags);
  }

  async pushContent(content: Content, ...tags: readonly string[]): Promise<Manifest> {
    for (const child of content.children) await this.pushContent(child);
    for (const blob of content.blobs) await this.uploadBlob(blob);
    const references = tags.length === 0 ? [content.manifest.digest] : tags;
    for (const reference of references) await this.put(reference, content.manifest);
    return content.manifest;
  }

  /** Writes a manifest under a tag or its digest. Throws {@link PushRefused}. */
  async put(reference: string, manifest: Manifest): Promise<RawAnswer> {
    const answer = await this.putAsIs(`manifests/${reference}`, manifest);
    if (answer.status > 299) throw new PushRefused(answer.status);
    return answer;
  }

  /** Writes a manifest and answers whatever comes back. */
  putAsIs(rest: string, manifest: Manifest): Promise<RawAnswer> {
    this.pushed.add(manifest.digest);
    return this.raw.send(this.path, {
      ...{ method: 'PUT', url: this.raw.urlOf(this.path, rest), body: manifest.bytes },
      headers: { 'content-type': manifest.mediaType },
    });
  }

  /** Points many tags at a manifest that is there. */
  async putMany(tags: readonly string[], manifest: Manifest): Promise<void> {
    const rest = [...tags];
    const work = async (): Promise<void> => {
      for (let tag = rest.pop(); tag !== undefined; tag = rest.pop()) await this.put(tag, manifest);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  read(reference: string): Promise<RawAnswer> {
    return this.send('GET', `manifests/${reference}`, { accept: ACCEPT });
  }

  /** What a tag points at, by the bytes that the registry sends; undefined when it is not there. */
  async digestAt(reference: string): Promise<Digest | undefined> {
    const answer = await this.read(reference);
    if (answer.status === 404) return undefined;
    if (answer.status === 200) return digestOf(answer.body);
    throw new Error(`the registry answered ${answer.status} to a read of ${reference}`);
  }

  /** What each of the tags points at. */
  async digestsAt(tags: readonly TagName[]): Promise<readonly (Digest | undefined)[]> {
    return Promise.all(tags.map((tag) => this.digestAt(tag)));
  }

  /** Deletes what is here, as far as the registry lets it. */
  async cleanUp(): Promise<void> {
    const left = await this.deleteAll([...this.pushed].reverse());
    if (left.length === 0) return;
    // Some registries delete a manifest only when no tag points at it any more.
    await this.deleteAll(await this.listed());
    await this.deleteAll(left);
  }

  /** Answers what stays; stops when it is clear that nothing goes. */
  private async deleteAll<T extends string>(references: readonly T[]): Promise<readonly T[]> {
    const left: T[] = [];
    for (const reference of references) {
      const { status } = await this.send('DELETE', `manifests/${reference}`);
      if (status === 405 && left.length === 0) return references;
      if (status > 299 && status !== 404) left.push(reference);
    }
    return left;
  }

  private async listed(): Promise<readonly string[]> {
    const { status, body } = await this.send('GET', 'tags/list');
    return status === 200 ? (TagPage.parse(JSON.parse(body.toString('utf8'))).tags ?? []) : [];
  }

  private async uploadBlob(bytes: Buffer): Promise<void> {
    const digest = digestOf(bytes);
    const known = await this.send('HEAD', `blobs/${digest}`);
    if (known.status === 200) return;
    const begin = this.raw.urlOf(this.path, 'blobs/uploads/');
    const begun = await this.raw.send(this.path, { method: 'POST', url: begin });
    if (begun.status !== 202) throw new PushRefused(begun.status);
    const url = new URL([begun.headers.location ?? ''].flat()[0] ?? '', begin);
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const done = await this.raw.send(this.path, { method: 'PUT', url, body: bytes, headers });
    if (done.status !== 201) throw new PushRefused(done.status);
  }
}
