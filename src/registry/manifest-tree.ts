import type { Digest } from '../core/names';
import { readChildren } from './answers.schema';
import { deleteReference } from './deletions';
import { getManifest } from './manifests';
import { fallbackTagOf, listReferrers } from './referrers';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

/** What some manifests hold in place: each one's children before its referrers, none twice. */
type Reach = ReadonlySet<Digest>;

/**
 * Deletes manifests with their children and referrers, except what kept ones reach; see
 * {@link ImageRegistry.deleteUnreached}.
 */
export async function deleteUnreached(
  transport: RegistryTransport,
  path: string,
  roots: readonly Digest[],
  kept: ReadonlySet<Digest>,
): Promise<readonly Digest[]> {
  // All of it before the first delete: what cannot be read may hold anything.
  const [doomed, held] = [
    await readReach(transport, path, roots),
    await readReach(transport, path, [...kept]),
  ];
  const deleted: Digest[] = [];
  for (const digest of doomed) {
    if (held.has(digest)) continue;
    await deleteReference(transport, path, digest);
    await dropFallback(transport, path, digest);
    deleted.push(digest);
  }
  return deleted;
}

/** Indexes come before their children, which some registries protect as long as the index is there. */
async function readReach(
  transport: RegistryTransport,
  path: string,
  roots: readonly Digest[],
): Promise<Reach> {
  const children = await readClosure(roots, (digest) => childrenOf(transport, path, digest));
  return readClosure([...children], async (digest) => {
    const referrers = await listReferrers(transport, path, digest);
    return referrers.map((referrer) => referrer.digest);
  });
}

async function readClosure(
  roots: readonly Digest[],
  next: (digest: Digest) => Promise<readonly Digest[]>,
): Promise<Reach> {
  const reached = new Set(roots);
  let level: readonly Digest[] = [...reached];
  while (level.length > 0) {
    const found = (await Promise.all(level.map(next))).flat();
    level = [...new Set(found)].filter((digest) => !reached.has(digest));
    for (const digest of level) reached.add(digest);
  }
  return reached;
}

/** Empty for an image, and for what is not there: an index may list platforms that nobody pushed. */
async function childrenOf(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<readonly Digest[]> {
  try {
    const known = transport.manifests.get(path, digest);
    const manifest =
      known ?? (await transport.retrying(() => getManifest(transport, path, digest)));
    transport.manifests.add(path, manifest);
    return readChildren(manifest.bytes);
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'manifest-unknown') return [];
    throw error;
  }
}

/** Where there is no referrers API the list of referrers is a tag of its own, which nobody needs now. */
async function dropFallback(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<void> {
  const { referrers, tagDelete } = await transport.capabilities.all();
  if (referrers !== 'unsupported' || tagDelete !== 'works') return;
  await deleteReference(transport, path, fallbackTagOf(digest));
}
