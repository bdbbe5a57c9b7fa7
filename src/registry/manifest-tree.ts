import type { Digest } from '../core/names';
import { readIndexEntries } from './answers.schema';
import { deleteReference } from './deletions';
import { getManifest, unreadable } from './manifests';
import { fallbackTagOf, listReferrers } from './referrers';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

/** What each manifest holds in place: the children of an index, and whatever refers to it. */
type Holdings = ReadonlyMap<Digest, readonly Digest[]>;

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
  const doomed = await readHoldings(transport, path, roots);
  const held = await readHoldings(transport, path, [...kept]);
  const deleted: Digest[] = [];
  for (const digest of holdersFirst(doomed)) {
    if (held.has(digest)) continue;
    await deleteReference(transport, path, digest);
    await dropFallback(transport, path, digest);
    deleted.push(digest);
  }
  return deleted;
}

/** Everything that some manifests reach, level by level: referrers may be indexes, too. */
async function readHoldings(
  transport: RegistryTransport,
  path: string,
  roots: readonly Digest[],
): Promise<Holdings> {
  const holdings = new Map<Digest, readonly Digest[]>();
  let level: readonly Digest[] = [...new Set(roots)];
  while (level.length > 0) {
    const found = await Promise.all(
      level.map(async (digest) => {
        const [children, referrers] = await Promise.all([
          childrenOf(transport, path, digest),
          listReferrers(transport, path, digest),
        ]);
        const next = [...children, ...referrers.map((referrer) => referrer.digest)];
        holdings.set(digest, next);
        return next;
      }),
    );
    level = [...new Set(found.flat())].filter((digest) => !holdings.has(digest));
  }
  return holdings;
}

/**
 * Every index before its children, whatever the order of the roots: some registries protect
 * children while the index is there. Manifests cannot list each other, since digests are of bytes.
 */
function holdersFirst(holdings: Holdings): readonly Digest[] {
  const finished = new Set<Digest>();
  const open = [...holdings.keys()].reverse();
  for (let digest = open.at(-1); digest !== undefined; digest = open.at(-1)) {
    const next = (holdings.get(digest) ?? []).filter((one) => !finished.has(one));
    if (next.length > 0 && !finished.has(digest)) {
      open.push(...next);
      continue;
    }
    finished.add(digest);
    open.pop();
  }
  return [...finished].reverse();
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
    const entries = readIndexEntries(manifest.bytes);
    if (entries === undefined) throw unreadable(transport, path, digest);
    return entries.map((entry) => entry.digest);
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
