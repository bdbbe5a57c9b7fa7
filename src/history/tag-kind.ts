import { isMovingTagShape } from '../core/moving-tags';
import { parseVersionTag } from '../core/version';
import type { TagKind } from './history.schema';

/** What a tag is by its name: a moving tag, a release, or something that Tagward only watches. */
export function tagKindOf(tag: string): TagKind {
  if (isMovingTagShape(tag)) return 'moving';
  return parseVersionTag(tag).kind === 'version' ? 'release' : 'other';
}
