import { Logger } from '@nestjs/common';
import { type Digest, parseTagName, type TagName } from '../core/names';
import { deleteReference } from './deletions';
import { isEmptyManifest } from './empty-manifests';
import { findManifest, readManifest } from './manifests';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

const PROBE = 'tagward-probe-';
const RESTORE_TAG = /^tagward-restore-sha256-[0-9a-f]{64}$/;

/** The tag that would keep a digest restorable. */
export function restoreTagOf(digest: Digest): TagName {
  return parseTagName(`tagward-restore-${digest.replace(':', '-')}`);
}

/**
 * Deletes what a crash in a proof has left; see {@link ImageRegistry.dropScratch}. Throws what
 * leaves the outcome open; what the registry refuses to delete is logged and stays.
 */
export async function dropScratch(
  transport: RegistryTransport,
  path: string,
  tags: readonly TagName[],
): Promise<void> {
  const byDigest = new Map<Digest, TagName[]>();
  const found = await Promise.all(
    tags.filter(isInternal).map(async (tag) => {
      const manifest = await transport.retrying(() => readManifest(transport, path, tag));
      return { tag, manifest };
    }),
  );
  for (const { tag, manifest } of found) {
    if (manifest === undefined || !isEmptyManifest('scratch', manifest)) continue;
    byDigest.set(manifest.digest, [...(byDigest.get(manifest.digest) ?? []), tag]);
  }
  for (const [digest, onIt] of byDigest) await removeScratch(transport, path, digest, onIt);
}

/**
 * Deletes a scratch manifest and its tags, the restore form before probe tags: as long as anything
 * is left, a probe tag is, and by that it is found. Where a tag is refused, the digest takes it
 * along: nothing else is on it. Throws what leaves the outcome open.
 */
export async function removeScratch(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
  tags: readonly TagName[],
): Promise<void> {
  const restoreTag = restoreTagOf(digest);
  const all = [restoreTag, ...tags.filter((tag) => tag !== restoreTag)];
  const refusals: RegistryError[] = [];
  for (const tag of all) {
    const manifest = await transport.retrying(() => findManifest(transport, path, tag));
    if (manifest?.digest === digest) refusals.push(...(await tryDelete(transport, path, tag)));
  }
  refusals.push(...(await tryDelete(transport, path, digest)));
  const [refusal] = refusals;
  if (refusal === undefined) return;
  const left = await Promise.all(
    all.map((tag) => transport.retrying(() => findManifest(transport, path, tag))),
  );
  const names = all.filter((_tag, place) => left[place]?.digest === digest);
  if (names.length === 0) return;
  const repository = `${transport.registry.id}/${path}`;
  const facts = { repository, tags: names, digest, error: refusal.message };
  new Logger('Scratch').warn({ msg: 'scratch tags could not be deleted', ...facts });
}

/** The refusal, if the registry does not delete it and will not. */
async function tryDelete(
  transport: RegistryTransport,
  path: string,
  reference: TagName | Digest,
): Promise<readonly RegistryError[]> {
  try {
    await deleteReference(transport, path, reference);
    return [];
  } catch (error) {
    if (error instanceof RegistryError && !error.retryable) return [error];
    throw error;
  }
}

function isInternal(tag: TagName): boolean {
  return tag.startsWith(PROBE) || RESTORE_TAG.test(tag);
}
