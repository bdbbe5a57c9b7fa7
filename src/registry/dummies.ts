import type { Digest, TagName } from '../core/names';
import { deleteReference } from './deletions';
import type { Manifest } from './image-registry';
import { findManifest } from './manifests';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { TagWriting } from './tag-writes';

/**
 * Deletes a dummy, and with it the tags that still point at it; see
 * {@link ImageRegistry.finishDummy}. Where the registry refuses, the tags get back what they had:
 * otherwise they would be left on something that nobody can pull.
 */
export async function finishDummy(
  transport: RegistryTransport,
  path: string,
  dummy: Digest,
  before: ReadonlyMap<TagName, Manifest>,
): Promise<RegistryError | undefined> {
  try {
    await deleteReference(transport, path, dummy);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.retryable) throw error;
    transport.capabilities.doubt('digestDelete');
    await putBack(transport, path, dummy, before);
    return error;
  }
}

async function putBack(
  transport: RegistryTransport,
  path: string,
  dummy: Digest,
  before: ReadonlyMap<TagName, Manifest>,
): Promise<void> {
  const faults = await Promise.all(
    Array.from(before, async ([tag, manifest]): Promise<readonly Error[]> => {
      // Whoever moved the tag meanwhile is right.
      const found = await transport.retrying(() => findManifest(transport, path, tag));
      if (found?.digest !== dummy) return [];
      const { failed } = await new TagWriting(transport, path, manifest).run([tag]);
      return [...failed.values()];
    }),
  );
  const [first] = faults.flat();
  if (first === undefined) return;
  const names = [...before.keys()].join(', ');
  const sentence = `Tags of ${transport.registry.id}/${path} still stand on a dummy (${names}), because they could not be put back: ${first.message}`;
  throw new RegistryError('server-error', sentence, { cause: first, retryable: true });
}
