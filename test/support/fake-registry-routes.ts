import { randomBytes } from 'node:crypto';
import type { Manifest } from '../../src/registry/image-registry';
import {
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';
import { digestOf, OCI_INDEX, DOCKER_LIST } from './fake-registry-manifests';
import { childrenOf, type FakeRepository, type FakeStorage } from './fake-registry-storage';

const NAME_UNKNOWN = errorAnswer(404, 'NAME_UNKNOWN');
const MANIFEST_UNKNOWN = errorAnswer(404, 'MANIFEST_UNKNOWN');
const UNSUPPORTED = errorAnswer(405, 'UNSUPPORTED');
const WRONG_DIGEST = `sha256:${'0'.repeat(64)}`;

/** What the paths under `/v2/` do to the storage, as the switches say. */
export class FakeRoutes {
  constructor(
    private readonly storage: FakeStorage,
    private readonly behaviour: Behaviour,
  ) {}

  /** `rest` is the path behind `/v2/`. */
  answer(request: FakeRequest, rest: string, origin: string): FakeAnswer {
    if (rest === '') return { status: 200, body: {} };
    const [, path = '', kind = '', reference = ''] =
      /^(.+?)\/(manifests|tags|blobs)\/(.+)$/.exec(rest) ?? [];
    if (kind === 'tags' && reference === 'list') return this.list(request, path, origin);
    if (kind === 'blobs') return this.blob(request, path, reference);
    if (kind !== 'manifests') return { status: 404, body: '404 page not found\n' };
    return this.manifest(request, path, reference);
  }

  private manifest(request: FakeRequest, path: string, reference: string): FakeAnswer {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.read(request, path, reference);
      case 'PUT':
        return this.write(request, path, reference);
      case 'DELETE':
        return this.remove(path, reference);
      default:
        return UNSUPPORTED;
    }
  }

  private read(request: FakeRequest, path: string, reference: string): FakeAnswer {
    if (this.storage.find(path) === undefined) return NAME_UNKNOWN;
    const manifest = this.storage.resolve(path, reference);
    if (manifest === undefined) return MANIFEST_UNKNOWN;
    const accept = String(request.headers['accept'] ?? '');
    const isIndex = manifest.mediaType === OCI_INDEX || manifest.mediaType === DOCKER_LIST;
    if (isIndex && this.behaviour.indexNeedsAccept && !accept.includes(manifest.mediaType)) {
      return MANIFEST_UNKNOWN;
    }
    const { wrongBytes } = this.behaviour;
    return {
      status: 200,
      headers: { 'content-type': manifest.mediaType, ...this.digestHeader(manifest.digest) },
      body: wrongBytes ? Buffer.concat([manifest.bytes, Buffer.from(' ')]) : manifest.bytes,
    };
  }

  private digestHeader(digest: string): Record<string, string> {
    const { digestHeader } = this.behaviour;
    if (digestHeader === 'missing') return {};
    return { 'docker-content-digest': digestHeader === 'wrong' ? WRONG_DIGEST : digest };
  }

  private write(request: FakeRequest, path: string, reference: string): FakeAnswer {
    const bytes = request.body;
    const mediaType = String(request.headers['content-type'] ?? '');
    const manifest: Manifest = { bytes, mediaType, digest: digestOf(bytes) };
    const isDigest = reference.includes(':');
    if (isDigest && reference !== manifest.digest) return errorAnswer(400, 'DIGEST_INVALID');
    const repository = this.storage.find(path);
    if (this.behaviour.checksChildren) {
      const missing = childrenOf(manifest).some((child) => !repository?.manifests.has(child));
      if (missing) return errorAnswer(400, 'MANIFEST_BLOB_UNKNOWN');
    }
    const { immutableTags } = this.behaviour;
    const held = repository?.tags.get(reference);
    if (immutableTags !== undefined && held !== undefined && held !== manifest.digest) {
      return errorAnswer(immutableTags, 'TAG_IMMUTABLE');
    }
    this.storage.put(path, manifest, isDigest ? undefined : reference);
    const location = `/v2/${path}/manifests/${manifest.digest}`;
    return { status: 201, headers: { location, ...this.digestHeader(manifest.digest) } };
  }

  private remove(path: string, reference: string): FakeAnswer {
    const refused = reference.includes(':')
      ? this.digestDeleteRefusal(path, reference)
      : this.tagDeleteRefusal();
    if (refused !== undefined) return refused;
    const repository = this.storage.find(path);
    if (repository === undefined) return NAME_UNKNOWN;
    const isGone = reference.includes(':')
      ? this.removeDigest(repository, reference)
      : repository.tags.delete(reference);
    return isGone ? { status: 202 } : MANIFEST_UNKNOWN;
  }

  private removeDigest(repository: FakeRepository, digest: string): boolean {
    if (this.behaviour.digestDelete !== 'leaves-tags') {
      for (const [tag, held] of repository.tags) if (held === digest) repository.tags.delete(tag);
    }
    return repository.manifests.delete(digest);
  }

  private tagDeleteRefusal(): FakeAnswer | undefined {
    switch (this.behaviour.tagDelete) {
      case 'works':
        return undefined;
      case 'digest-invalid':
        return errorAnswer(400, 'DIGEST_INVALID');
      case 'unsupported':
        return errorAnswer(400, 'UNSUPPORTED');
      case 'disabled':
        return UNSUPPORTED;
      case 'denied':
        return errorAnswer(403, 'DENIED');
    }
  }

  private digestDeleteRefusal(path: string, digest: string): FakeAnswer | undefined {
    const repository = this.storage.find(path);
    switch (this.behaviour.digestDelete) {
      case 'works':
      case 'leaves-tags':
        return undefined;
      case 'disabled':
        return UNSUPPORTED;
      case 'denied':
        return errorAnswer(403, 'DENIED');
      case 'dangling-tag':
        return isHeld(repository, digest)
          ? errorAnswer(400, 'GOOGLE_MANIFEST_DANGLING_TAG')
          : undefined;
      case 'protects-children':
        return isChild(repository, digest) ? errorAnswer(405, 'DENIED') : undefined;
    }
  }

  private list({ query }: FakeRequest, path: string, origin: string): FakeAnswer {
    const repository = this.storage.find(path);
    const { unknownRepository, nullTags, paging, pageSize } = this.behaviour;
    if (repository === undefined && unknownRepository === 'not-found') return NAME_UNKNOWN;
    const stored = [...(repository?.tags.keys() ?? [])];
    if (paging === 'ignored') return listAnswer(path, stored, nullTags);
    const last = query.get('last') ?? '';
    const after = stored.sort().filter((tag) => tag > last);
    const page = after.slice(0, Math.min(Number(query.get('n') ?? pageSize), pageSize));
    const answer = listAnswer(path, page, nullTags);
    if (page.length === after.length || paging === 'none') return answer;
    const next = `/v2/${path}/tags/list?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${pageSize}`;
    return { ...answer, headers: { link: this.link(next, path, origin) } };
  }

  private link(next: string, path: string, origin: string): string {
    switch (this.behaviour.paging) {
      case 'link-unquoted':
        return `<${next}>; rel=next`;
      case 'link-absolute':
        return `<${origin}${next}>; rel="next"`;
      case 'link-off-origin':
        return `<http://registry.invalid${next}>; rel="next"`;
      case 'link-loop':
        return `</v2/${path}/tags/list>; rel="next"`;
      case 'link':
      case 'none':
      case 'ignored':
        return `<${next}>; rel="next"`;
    }
  }

  /** Enough for clients that push images: no upload is resumed, no range is read. */
  private blob(request: FakeRequest, path: string, reference: string): FakeAnswer {
    const blobs = this.storage.get(path).blobs;
    const digest = request.query.get('digest');
    if (!reference.startsWith('uploads/')) {
      const bytes = blobs.get(reference);
      if (bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN');
      return { status: 200, headers: { 'docker-content-digest': reference }, body: bytes };
    }
    if (request.method === 'POST' && digest === null) {
      const upload = `/v2/${path}/blobs/uploads/${randomBytes(8).toString('hex')}`;
      return { status: 202, headers: { location: upload } };
    }
    if (request.method === 'PATCH') {
      blobs.set(reference, Buffer.concat([blobs.get(reference) ?? Buffer.alloc(0), request.body]));
      return { status: 202, headers: { location: `/v2/${path}/blobs/${reference}` } };
    }
    const bytes = Buffer.concat([blobs.get(reference) ?? Buffer.alloc(0), request.body]);
    blobs.delete(reference);
    if (digest !== digestOf(bytes)) return errorAnswer(400, 'DIGEST_INVALID');
    blobs.set(digest, bytes);
    return { status: 201, headers: { location: `/v2/${path}/blobs/${digest}` } };
  }
}

function listAnswer(path: string, tags: readonly string[], nullTags: boolean): FakeAnswer {
  return { status: 200, body: { name: path, tags: nullTags && tags.length === 0 ? null : tags } };
}

function isHeld(repository: FakeRepository | undefined, digest: string): boolean {
  return [...(repository?.tags.values() ?? [])].some((held) => held === digest);
}

function isChild(repository: FakeRepository | undefined, digest: string): boolean {
  const manifests = [...(repository?.manifests.values() ?? [])];
  return manifests.some((manifest) => childrenOf(manifest).includes(digest));
}
