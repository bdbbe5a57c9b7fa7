import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

export function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/** Any JSON as a manifest. Indented unlike `JSON.stringify`, so that re-serialising changes it. */
export function manifestOf(mediaType: string, json: object): Manifest {
  const bytes = Buffer.from(
    `${JSON.stringify({ schemaVersion: 2, mediaType, ...json }, null, 3)}\n`,
  );
  return { mediaType, bytes, digest: digestOf(bytes) };
}

/** A legal OCI image manifest of one layer; the same seed gives the same digest. */
export function ociImage(seed: string): Manifest {
  return manifestOf(OCI_MANIFEST, imageParts(seed, 'application/vnd.oci.image.config.v1+json'));
}

/** A legal Docker schema 2 manifest of one layer. */
export function dockerImage(seed: string): Manifest {
  return manifestOf(
    DOCKER_MANIFEST,
    imageParts(seed, 'application/vnd.docker.container.image.v1+json'),
  );
}

/** A legal OCI index of the children; put them into the registry first. */
export function ociIndex(children: readonly Manifest[], annotations: object = {}): Manifest {
  return manifestOf(OCI_INDEX, { manifests: childrenOf(children), annotations });
}

/** A Docker manifest list of the children. */
export function dockerList(children: readonly Manifest[]): Manifest {
  return manifestOf(DOCKER_LIST, { manifests: childrenOf(children) });
}

function childrenOf(children: readonly Manifest[]): readonly object[] {
  return children.map(({ mediaType, digest, bytes }, number) => ({
    mediaType,
    digest,
    size: bytes.length,
    platform: { os: 'linux', architecture: number === 0 ? 'amd64' : 'arm64' },
  }));
}

function imageParts(seed: string, configType: string): object {
  const blob = (name: string): object => {
    const bytes = Buffer.from(`${name} of ${seed}`);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  return {
    config: { mediaType: configType, ...blob('config') },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...blob('layer') }],
    annotations: { 'org.example.seed': seed },
  };
}
