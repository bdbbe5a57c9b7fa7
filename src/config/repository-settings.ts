import { compareSpecificity, globMatcher } from '../core/glob';
import type { RepositoryName } from '../core/names';
import type { RepositorySettings, Settings } from './settings';

/** The entry whose pattern is the most specific match; undefined when none matches. */
export function repositorySettingsFor(
  settings: Pick<Settings, 'repositories'>,
  repository: RepositoryName,
): RepositorySettings | undefined {
  let best: RepositorySettings | undefined;
  for (const entry of settings.repositories) {
    if (!matcherOf(entry)(repository)) continue;
    if (best === undefined || compareSpecificity(entry.match, best.match) < 0) best = entry;
  }
  return best;
}

/** Every delivery asks, so a pattern is read once. */
const matchers = new WeakMap<RepositorySettings, ReturnType<typeof globMatcher>>();

function matcherOf(entry: RepositorySettings): ReturnType<typeof globMatcher> {
  const known = matchers.get(entry);
  if (known !== undefined) return known;
  const matcher = globMatcher(entry.match);
  matchers.set(entry, matcher);
  return matcher;
}
