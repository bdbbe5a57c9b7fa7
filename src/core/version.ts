import { comparePrereleases } from './prerelease';
import { DEFAULT_RULES, type RepositoryRules, type Scheme } from './rules';
import { type Suffix, type SuffixFault, SuffixReader } from './suffix';

/** A version tag, read strictly from its raw text. */
export interface Version extends Suffix {
  /** The text without its prefix: `2.1.106`, `2.1.0-rc.2`, `3.12.1-alpine`. */
  readonly text: string;
  /** The numbers as they are written: moving tags are cut from them, never made anew (rule P4). */
  readonly numbers: readonly string[];
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The fourth number of a four-part version, else 0. */
  readonly build: number;
  /** Whether the text carried a leading `v`, which is no part of the version (rule P3). */
  readonly prefixed: boolean;
  /** Build metadata, which has no precedence (rule P7); empty without. */
  readonly metadata: string;
}

/** Why a tag takes part in no line (rule E1). */
export type SkipReason =
  /** A word, a hash, a date: no version at all (rule P9). */
  'other' | 'illegal-tag' | 'wrong-part-count' | SuffixFault;

export type ParsedTag =
  | { readonly kind: 'version'; readonly version: Version }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** The counts of numbers that a version may have, the usual one first (rule P2). */
const PART_COUNTS: Readonly<Record<Scheme, readonly [number, ...number[]]>> = {
  semver: [3],
  'two-part': [2],
  'four-part': [4],
  calver: [3, 2],
};

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** Groups: prefix, dotted numbers, the rest from the first character that is neither. */
const SHAPE = /^(v?)(\d+(?:\.\d+)*)(.*)$/;
const LEADING_ZERO = /(?:^|\.)0\d/;
/** `20260805`, which is no very high major, and `2026-08-20`, which is no pre-release of one. */
const DATE = /^(?:19|20)\d{6}(?:\.|$)/;
const DATE_REST = /^-\d/;
/** What `git describe` prints after the version: `-63-gc1cfb6864`. */
const DESCRIBE = /^-\d+-g[0-9a-f]{7,40}$/;
const METADATA = /^[0-9A-Za-z][0-9A-Za-z.-]*$/;

const SEPARATORS = { underscore: '_', dash: '-', drop: '', reject: '+' };

/** Reads tags by the rules of one repository: the scheme, its variants and its words. */
export class TagReader {
  private readonly suffixes: SuffixReader;

  constructor(private readonly rules: RepositoryRules) {
    this.suffixes = new SuffixReader(rules);
  }

  /**
   * Reads a tag as a version (rules P1 to P9, R1): the whole raw text, nothing trimmed, nothing
   * coerced, in linear time. The empty text is an `illegal-tag`.
   */
  read(tag: string): ParsedTag {
    if (!TAG.test(tag)) return skipped('illegal-tag');
    const shape = SHAPE.exec(tag);
    if (shape === null) return skipped('other');
    const [, prefix = '', numbers = '', rest = ''] = shape;
    const parts = numbers.split('.');
    if (isNoVersion(numbers, parts.length, rest, this.rules.scheme)) return skipped('other');
    const { base, metadata } = this.splitMetadata(rest);
    const suffix = base === undefined ? 'not-a-version' : this.suffixes.read(base);
    const fault = this.faultOf(numbers, parts, suffix);
    if (fault !== undefined) return skipped(fault);
    if (typeof suffix === 'string') return skipped(suffix);
    const text = `${numbers}${rest}`;
    return toVersion(text, parts, suffix, { prefixed: prefix !== '', metadata });
  }

  /** What is wrong with the numbers (rules P2, P4 and P5). */
  private faultOf(
    numbers: string,
    parts: readonly string[],
    suffix: Suffix | SuffixFault,
  ): SkipReason | undefined {
    if (this.rules.scheme !== 'calver' && LEADING_ZERO.test(numbers)) return 'leading-zero';
    const isPrerelease = typeof suffix !== 'string' && suffix.prerelease.length > 0;
    if (!this.hasRightCount(parts.length, isPrerelease)) return 'wrong-part-count';
    const isTooLarge = parts.some((part) => Number(part) > Number.MAX_SAFE_INTEGER);
    return isTooLarge ? 'number-too-large' : undefined;
  }

  /**
   * Reads the text of a delivery, in which build metadata may stand after a `+` that no tag can
   * have: gives the tag that it is published under by the rules (P7).
   */
  readAnnounced(text: string): { readonly tag: string; readonly parsed: ParsedTag } {
    const at = text.indexOf('+');
    if (at < 0) return { tag: text, parsed: this.read(text) };
    const [base, metadata] = [text.slice(0, at), text.slice(at + 1)];
    const mapping = this.rules.parse.buildMetadata;
    const tag = `${base}${SEPARATORS[mapping]}${mapping === 'drop' ? '' : metadata}`;
    const isReadable = mapping !== 'reject' && METADATA.test(metadata) && TAG.test(tag);
    const parsed = isReadable ? this.read(base) : skipped('illegal-tag');
    if (parsed.kind === 'skipped') return { tag, parsed };
    const version = { ...parsed.version, metadata, text: `${parsed.version.text}+${metadata}` };
    return { tag, parsed: { kind: 'version', version } };
  }

  /** Rule P7: build metadata is read back where it is mapped to `_`. */
  private splitMetadata(rest: string): { base: string | undefined; metadata: string } {
    const at = rest.indexOf('_');
    if (at < 0) return { base: rest, metadata: '' };
    const metadata = rest.slice(at + 1);
    const readable = this.rules.parse.buildMetadata === 'underscore' && METADATA.test(metadata);
    return readable ? { base: rest.slice(0, at), metadata } : { base: undefined, metadata: '' };
  }

  /** A version with a part missing must never become a stable one by guessing (rule P6). */
  private hasRightCount(count: number, isPrerelease: boolean): boolean {
    const counts = PART_COUNTS[this.rules.scheme];
    if (counts.includes(count)) return true;
    const { shortPrerelease, shortRelease } = this.rules.parse;
    if (count > counts[0]) return false;
    if (isPrerelease) return shortPrerelease === 'accept';
    return shortRelease === 'accept' && count > 1;
  }
}

/** Words, hashes, branches, dates and all-digit names (rule P9). */
function isNoVersion(numbers: string, count: number, rest: string, scheme: Scheme): boolean {
  if (count === 1 && (rest === '' || DATE_REST.test(rest))) return true;
  if (scheme !== 'calver' && DATE.test(numbers)) return true;
  return count === 1 ? !SUFFIX_START.test(rest) : DESCRIBE.test(rest);
}

/** `18-alpine` and `10beta1` are versions with parts missing; `7f3a9c2` is a hash. */
const SUFFIX_START = /^(?:-|[a-z]+\d*(?:-|$))/i;

function toVersion(
  text: string,
  numbers: readonly string[],
  suffix: Suffix,
  { prefixed, metadata }: { readonly prefixed: boolean; readonly metadata: string },
): ParsedTag {
  const [major = 0, minor = 0, patch = 0, build = 0] = numbers.map(Number);
  const { variant, prerelease, markLast, revision } = suffix;
  return {
    kind: 'version',
    // Name by name: a repository may have a hundred thousand of them.
    version: {
      text,
      numbers,
      major,
      minor,
      patch,
      build,
      prefixed,
      metadata,
      variant,
      prerelease,
      markLast,
      revision,
    },
  };
}

const readers = new WeakMap<RepositoryRules, TagReader>();

/** The reader of some rules; made once for each. */
export function readerOf(rules: RepositoryRules): TagReader {
  const reader = readers.get(rules) ?? new TagReader(rules);
  readers.set(rules, reader);
  return reader;
}

/** Reads a tag by the given rules, or by the defaults. */
export function parseVersionTag(tag: string, rules: RepositoryRules = DEFAULT_RULES): ParsedTag {
  return readerOf(rules).read(tag);
}

function skipped(reason: SkipReason): ParsedTag {
  return { kind: 'skipped', reason };
}

/**
 * Orders versions by their numbers, then by pre-release, then by revision (rules O1, P8 and N1).
 * Spelling, variant and build metadata have no part in it.
 */
export function compareVersions(left: Version, right: Version): number {
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    left.patch - right.patch ||
    left.build - right.build ||
    comparePrereleases(left.prerelease, right.prerelease) ||
    (left.revision ?? -1) - (right.revision ?? -1)
  );
}

/** The same text for all spellings of one version in one variant (rule K1). */
export function versionKey(version: Version): string {
  const { major, minor, patch, build, prerelease, revision = '', variant } = version;
  return `${major}.${minor}.${patch}.${build}-${prerelease.join('.')}-${revision}-${variant}`;
}

const EXAMPLES: Readonly<Record<Scheme, string>> = {
  semver: '3 parts, such as 2.1.107',
  'two-part': '2 parts, such as 18.6',
  'four-part': '4 parts, such as 24.10.1.2812',
  calver: '2 or 3 parts, such as 2026.07',
};

/** A sentence for each reason, shown beside the code. */
export function describeSkip(tag: string, reason: SkipReason, scheme: Scheme = 'semver'): string {
  switch (reason) {
    case 'other':
      return `${tag} is no version, so no moving tag depends on it`;
    case 'illegal-tag':
      return 'a tag has 1 to 128 letters, digits, "_", "." and "-", and starts with none of "." and "-"';
    case 'not-a-version':
      return `${tag} looks like a version but is none: what follows its numbers cannot be read`;
    case 'wrong-part-count':
      return `${tag} needs ${EXAMPLES[scheme]}`;
    case 'leading-zero':
      return `${tag} has a number with a leading zero`;
    case 'number-too-large':
      return `${tag} has a number above ${Number.MAX_SAFE_INTEGER}`;
    case 'undeclared-variant':
      return `${tag} has a suffix that is neither a declared variant nor a pre-release word, so it belongs to no line`;
  }
}
