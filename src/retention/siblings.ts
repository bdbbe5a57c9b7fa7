import { DomainError } from '../core/domain-error';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { ImageRegistry, Manifest } from '../registry/image-registry';

export interface Siblings {
  /** Tags that stay. */
  readonly tags: readonly TagName[];
  /** What they point at. */
  readonly manifest: Manifest;
}

/**
 * 202 does not mean "only this tag" everywhere (P18), so a tag that stays is looked at, too. Throws
 * `deletion-unsafe` after it has put back what was taken along.
 */
export async function restoreSiblings(
  registry: ImageRegistry,
  repository: RepositoryName,
  deleted: readonly TagName[],
  { tags, manifest }: Siblings,
): Promise<void> {
  const [witness] = tags;
  if (witness === undefined) return;
  if ((await registry.findManifest(repository, witness))?.digest === manifest.digest) return;
  const { failed } = await registry.putTags(repository, tags, manifest);
  const [fault] = failed.values();
  const outcome = fault === undefined ? 'these were put back' : fault.message;
  const sentence = `deleting ${deleted.join(', ')} took ${tags.join(', ')} along; ${outcome}, and the run stops`;
  throw new DomainError('deletion-unsafe', sentence, { cause: fault });
}

/** Reads what tags that stay point at, to have it if a registry takes them along. */
export async function readSiblings(
  registry: ImageRegistry,
  repository: RepositoryName,
  digest: Digest,
  tags: readonly TagName[],
): Promise<Siblings | undefined> {
  if (tags.length === 0) return undefined;
  return { tags, manifest: await registry.getManifest(repository, digest) };
}
