import { compareSpecificity, matchesGlob } from '../core/glob';
import type { RepositoryName } from '../core/names';
import type { RepositorySettings, Settings } from './settings';

/** The entry whose pattern is the most specific match; undefined when none matches. */
export function repositorySettingsFor(
  settings: Pick<Settings, 'repositories'>,
  repository: RepositoryName,
): RepositorySettings | undefined {
  let best: RepositorySettings | undefined;
  for (const entry of settings.repositories) {
    if (!matchesGlob(entry.match, repository)) continue;
    if (best === undefined || compareSpecificity(entry.match, best.match) < 0) best = entry;
  }
  return best;
}
