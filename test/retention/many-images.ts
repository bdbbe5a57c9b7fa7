import { digestOf, uploadBlob, uploadManifest } from '../../scripts/registry-upload';
import { createTinyLayer } from '../../scripts/tiny-layer';
import { runPaced } from '../../src/retention/paced';
import type { TestRepository } from '../tagging/test-repository';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const WIDTH = 8;

export interface MadeManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** What one more manifest is put under; without a tag under its digest. */
export interface TaggedManifest {
  readonly tag?: string;
  readonly manifest: MadeManifest;
}

/** Makes manifests that share one configuration and one layer, so that hundreds are pushed fast. */
export class ManyImages {
  private constructor(
    private readonly repository: Pick<TestRepository, 'target'>,
    private readonly parts: object,
  ) {}

  static async start(repository: Pick<TestRepository, 'target'>): Promise<ManyImages> {
    const layer = createTinyLayer('shared');
    const content = {
      ...{ os: 'linux', architecture: 'amd64', config: {} },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer.unpacked)] },
    };
    const config = Buffer.from(JSON.stringify(content));
    return new ManyImages(repository, {
      config: await uploadBlob(repository.target, config, CONFIG),
      layers: [await uploadBlob(repository.target, layer.packed, LAYER)],
    });
  }

  /** The same name gives the same digest. */
  image(name: string, more: object = {}): MadeManifest {
    return manifestOf(IMAGE, { ...this.parts, annotations: { name }, ...more });
  }

  /** Says that it describes another manifest. */
  referrer(name: string, subject: MadeManifest): MadeManifest {
    const artifactType = 'application/vnd.example.sbom.v1';
    return this.image(name, { artifactType, subject: descriptorOf(subject) });
  }

  index(children: readonly MadeManifest[]): MadeManifest {
    return manifestOf(INDEX, { manifests: children.map(descriptorOf) });
  }

  /** Several at a time; none may need another one of them. */
  async push(manifests: readonly TaggedManifest[]): Promise<void> {
    await runPaced(manifests, WIDTH, async ({ tag, manifest }) => {
      const { bytes, mediaType } = manifest;
      await uploadManifest(this.repository.target, tag, bytes, mediaType);
      return 'go-on';
    });
  }

  /** An image of its own for each tag. */
  async pushTags(tags: readonly string[]): Promise<void> {
    await this.push(tags.map((tag) => ({ tag, manifest: this.image(tag) })));
  }
}

/** `<prefix>-1` and so on. */
export function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

function descriptorOf({ mediaType, digest, bytes }: MadeManifest): object {
  return { mediaType, digest, size: bytes.length };
}

function manifestOf(mediaType: string, content: object): MadeManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }, null, 2));
  return { mediaType, digest: digestOf(bytes), bytes };
}
