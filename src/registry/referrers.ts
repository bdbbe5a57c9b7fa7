import type { Digest } from '../core/names';
import type { Referrer } from './image-registry';
import type { RegistryTransport } from './registry-transport';

/** What refers to a manifest; see {@link ImageRegistry.listReferrers}. */
export function listReferrers(
  _transport: RegistryTransport,
  _path: string,
  _digest: Digest,
): Promise<readonly Referrer[]> {
  return Promise.resolve([]);
}
