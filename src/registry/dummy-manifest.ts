import { createHash, randomBytes } from 'node:crypto';
import { parseDigest } from '../core/names';
import { readIndexEntries } from './answers.schema';
import type { Manifest } from './image-registry';
import { OCI_INDEX } from './media-types';

const ANNOTATION = 'dev.tagward.dummy';

/**
 * An empty index that stands in for tags while they are deleted: it needs no blobs, and its nonce
 * keeps it apart from every other one, so that deleting its digest takes nothing else along.
 */
export function dummyManifest(): Manifest {
  const annotations = { [ANNOTATION]: randomBytes(16).toString('hex') };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations };
  const bytes = Buffer.from(JSON.stringify(index));
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return { mediaType: OCI_INDEX, bytes, digest };
}

/** Whether a manifest is one that a crash left behind. */
export function isDummyManifest({ bytes }: Manifest): boolean {
  return readIndexEntries(bytes)?.length === 0 && bytes.includes(`"${ANNOTATION}"`);
}
