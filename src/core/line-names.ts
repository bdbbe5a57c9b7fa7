import { isTagName, type TagName } from './names';
import type { Level, RepositoryRules } from './rules';
import type { Version } from './version';

/** A level, or the full version of which only revisions differ (rule N1). */
export type LineLevel = Level | 'version';

/** How many numbers of a version a level's tag has. */
const NUMBERS_OF: Readonly<Record<Level, number>> = { patch: 3, minor: 2, major: 1, latest: 0 };

/** What tells the lines of one release apart. */
export interface LineShape {
  readonly level: LineLevel;
  /** The variant whose tag it is; empty for the bare one. */
  readonly variant: string;
  /** The name of a channel, or one of its code names; empty for the stable line. */
  readonly label: string;
  /** Whether the label stands after the variant, as the owner's text has it (rule C1). */
  readonly labelLast: boolean;
}

/** The numbers of a version that a level keeps, cut from its own text (rule L3). */
export function numbersAt(version: Version, level: LineLevel): string {
  const count = level === 'version' ? version.numbers.length : NUMBERS_OF[level];
  return version.numbers.slice(0, count).join('.');
}

/**
 * The names of one line of a version: one, or two where the rules publish both styles of the
 * prefix (rule V1). A name that breaks the grammar of tags is left out (rule P10).
 */
export function lineNames(
  version: Version,
  shape: LineShape,
  rules: Pick<RepositoryRules, 'versionPrefix' | 'variants'>,
): readonly TagName[] {
  const names =
    shape.level === 'latest'
      ? [latestName(shape, rules)]
      : prefixesOf(version, rules).map((prefix) =>
          [`${prefix}${numbersAt(version, shape.level)}`, ...suffixesOf(shape)].join('-'),
        );
  return names.filter(isTagName);
}

function latestName(shape: LineShape, { variants }: Pick<RepositoryRules, 'variants'>): string {
  const suffixes = suffixesOf(shape);
  if (suffixes.length === 0) return 'latest';
  const isPrefixed = shape.label === '' && variants.latestName === 'prefixed';
  return [...(isPrefixed ? ['latest'] : []), ...suffixes].join('-');
}

function suffixesOf({ variant, label, labelLast }: LineShape): readonly string[] {
  const suffixes = labelLast ? [variant, label] : [label, variant];
  return suffixes.filter((suffix) => suffix !== '');
}

/** A release without `v` gives bare tags under every style (rule V1). */
function prefixesOf(
  version: Version,
  { versionPrefix }: Pick<RepositoryRules, 'versionPrefix'>,
): readonly string[] {
  if (!version.prefixed) return [''];
  switch (versionPrefix) {
    case 'strip':
      return [''];
    case 'keep':
      return ['v'];
    case 'both':
      return ['', 'v'];
  }
}
