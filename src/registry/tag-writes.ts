import type { TagName } from '../core/names';
import type { Manifest, TagWrites } from './image-registry';
import { ManifestWrite } from './manifest-write';
import type { RegistryTransport } from './registry-transport';

/** Points tags at a manifest; see {@link ImageRegistry.putTags}. */
export async function putTags(
  transport: RegistryTransport,
  path: string,
  tags: readonly TagName[],
  manifest: Manifest,
): Promise<TagWrites> {
  const written = new Set<TagName>();
  const failed = new Map<TagName, Error>();
  await Promise.all(
    [...new Set(tags)].map(async (tag) => {
      try {
        await new ManifestWrite(transport, path, tag, manifest).run();
        written.add(tag);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        failed.set(tag, error);
      }
    }),
  );
  return { written, failed };
}
