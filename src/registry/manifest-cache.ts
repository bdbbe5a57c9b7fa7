import type { Digest } from '../core/names';
import type { Manifest } from './image-registry';

const MOST_BYTES = 32 * 1024 * 1024;
/** Beside the bytes of a small manifest its entry weighs, too. */
const ENTRY_BYTES = 512;

/**
 * Manifests by digest, the least recently used ones dropped first. Entries never go stale: bytes
 * belong to their digest for ever, and a write of one that was deleted meanwhile brings it back or
 * fails.
 */
export class ManifestCache {
  private readonly entries = new Map<string, Manifest>();
  private bytes = 0;

  constructor(private readonly mostBytes = MOST_BYTES) {}

  get(path: string, digest: Digest): Manifest | undefined {
    const key = `${path}@${digest}`;
    const manifest = this.entries.get(key);
    if (manifest === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, manifest);
    return manifest;
  }

  add(path: string, manifest: Manifest): void {
    const key = `${path}@${manifest.digest}`;
    this.drop(key);
    this.entries.set(key, manifest);
    this.bytes += weightOf(manifest);
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.mostBytes) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const manifest = this.entries.get(key);
    if (manifest === undefined) return;
    this.entries.delete(key);
    this.bytes -= weightOf(manifest);
  }
}

function weightOf({ bytes }: Manifest): number {
  return bytes.length + ENTRY_BYTES;
}
