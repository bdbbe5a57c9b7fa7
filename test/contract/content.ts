import { createTinyLayer } from '../../scripts/tiny-layer';
import type { Manifest } from '../../src/registry/image-registry';
import {
  digestOf,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  manifestOf,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../support/fake-registry-manifests';

export type ContentKind = 'image' | 'index' | 'docker-image' | 'docker-list' | 'artifact';

/** A manifest with everything that has to be in the registry before it. */
export interface Content {
  readonly manifest: Manifest;
  readonly blobs: readonly Buffer[];
  readonly children: readonly Content[];
}

const TYPES = {
  oci: {
    manifest: OCI_MANIFEST,
    index: OCI_INDEX,
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    manifest: DOCKER_MANIFEST,
    index: DOCKER_LIST,
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;
type Types = (typeof TYPES)[keyof typeof TYPES];

export const ARTIFACT_TYPE = 'application/vnd.tagward.contract';
const EMPTY = Buffer.from('{}');

/** Content of a kind; the same seed is the same content. */
export function contentOf(kind: ContentKind, seed: string): Content {
  switch (kind) {
    case 'image':
      return imageOf(TYPES.oci, seed, 'amd64');
    case 'docker-image':
      return imageOf(TYPES.docker, seed, 'amd64');
    case 'index':
      return indexOf(TYPES.oci, seed);
    case 'docker-list':
      return indexOf(TYPES.docker, seed);
    case 'artifact':
      return artifactOf(seed);
  }
}

/** An OCI artifact; one with a subject is a referrer of it. */
export function artifactOf(seed: string, subject?: Manifest): Content {
  const layer = Buffer.from(`artifact ${seed}`);
  const manifest = manifestOf(OCI_MANIFEST, {
    artifactType: ARTIFACT_TYPE,
    config: descriptor('application/vnd.oci.empty.v1+json', EMPTY),
    layers: [descriptor('text/plain', layer)],
    ...(subject === undefined ? {} : { subject: descriptorOf(subject) }),
  });
  return { manifest, blobs: [EMPTY, layer], children: [] };
}

/** An index that lists manifests, as the fallback tag of referrers holds one. */
export function listOf(listed: readonly Manifest[]): Manifest {
  const manifests = listed.map((one) => ({ ...descriptorOf(one), artifactType: ARTIFACT_TYPE }));
  return manifestOf(OCI_INDEX, { manifests });
}

function imageOf(types: Types, seed: string, architecture: string): Content {
  const { packed, unpacked } = createTinyLayer(seed);
  const config = Buffer.from(
    JSON.stringify({
      ...{ os: 'linux', architecture, config: {} },
      rootfs: { type: 'layers', diff_ids: [digestOf(unpacked)] },
    }),
  );
  const manifest = manifestOf(types.manifest, {
    config: descriptor(types.config, config),
    layers: [descriptor(types.layer, packed)],
  });
  return { manifest, blobs: [config, packed], children: [] };
}

function indexOf(types: Types, seed: string): Content {
  const platforms = ['amd64', 'arm64'].map((architecture) => ({
    architecture,
    content: imageOf(types, seed, architecture),
  }));
  const manifests = platforms.map(({ architecture, content }) => ({
    ...descriptorOf(content.manifest),
    platform: { os: 'linux', architecture },
  }));
  const children = platforms.map(({ content }) => content);
  return { manifest: manifestOf(types.index, { manifests }), blobs: [], children };
}

function descriptorOf({ mediaType, bytes }: Manifest): object {
  return descriptor(mediaType, bytes);
}

function descriptor(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
