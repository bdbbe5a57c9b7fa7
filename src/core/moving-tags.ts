import { channelsOf } from './channels';
import { membershipsOf } from './memberships';
import type { TagName } from './names';
import { type Release, isPrerelease } from './release';
import { DEFAULT_RULES, type RepositoryRules } from './rules';
import { SuffixReader } from './suffix';

/** The tags of the lines that a release belongs to, whoever owns them (rules L1, C1 to C5). */
export function movingTagsOf(release: Release, rules: RepositoryRules): readonly TagName[] {
  const memberships = membershipsOf(rules);
  const { version } = release;
  const own = isPrerelease(release)
    ? [...memberships.ofPrerelease(version), ...memberships.ofBootstrap(version)]
    : memberships.ofStable(version);
  return own.flatMap(({ names }) => names);
}

/** Groups: the numbers with their prefix and a separator, and what follows. */
const NUMBERED = /^(?:v?(\d+(?:\.\d+)*))?(?:^|-|$)(.*)$/;
const LEADING_ZERO = /(?:^|\.)0\d/;
const FULL_COUNTS = { semver: 3, 'two-part': 2, 'four-part': 4, calver: 3 };

/**
 * Whether a tag is named as a moving tag of some rules would be, whether or not a release gives it:
 * `latest`, `2`, `v2.1`, `2.1-alpine`, `alpine`, `2-rc`.
 */
export function isMovingTagShape(tag: string, rules: RepositoryRules = DEFAULT_RULES): boolean {
  if (tag === 'latest') return true;
  const [, numbers, rest = ''] = NUMBERED.exec(tag) ?? [];
  if (numbers === undefined) return rest !== '' && shapeOf(rules).isMade(rest);
  if (!areNumbersOfMovingTag(numbers, rules) || tag.endsWith('-')) return false;
  return rest === '' || shapeOf(rules).isMade(rest);
}

/** Rules L3, N1 and P4: shorter than a version, or a version of which only revisions differ. */
function areNumbersOfMovingTag(numbers: string, { scheme, revisions }: RepositoryRules): boolean {
  const isShort = numbers.split('.').length < FULL_COUNTS[scheme] || revisions;
  return isShort && (scheme === 'calver' || !LEADING_ZERO.test(numbers));
}

/** Reads the suffixes of moving tags: variants, channels and code names. */
class SuffixShape {
  private readonly labels: ReadonlySet<string>;
  private readonly suffixes: SuffixReader;

  constructor(rules: RepositoryRules) {
    const names = Object.values(rules.channels).flatMap((channel) =>
      Object.values(channel.names ?? {}),
    );
    this.labels = new Set(['latest', ...channelsOf(rules).map(({ name }) => name), ...names]);
    const defaults = Object.entries(rules.variants.defaults).flat();
    const known = [...rules.variants.known, ...defaults, ...this.labels];
    // Without words of its own, what it reads is made of variants and labels alone.
    this.suffixes = new SuffixReader({
      ...rules,
      revisions: false,
      prereleaseWords: [],
      parse: { ...rules.parse, numericSuffix: 'reject' },
      variants: { ...rules.variants, known },
    });
  }

  isMade(rest: string): boolean {
    const suffix = this.suffixes.read(`-${rest}`);
    return typeof suffix !== 'string';
  }
}

const shapes = new WeakMap<RepositoryRules, SuffixShape>();

function shapeOf(rules: RepositoryRules): SuffixShape {
  const shape = shapes.get(rules) ?? new SuffixShape(rules);
  shapes.set(rules, shape);
  return shape;
}
