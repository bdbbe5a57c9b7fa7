import {
  digestOf,
  uploadBlob,
  uploadManifest,
  type Descriptor,
  type UploadTarget,
} from './registry-upload';
import { createTinyLayer } from './tiny-layer';

const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;
const DEFAULT_PLATFORM = 'linux/amd64';
const DEFAULT_PLATFORMS = ['linux/amd64', 'linux/arm64'];

/** Equal `content`, `created` and platforms give equal digests, everywhere and always. */
export interface ImageToPush extends UploadTarget {
  /** Without a tag the image is put under its digest alone. */
  readonly tag?: string;
  readonly content: string;
  /** `os/architecture`; default linux/amd64. */
  readonly platform?: string;
  /** RFC 3339; the image's age as the registry's clients see it. Absent by default. */
  readonly created?: string;
}

export interface IndexToPush extends Omit<ImageToPush, 'platform'> {
  /** Default linux/amd64 and linux/arm64. */
  readonly platforms?: readonly string[];
}

export interface PushedIndex extends Descriptor {
  /** In the order of the platforms. They have no tags. */
  readonly children: readonly Descriptor[];
}

/** Pushes an OCI image with one small layer. */
export function pushImage(image: ImageToPush): Promise<Descriptor> {
  return pushManifest(image, OCI);
}

/** Pushes the same image in the older format, Docker manifest version 2, schema 2. */
export function pushDockerSchema2(image: ImageToPush): Promise<Descriptor> {
  return pushManifest(image, DOCKER);
}

/** Pushes an OCI index with one image for each platform. */
export async function pushIndex(index: IndexToPush): Promise<PushedIndex> {
  const { tag, platforms = DEFAULT_PLATFORMS, ...shared } = index;
  const children: Descriptor[] = [];
  const manifests: object[] = [];
  for (const platform of platforms) {
    const child = await pushImage({ ...shared, platform });
    children.push(child);
    manifests.push({ ...child, platform: platformOf(platform) });
  }
  const body = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  const pushed = await uploadManifest(index, tag, jsonBytes(body), OCI_INDEX);
  return { ...pushed, children };
}

async function pushManifest(
  image: ImageToPush,
  types: typeof OCI | typeof DOCKER,
): Promise<Descriptor> {
  const layer = createTinyLayer(image.content);
  const config = jsonBytes({
    ...(image.created === undefined ? {} : { created: image.created }),
    ...platformOf(image.platform ?? DEFAULT_PLATFORM),
    config: {},
    rootfs: { type: 'layers', diff_ids: [digestOf(layer.unpacked)] },
  });
  const body = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: await uploadBlob(image, config, types.config),
    layers: [await uploadBlob(image, layer.packed, types.layer)],
  };
  return uploadManifest(image, image.tag, jsonBytes(body), types.manifest);
}

function platformOf(platform: string): { readonly os: string; readonly architecture: string } {
  const [os = '', architecture = ''] = platform.split('/');
  return { os, architecture };
}

function jsonBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
