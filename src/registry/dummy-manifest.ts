import { createHash, randomBytes } from 'node:crypto';
import { parseDigest } from '../core/names';
import type { Manifest } from './image-registry';
import { OCI_INDEX } from './media-types';

/**
 * An empty index that stands in for tags while they are deleted: it needs no blobs, and its nonce
 * keeps it apart from every other one, so that deleting its digest takes nothing else along.
 */
export function dummyManifest(): Manifest {
  const annotations = { 'dev.tagward.dummy': randomBytes(16).toString('hex') };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations };
  const bytes = Buffer.from(JSON.stringify(index));
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return { mediaType: OCI_INDEX, bytes, digest };
}
