import { isTagName } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import {
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';
import { digestOf, OCI_INDEX } from './fake-registry-manifests';
import { digestHeader } from './fake-registry-reads';
import { childrenOf, type FakeStorage, subjectOf } from './fake-registry-storage';

/** PUTs of manifests: by tag, by digest, and by digest with several tags. */
export class FakeWrites {
  constructor(
    private readonly storage: FakeStorage,
    private readonly behaviour: Behaviour,
  ) {}

  write(request: FakeRequest, path: string, reference: string): FakeAnswer {
    const bytes = request.body;
    const mediaType = String(request.headers['content-type'] ?? '');
    const manifest: Manifest = { bytes, mediaType, digest: digestOf(bytes) };
    const isDigest = reference.includes(':');
    const tags = isDigest ? this.tagsAsked(request) : [reference];
    const refused =
      this.queryRefusal(request, isDigest) ??
      this.manifestRefusal(path, manifest, isDigest ? reference : undefined) ??
      this.tagRefusal(path, manifest, tags);
    if (refused !== undefined) return refused;
    const written = isDigest && this.behaviour.multiTag === 'partial' ? tags.slice(0, 1) : tags;
    this.storage.put(path, manifest, written);
    return this.written(path, manifest, isDigest ? written : this.echoed(reference));
  }

  /** The tags of the query that are created. */
  private tagsAsked({ query }: FakeRequest): readonly string[] {
    const { multiTag } = this.behaviour;
    return multiTag === 'ignored' || multiTag === 'refused' ? [] : query.getAll('tag');
  }

  private echoed(tag: string): readonly string[] {
    return this.behaviour.multiTag === 'works-and-echoes' ? [tag] : [];
  }

  private queryRefusal({ query }: FakeRequest, isDigest: boolean): FakeAnswer | undefined {
    const { multiTag, multiTagCap, multiTagCapStatus } = this.behaviour;
    const tags = query.getAll('tag');
    if (tags.length === 0 || multiTag === 'ignored') return undefined;
    if (multiTag === 'refused') return errorAnswer(400, 'UNSUPPORTED');
    if (!isDigest || !tags.every(isTagName)) return errorAnswer(400, 'MANIFEST_INVALID');
    return tags.length > multiTagCap ? errorAnswer(multiTagCapStatus, 'SIZE_INVALID') : undefined;
  }

  private manifestRefusal(
    path: string,
    manifest: Manifest,
    asked: string | undefined,
  ): FakeAnswer | undefined {
    const { checksChildren, refusedMediaTypes, refusesEmptyIndex } = this.behaviour;
    if (asked !== undefined && asked !== manifest.digest) return errorAnswer(400, 'DIGEST_INVALID');
    if (refusedMediaTypes.includes(manifest.mediaType)) return errorAnswer(415, 'MANIFEST_INVALID');
    const held = this.storage.find(path)?.manifests;
    const children = childrenOf(manifest);
    const isEmptyIndex = manifest.mediaType === OCI_INDEX && children.length === 0;
    if (refusesEmptyIndex && isEmptyIndex) return errorAnswer(400, 'MANIFEST_INVALID');
    const isMissing = children.some((child) => held?.has(child) !== true);
    return checksChildren && isMissing ? errorAnswer(400, 'MANIFEST_BLOB_UNKNOWN') : undefined;
  }

  private tagRefusal(
    path: string,
    { digest }: Manifest,
    tags: readonly string[],
  ): FakeAnswer | undefined {
    const { immutableTags } = this.behaviour;
    if (immutableTags === undefined) return undefined;
    const held = tags.map((tag) => this.storage.find(path)?.tags.get(tag));
    const moves = held.some((one) => one !== undefined && one !== digest);
    return moves ? errorAnswer(immutableTags, 'TAG_IMMUTABLE') : undefined;
  }

  private written(path: string, manifest: Manifest, named: readonly string[]): FakeAnswer {
    const { behaviour } = this;
    const { digest } = manifest;
    const subject = behaviour.referrers === 'api' ? subjectOf(manifest) : undefined;
    const ociTag = behaviour.multiTag === 'joined' ? [named.join(', ')] : named;
    return {
      status: 201,
      headers: {
        ...(behaviour.locationHeader ? { location: `/v2/${path}/manifests/${digest}` } : {}),
        ...(named.length > 0 ? { 'oci-tag': ociTag } : {}),
        ...(subject === undefined ? {} : { 'oci-subject': subject }),
        ...digestHeader(behaviour, digest),
      },
    };
  }
}
