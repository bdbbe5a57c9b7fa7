import { emptyIndex, isEmptyManifest } from './empty-manifests';
import type { Manifest } from './image-registry';

/** An index of nothing that stands in for tags while they are deleted. */
export function dummyManifest(): Manifest {
  return emptyIndex('dummy');
}

/** Whether a manifest is one that a crash left behind. */
export function isDummyManifest(manifest: Manifest): boolean {
  return isEmptyManifest('dummy', manifest);
}
