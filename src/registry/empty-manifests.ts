import { createHash, randomBytes } from 'node:crypto';
import { type Digest, parseDigest } from '../core/names';
import { readManifestParts } from './answers.schema';
import type { Manifest } from './image-registry';
import { OCI_INDEX, OCI_MANIFEST } from './media-types';

/** What manifests of Tagward's own stand in for; the annotation says so to whoever finds one. */
export type EmptyKind = 'dummy' | 'scratch';

const ANNOTATIONS = {
  dummy: 'dev.tagward.dummy',
  scratch: 'dev.tagward.scratch',
} as const satisfies Record<EmptyKind, string>;

/** The blob that the OCI image spec has for a configuration without content. */
export const EMPTY_BLOB = Buffer.from('{}');

/**
 * An index of nothing: it needs no blobs, and its nonce keeps it apart from every other one, so
 * that deleting its digest takes nothing else along.
 */
export function emptyIndex(kind: EmptyKind): Manifest {
  return manifestOf(OCI_INDEX, { manifests: [], annotations: nonceOf(kind) });
}

/** The same as an image, for registries that take no empty index; it needs {@link EMPTY_BLOB}. */
export function emptyImage(kind: EmptyKind): Manifest {
  const config = {
    mediaType: 'application/vnd.oci.empty.v1+json',
    ...{ digest: digestOf(EMPTY_BLOB), size: EMPTY_BLOB.length },
  };
  const artifactType = `application/vnd.tagward.${kind}.v1+json`;
  return manifestOf(OCI_MANIFEST, {
    ...{ artifactType, config, layers: [], annotations: nonceOf(kind) },
  });
}

/** Whether a manifest is one of these, and of no use to anybody. */
export function isEmptyManifest(kind: EmptyKind, { bytes }: Pick<Manifest, 'bytes'>): boolean {
  const parts = readManifestParts(bytes);
  const isEmpty = parts?.manifests.length === 0 && parts.layers.length === 0;
  return isEmpty && bytes.includes(`"${ANNOTATIONS[kind]}"`);
}

export function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function nonceOf(kind: EmptyKind): Readonly<Record<string, string>> {
  return { [ANNOTATIONS[kind]]: randomBytes(16).toString('hex') };
}

function manifestOf(mediaType: string, parts: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...parts }));
  return { mediaType, bytes, digest: digestOf(bytes) };
}
