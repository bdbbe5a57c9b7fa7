import { repositorySettingsFor } from '../config/repository-settings';
import type { Settings } from '../config/settings';
import { isMovingTagShape } from '../core/moving-tags';
import type { RepositoryName } from '../core/names';
import { DEFAULT_RULES } from '../core/rules';
import { readerOf } from '../core/version';
import type { TagKind } from './history.schema';

/** What a tag is by its name: a moving tag, a release, or something that Tagward only watches. */
export type TagKinds = (tag: string) => TagKind;

/** Tells the kinds of a repository's tags; one that is not configured any more has the defaults. */
export function tagKindsOf(settings: Settings, repository: RepositoryName): TagKinds {
  const rules = repositorySettingsFor(settings, repository)?.rules ?? DEFAULT_RULES;
  return (tag) => {
    if (isMovingTagShape(tag, rules)) return 'moving';
    return readerOf(rules).read(tag).kind === 'version' ? 'release' : 'other';
  };
}
