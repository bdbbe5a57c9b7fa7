import { z } from 'zod';
import { type Digest, isDigest, parseDigest, type TagName } from '../core/names';
import type { Answer } from './answer';
import { readManifestBody } from './answers.schema';
import { uploadUrlOf } from './blobs';
import { readManifest } from './manifests';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

/** An upload that is not there any more has been cancelled as well. */
const CANCELLED = new Set([200, 202, 204, 404]);

const DigestText = z.string().refine(isDigest).transform(parseDigest);
const ManifestParts = z.object({
  config: z.object({ digest: DigestText }).optional().catch(undefined),
  manifests: z
    .array(z.object({ digest: DigestText }))
    .optional()
    .catch(undefined),
});

/**
 * A blob that the repository has: the configuration of an image, or of the first image of an index.
 * Undefined where there is none. Counts as one pull or two where pulls are counted.
 */
export async function findBlob(
  transport: RegistryTransport,
  path: string,
  tag: TagName,
): Promise<Digest | undefined> {
  const { config, manifests } = await readParts(transport, path, tag);
  const child = manifests?.[0]?.digest;
  if (config !== undefined || child === undefined) return config?.digest;
  return (await readParts(transport, path, child)).config?.digest;
}

async function readParts(
  transport: RegistryTransport,
  path: string,
  reference: TagName | Digest,
): Promise<z.infer<typeof ManifestParts>> {
  const manifest = await transport.retrying(() => readManifest(transport, path, reference));
  return ManifestParts.parse((manifest && readManifestBody(manifest.bytes)) ?? {});
}

/**
 * Does what needs the right to push and changes nothing: mounts a blob where it is already, or,
 * where that is not possible, begins an upload and cancels it. Whether nothing is left of it: some
 * registries let only those cancel who may delete. Not retried: after a lost answer the first upload
 * would stay open. Throws what keeps the account from pushing.
 */
export async function probePush(
  transport: RegistryTransport,
  path: string,
  blob: Digest | undefined,
): Promise<'clean' | 'left'> {
  const plain = transport.urlOf(path, 'blobs/uploads/');
  const mounted = blob === undefined ? undefined : await mount(transport, path, blob);
  if (mounted?.status === 201) return 'clean';
  if (mounted?.status === 403) throw transport.statusError(mounted);
  const begun =
    mounted?.status === 202 ? mounted : await send(transport, path, { method: 'POST', url: plain });
  if (begun.status !== 202) throw transport.statusError(begun);
  return (await cancel(transport, path, begun)) ? 'clean' : 'left';
}

/** A mount from the repository itself: 201 and nothing new, or 202 and an upload (spec: end-11). */
function mount(transport: RegistryTransport, path: string, blob: Digest): Promise<Answer> {
  const url = transport.urlOf(path, 'blobs/uploads/');
  url.searchParams.set('mount', blob);
  url.searchParams.set('from', path);
  return send(transport, path, { method: 'POST', url });
}

async function cancel(transport: RegistryTransport, path: string, begun: Answer): Promise<boolean> {
  const url = uploadUrlOf(begun);
  if (url === undefined) return false;
  try {
    return CANCELLED.has((await send(transport, path, { method: 'DELETE', url })).status);
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}

function send(
  transport: RegistryTransport,
  path: string,
  request: { readonly method: 'POST' | 'DELETE'; readonly url: URL },
): Promise<Answer> {
  const cap = { bytes: transport.tuning.maxErrorBytes, over: 'cut' } as const;
  return transport.request({ ...request, access: { path, action: 'push' }, cap });
}
