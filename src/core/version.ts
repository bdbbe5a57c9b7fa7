import { parse, type SemVer } from 'semver';

/** A version tag, read strictly from its raw text. */
export interface Version {
  /** The text without its prefix: `2.1.106`, `2.1.0-rc.2`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Whether the text carried a leading `v`, which is no part of the version (rule P3). */
  readonly prefixed: boolean;
  /** Whether a suffix marks it as a pre-release (rules R1 and P8). */
  readonly prerelease: boolean;
  readonly semver: SemVer;
}

/** Why a tag takes part in no line (rule E1). */
export type SkipReason =
  /** A word, a hash, a date: no version at all (rule P9). */
  | 'other'
  | 'illegal-tag'
  | 'not-a-version'
  | 'wrong-part-count'
  | 'leading-zero'
  | 'number-too-large'
  | 'undeclared-variant';

export type ParsedTag =
  | { readonly kind: 'version'; readonly version: Version }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

const PRERELEASE_WORDS = [
  ...['alpha', 'beta', 'rc', 'cr', 'm', 'milestone', 'dev', 'pre', 'preview', 'ea'],
  ...['snapshot', 'next', 'nightly', 'experimental'],
];
const PRERELEASE_IDENTIFIER = new RegExp(`^(?:(?:${PRERELEASE_WORDS.join('|')})\\d*|\\d+)$`);

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** Groups: prefix, dotted numbers, the rest from the first character that is neither. */
const SHAPE = /^(v?)(\d+(?:\.\d+)*)(.*)$/;
const LEADING_ZERO = /(?:^|\.)0\d/;
/** What `git describe` prints after the version: `-63-gc1cfb6864`. */
const DESCRIBE = /^-\d+-g[0-9a-f]{7,40}$/;

/**
 * Reads a tag as a three-part version (rules P1 to P9, R1): the whole raw text, nothing trimmed,
 * nothing coerced, in linear time. The empty text is an `illegal-tag`.
 */
export function parseVersionTag(text: string): ParsedTag {
  if (!TAG.test(text)) return skipped('illegal-tag');
  const shape = SHAPE.exec(text);
  if (shape === null) return skipped('other');
  const [, prefix = '', numbers = '', rest = ''] = shape;
  const parts = numbers.split('.');
  // `1234567` is a build number and `20260805` a date, not very high majors (rule P9).
  if (parts.length === 1) return skipped('other');
  if (DESCRIBE.test(rest)) return skipped('other');
  if (LEADING_ZERO.test(numbers)) return skipped('leading-zero');
  if (parts.length !== 3) return skipped('wrong-part-count');
  if (parts.some((part) => Number(part) > Number.MAX_SAFE_INTEGER)) {
    return skipped('number-too-large');
  }
  return parseSuffixed(`${numbers}${rest}`, rest, prefix === 'v');
}

function parseSuffixed(text: string, rest: string, prefixed: boolean): ParsedTag {
  const suffix = suffixOf(rest);
  if (suffix.kind === 'skipped') return suffix;
  const semver = parse(text);
  if (semver === null) return skipped('not-a-version');
  const { major, minor, patch } = semver;
  return {
    kind: 'version',
    version: { text, major, minor, patch, prefixed, prerelease: rest !== '', semver },
  };
}

/** Decides what follows the numbers: nothing, pre-release identifiers, or something else. */
function suffixOf(rest: string): { kind: 'known' } | { kind: 'skipped'; reason: SkipReason } {
  if (rest === '') return { kind: 'known' };
  if (!rest.startsWith('-')) return skipped('not-a-version');
  const identifiers = rest.slice(1).split(/[-.]/);
  if (!identifiers.every((identifier) => PRERELEASE_IDENTIFIER.test(identifier))) {
    return skipped('undeclared-variant');
  }
  return identifiers.some((identifier) => /^0\d/.test(identifier))
    ? skipped('leading-zero')
    : { kind: 'known' };
}

function skipped(reason: SkipReason): { kind: 'skipped'; reason: SkipReason } {
  return { kind: 'skipped', reason };
}

/** Orders versions as semver section 11 does; a total order on everything but spelling. */
export function compareVersions(left: Version, right: Version): number {
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    left.patch - right.patch ||
    left.semver.comparePre(right.semver)
  );
}

/** A sentence for each reason, shown beside the code. */
export function describeSkip(tag: string, reason: SkipReason): string {
  switch (reason) {
    case 'other':
      return `${tag} is no version, so no moving tag depends on it`;
    case 'illegal-tag':
      return 'a tag has 1 to 128 letters, digits, "_", "." and "-", and starts with none of "." and "-"';
    case 'not-a-version':
      return `${tag} looks like a version but is none: after the numbers only "-" and a suffix may follow`;
    case 'wrong-part-count':
      return `${tag} needs 3 parts, such as 2.1.107`;
    case 'leading-zero':
      return `${tag} has a number with a leading zero`;
    case 'number-too-large':
      return `${tag} has a number above ${Number.MAX_SAFE_INTEGER}`;
    case 'undeclared-variant':
      return `${tag} has a suffix that is no pre-release word, so it belongs to no line`;
  }
}
