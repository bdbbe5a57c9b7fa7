import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pushImage, pushIndex } from '../../scripts/push-image';
import { runnableTool, type RunnableTool } from '../../scripts/runnable-tool';
import { createTinyLayer } from '../../scripts/tiny-layer';

const run = promisify(execFile);
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** Where an image goes to. */
interface PushTarget {
  /** The registry's URL. */
  readonly url: string;
  readonly repository: string;
  readonly tag: string;
}

/** Something that people push images with. */
export interface Pusher {
  readonly name: string;
  push(target: PushTarget): Promise<void>;
  /** An image for two platforms; absent where the tool makes none. */
  readonly pushIndex?: (target: PushTarget) => Promise<void>;
}

/** The tools that are installed here, and the project's own pusher; prints which are not. */
export function installedPushers(): readonly [Pusher, ...Pusher[]] {
  const own: Pusher = {
    name: 'push-image.ts',
    push: async (target) => {
      await pushImage({ ...target, content: nameOf(target) });
    },
    pushIndex: async (target) => {
      await pushIndex({ ...target, content: nameOf(target) });
    },
  };
  return [own, ...ofTool('crane', craneOf), ...ofTool('skopeo', skopeoOf)];
}

function ofTool(name: 'crane' | 'skopeo', make: (tool: RunnableTool) => Pusher): readonly Pusher[] {
  const tool = runnableTool(name);
  if (typeof tool !== 'string') return [make(tool)];
  process.stderr.write(`skipped pushes with ${name}: ${tool}\n`);
  return [];
}

function craneOf({ path, env }: RunnableTool): Pusher {
  const crane = async (...args: readonly string[]): Promise<void> => {
    await run(path, [...args, '--insecure'], { env });
  };
  const append = (target: PushTarget): Promise<void> =>
    inFolder(async (folder) => {
      const layer = join(folder, 'layer.tar');
      writeFileSync(layer, createTinyLayer(nameOf(target)).unpacked);
      await crane('append', '--oci-empty-base', '-f', layer, '-t', nameOf(target));
    });
  return {
    name: 'crane',
    push: append,
    pushIndex: async (target) => {
      const parts = ['amd64', 'arm64'].map((part) => ({ ...target, tag: `${target.tag}-${part}` }));
      for (const part of parts) await append(part);
      const members = parts.flatMap((part) => ['-m', nameOf(part)]);
      await crane('index', 'append', ...members, '-t', nameOf(target));
    },
  };
}

function skopeoOf({ path, env }: RunnableTool): Pusher {
  return {
    name: 'skopeo',
    push: (target) =>
      inFolder(async (folder) => {
        writeLayout(folder, nameOf(target));
        const from = `oci:${folder}:image`;
        const to = `docker://${nameOf(target)}`;
        const args = ['--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false', from, to];
        await run(path, args, { env });
      }),
  };
}

function nameOf({ url, repository, tag }: PushTarget): string {
  return `${new URL(url).host}/${repository}:${tag}`;
}

/** An image in the layout that OCI gives it on a disk. */
function writeLayout(folder: string, content: string): void {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const store = (bytes: Buffer, mediaType: string): Record<string, unknown> => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const layer = createTinyLayer(content);
  const diffId = createHash('sha256').update(layer.unpacked).digest('hex');
  const platform = { os: 'linux', architecture: 'amd64' };
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] } };
  const manifest = {
    ...{ schemaVersion: 2, mediaType: MANIFEST },
    config: store(Buffer.from(JSON.stringify(config)), CONFIG),
    layers: [store(layer.packed, LAYER)],
  };
  const image = store(Buffer.from(JSON.stringify(manifest)), MANIFEST);
  const annotations = { 'org.opencontainers.image.ref.name': 'image' };
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...image, annotations }] };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-push-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
