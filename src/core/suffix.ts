import { globMatcher } from './glob';
import { type PrereleaseMark, readIdentifier } from './prerelease';
import type { RepositoryRules } from './rules';

/** What follows the numbers of a version. */
export interface Suffix {
  /** Declared variants joined by `-`; empty without one. */
  readonly variant: string;
  readonly prerelease: PrereleaseMark;
  /** Whether the pre-release word stands after the variant, as in `-ubi10-rc`. */
  readonly markLast: boolean;
  /** The N of `-rN` or of a numeric suffix that counts corrections (rules N1 and P8). */
  readonly revision: number | undefined;
}

const NO_SUFFIX: Suffix = {
  variant: '',
  prerelease: [],
  markLast: false,
  revision: undefined,
};

export type SuffixFault =
  'not-a-version' | 'leading-zero' | 'number-too-large' | 'undeclared-variant';

/** Glued to the number these count, too: `3.5.0a4` (rule P6). */
const GLUED_WORDS = ['a', 'b', 'c'];
const GLUED = /^[A-Za-z]+\d*/;
const REVISION = /^r(\d+)$/;
const NUMBER = /^\d+$/;

/**
 * Whether a declared variant is meant by a text. A `*` stands within one segment, so that
 * `alpine*` does not take the `-rc1` after it along (rule R1).
 */
export function matchesVariant(glob: string, text: string): boolean {
  return variantMatcher(glob)(text);
}

function variantMatcher(glob: string): (text: string) => boolean {
  const matches = globMatcher(glob.replaceAll('-', '/'));
  return (text) => matches(text.replaceAll('-', '/'));
}

/** Reads what follows the numbers, segment by segment (rule R1). Made once for some rules. */
export class SuffixReader {
  private readonly words: ReadonlySet<string>;
  private readonly gluedWords: ReadonlySet<string>;
  private readonly variantMatchers: readonly ((text: string) => boolean)[];
  private readonly variants = new Map<string, boolean>();

  constructor(private readonly rules: RepositoryRules) {
    this.words = new Set(rules.prereleaseWords.map((word) => word.toLowerCase()));
    this.gluedWords = new Set([...this.words, ...GLUED_WORDS]);
    this.variantMatchers = rules.variants.known.map(variantMatcher);
  }

  /** `rest` begins with the first character after the numbers; empty gives {@link NO_SUFFIX}. */
  read(rest: string): Suffix | SuffixFault {
    if (rest === '') return NO_SUFFIX;
    if (rest.startsWith('-')) return this.readSegments(rest.slice(1), []);
    const glued = GLUED.exec(rest)?.[0] ?? '';
    const mark = readIdentifier(glued, this.gluedWords);
    if (mark === undefined || this.rules.parse.gluedPrerelease === 'reject') return 'not-a-version';
    const after = rest.slice(glued.length);
    if (after === '') return { ...NO_SUFFIX, prerelease: mark };
    return after.startsWith('-') ? this.readSegments(after.slice(1), mark) : 'not-a-version';
  }

  private readSegments(text: string, glued: PrereleaseMark): Suffix | SuffixFault {
    const segments = text.split('-');
    if (segments.includes('')) return 'not-a-version';
    const found = new FoundSegments(glued);
    for (let at = 0; at < segments.length;) {
      const length = this.variantLengthAt(segments, at);
      if (length > 0) found.addVariant(segments.slice(at, at + length).join('-'));
      else {
        const fault = this.readSegment(segments[at] ?? '', found);
        if (fault !== undefined) return fault;
      }
      at += Math.max(1, length);
    }
    return found.toSuffix();
  }

  /** How many segments from here on make up one declared variant; the longest counts. */
  private variantLengthAt(segments: readonly string[], at: number): number {
    for (let end = segments.length; end > at; end -= 1) {
      if (this.isVariant(segments.slice(at, end).join('-'))) return end - at;
    }
    return 0;
  }

  private isVariant(text: string): boolean {
    const known = this.variants.get(text);
    if (known !== undefined) return known;
    const isVariant = this.variantMatchers.some((matches) => matches(text));
    if (this.variants.size < MOST_REMEMBERED) this.variants.set(text, isVariant);
    return isVariant;
  }

  private readSegment(segment: string, found: FoundSegments): SuffixFault | undefined {
    const revision = this.rules.revisions ? REVISION.exec(segment)?.[1] : undefined;
    if (revision !== undefined) return found.setRevision(revision);
    const { numericSuffix } = this.rules.parse;
    if (NUMBER.test(segment) && !found.endsInMark() && numericSuffix !== 'prerelease') {
      return numericSuffix === 'reject' ? 'not-a-version' : found.setRevision(segment);
    }
    return found.addMark(segment, this.words);
  }
}

/** Texts come from registries, so what is remembered of them has a limit. */
const MOST_REMEMBERED = 10_000;

/** Segments as they are found. */
class FoundSegments {
  private readonly variants: string[] = [];
  private readonly mark: (string | number)[];
  private markLast = false;
  private markEnds: boolean;
  private revision: number | undefined;

  constructor(glued: PrereleaseMark) {
    this.mark = [...glued];
    this.markEnds = glued.length > 0;
  }

  addVariant(variant: string): void {
    this.variants.push(variant);
    this.markEnds = false;
  }

  setRevision(digits: string): SuffixFault | undefined {
    const fault = faultOfNumber(digits);
    if (fault !== undefined) return fault;
    if (this.revision !== undefined) return 'not-a-version';
    this.revision = Number(digits);
    this.markEnds = false;
    return undefined;
  }

  /** Whether the last segment was of a pre-release: a number after it is part of that. */
  endsInMark(): boolean {
    return this.markEnds;
  }

  addMark(segment: string, words: ReadonlySet<string>): SuffixFault | undefined {
    const identifiers = segment.split('.');
    const items = identifiers.map((identifier) => readIdentifier(identifier, words));
    if (items.includes(undefined)) return 'undeclared-variant';
    for (const identifier of identifiers) {
      const fault = faultOfNumber(identifier);
      if (fault !== undefined) return fault;
    }
    if (this.mark.length === 0) this.markLast = this.variants.length > 0;
    this.mark.push(...items.flatMap((item) => item ?? []));
    this.markEnds = true;
    return undefined;
  }

  toSuffix(): Suffix {
    const { mark, markLast, revision } = this;
    return { variant: this.variants.join('-'), prerelease: mark, markLast, revision };
  }
}

/** Rules P4 and P5; undefined for a text that is no number or a good one. */
function faultOfNumber(text: string): SuffixFault | undefined {
  if (/^0\d+$/.test(text)) return 'leading-zero';
  const digits = /\d*$/.exec(text)?.[0] ?? '';
  return Number(digits) > Number.MAX_SAFE_INTEGER ? 'number-too-large' : undefined;
}
