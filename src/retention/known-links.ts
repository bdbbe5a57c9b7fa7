import { Injectable } from '@nestjs/common';
import type { ManifestLinks } from '../core/inventory';
import type { Digest } from '../core/names';
import type { ManifestDescriptor } from '../registry/image-registry';
import { isIndex, type ReadLinks } from './manifest-links.schema';

const MOST_KEPT = 200_000;

/** What manifests refer to, by their digest: that never changes, whatever registry they are in. */
@Injectable()
export class KnownLinks {
  private readonly read = new Map<Digest, ReadLinks>();
  private readonly images = new Set<Digest>();

  /** What a manifest refers to; undefined when it was not read yet. */
  find(digest: Digest): ReadLinks | undefined {
    return this.read.get(digest);
  }

  /** The links of an index, none for an image, undefined for what nobody has looked at yet. */
  findListed(digest: Digest): readonly ManifestDescriptor[] | undefined {
    return this.read.get(digest)?.listed ?? (this.images.has(digest) ? [] : undefined);
  }

  keep(digest: Digest, links: ReadLinks): void {
    if (this.read.size >= MOST_KEPT) this.read.clear();
    this.read.set(digest, links);
  }

  /** Remembers which of some manifests are images. */
  note(manifests: Iterable<ManifestDescriptor>): void {
    if (this.images.size >= MOST_KEPT) this.images.clear();
    for (const manifest of manifests) if (!isIndex(manifest)) this.images.add(manifest.digest);
  }
}

/** Without what only the reader needs. */
export function plainLinks({ children, subject }: ReadLinks): ManifestLinks {
  return { children, subject };
}
