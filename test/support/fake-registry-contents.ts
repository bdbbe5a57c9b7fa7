import type { Digest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import type { Behaviour } from './fake-registry-behaviour';
import { ociImage, ociIndex } from './fake-registry-manifests';
import { blobsOf, FakeStorage, isTagged } from './fake-registry-storage';

/** What a fake registry holds. Changes made here are somebody else's: they are in no log. */
export class FakeContents {
  protected readonly storage = new FakeStorage();

  constructor(
    /** Turn them at any time. */
    readonly behaviour: Behaviour,
  ) {}

  /** Puts a manifest in, under a tag if one is given, and with it the blobs that it names. */
  pushManifest(repository: string, tag: string | undefined, manifest: Manifest): Manifest {
    this.storage.put(repository, manifest, tag === undefined ? [] : [tag]);
    const { blobs } = this.storage.get(repository);
    for (const digest of blobsOf(manifest)) {
      // What they hold nobody asks for.
      if (!blobs.has(digest)) blobs.set(digest, Buffer.alloc(0));
    }
    return manifest;
  }

  /** Puts an OCI image in; the same seed is the same digest. The seed is the tag unless given. */
  pushImage(repository: string, tag: string, { seed = tag }: { seed?: string } = {}): Manifest {
    return this.pushManifest(repository, tag, ociImage(seed));
  }

  /** Puts an OCI index of two images in. */
  pushIndex(repository: string, tag: string, { seed = tag }: { seed?: string } = {}): Manifest {
    const children = ['amd64', 'arm64'].map((name) => ociImage(`${seed} ${name}`));
    for (const child of children) this.pushManifest(repository, undefined, child);
    return this.pushManifest(repository, tag, ociIndex(children));
  }

  /** Lets somebody else delete a tag. */
  removeTag(repository: string, tag: string): void {
    this.storage.get(repository).tags.delete(tag);
  }

  /** Lets somebody else delete a manifest, leaving tags that point at nothing. */
  removeManifest(repository: string, digest: Digest): void {
    this.storage.get(repository).manifests.delete(digest);
  }

  /** Lets the registry lose a blob. */
  removeBlob(repository: string, digest: string): void {
    this.storage.get(repository).blobs.delete(digest);
  }

  /** Lets go what no tag points at, where a digest alone does not hold it. */
  letUntaggedExpire(repository: string): void {
    if (this.behaviour.digestPut === 'stays') return;
    const held = this.storage.get(repository);
    for (const digest of [...held.manifests.keys()]) {
      if (!isTagged(held, digest)) held.manifests.delete(digest);
    }
  }

  /** The repositories that have tags. */
  get taggedRepositories(): readonly string[] {
    const all = [...this.storage.repositories];
    return all.flatMap(([path, { tags }]) => (tags.size > 0 ? [path] : []));
  }

  /** Every tag with its digest, as a copy; empty for an unknown repository. */
  tags(repository: string): Map<string, Digest> {
    return new Map(this.storage.find(repository)?.tags);
  }

  /** The manifest of a tag or digest. */
  manifest(repository: string, reference: string): Manifest | undefined {
    return this.storage.resolve(repository, reference);
  }
}
