import { parseTagName, type TagName } from './names';
import type { Level, RepositoryRules } from './rules';
import type { Version } from './version';

/** Why a tag that a version could have is not published. */
export type UnpublishedReason = 'level-off' | 'zero-major-off';

/** One moving tag of a version's lines. */
export interface MovingTag {
  readonly tag: TagName;
  readonly level: Level;
  /** Undefined when the rules publish the tag. */
  readonly unpublished: UnpublishedReason | undefined;
}

const MOVING_TAG_SHAPE = /^(?:latest|v?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))?)$/;

/**
 * The moving tags whose lines a version belongs to, published or not, most specific first.
 * Prefixes of the version's own text (rule L3) in the styles of rule V1.
 */
export function movingTagsOf(version: Version, rules: RepositoryRules): readonly MovingTag[] {
  const tags: MovingTag[] = [];
  for (const prefix of prefixesOf(version, rules)) {
    tags.push(movingTag(`${prefix}${version.major}.${version.minor}`, 'minor', version, rules));
    tags.push(movingTag(`${prefix}${version.major}`, 'major', version, rules));
  }
  tags.push(movingTag('latest', 'latest', version, rules));
  return tags;
}

/** The moving tags of a version that the rules publish. */
export function publishedTagsOf(version: Version, rules: RepositoryRules): readonly TagName[] {
  return movingTagsOf(version, rules)
    .filter((moving) => moving.unpublished === undefined)
    .map((moving) => moving.tag);
}

/** Whether a tag is named as a moving tag would be: `latest`, `2`, `2.1`, `v2.1`. */
export function isMovingTagShape(tag: string): boolean {
  return MOVING_TAG_SHAPE.test(tag);
}

/** A release without `v` gives bare tags under every style (rule V1). */
function prefixesOf(version: Version, rules: RepositoryRules): readonly string[] {
  if (!version.prefixed) return [''];
  switch (rules.versionPrefix) {
    case 'strip':
      return [''];
    case 'keep':
      return ['v'];
    case 'both':
      return ['', 'v'];
  }
}

function movingTag(
  text: string,
  level: Level,
  version: Version,
  rules: RepositoryRules,
): MovingTag {
  return { tag: parseTagName(text), level, unpublished: unpublishedReason(level, version, rules) };
}

/** Rule Z1: 0.x minors may break, so neither `0` nor `0.0` promises anything. */
function unpublishedReason(
  level: Level,
  version: Version,
  rules: RepositoryRules,
): UnpublishedReason | undefined {
  if (!rules.levels.includes(level)) return 'level-off';
  if (rules.zeroMajor || version.major !== 0 || level === 'latest') return undefined;
  return level === 'major' || version.minor === 0 ? 'zero-major-off' : undefined;
}
