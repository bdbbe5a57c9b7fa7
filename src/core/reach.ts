import { matchesGlob } from './glob';
import type { RepositoryName } from './names';

/**
 * Which repositories a caller sees and works on: all, or those that one of the globs over
 * `<registry>/<path>` matches. An empty list reaches nothing.
 */
export type Reach = 'all' | readonly string[];

export function isInReach(reach: Reach, repository: RepositoryName): boolean {
  return reach === 'all' || reach.some((glob) => matchesGlob(glob, repository));
}
