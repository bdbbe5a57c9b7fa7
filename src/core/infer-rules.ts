import { matchesGlob } from './glob';
import { membershipsOf } from './memberships';
import { isMovingTagShape } from './moving-tags';
import { isTagName } from './names';
import { readIdentifier } from './prerelease';
import { type ChannelRules, DEFAULT_RULES, type Level, LEVELS_OF_SCHEME } from './rules';
import { PRERELEASE_WORDS, type RepositoryRules, type Scheme, type VersionPrefix } from './rules';
import { compareVersions, type ParsedTag, parseVersionTag, type Version } from './version';

export interface InferredRules {
  readonly rules: RepositoryRules;
  /** How many tags are releases or pre-releases under the rules. */
  readonly fitting: number;
  /** How many tags look like versions at all; moving tags are none. */
  readonly versions: number;
}

/**
 * The rules that an existing repository seems to follow, from the names of its tags alone, in any
 * order and in linear time. What the tags do not show stays at its default, and a level that only a
 * few releases speak against stays on. No tags at all give the defaults.
 */
export function inferRules(tags: readonly string[]): InferredRules {
  const evidence = readEvidence(tags);
  const shape = inferShape(evidence);
  const variants = declaredVariants(evidence);
  const own: RepositoryRules = {
    ...DEFAULT_RULES,
    scheme: shape.scheme,
    levels: inferLevels(evidence, shape, variants),
    versionPrefix: inferPrefix(evidence, shape),
    zeroMajor: evidence.numbered.some((tag) => isZeroTag(tag, shape)),
    revisions: inferRevisions(evidence),
    parse: { ...DEFAULT_RULES.parse, ...inferParse(evidence, shape) },
    variants: {
      ...DEFAULT_RULES.variants,
      known: globsOver(variants),
      latestName: inferLatestName(evidence, variants),
    },
    channels: inferChannels(evidence, shape),
  };
  const readings = [...evidence.tags].map((tag) => ({ tag, ...parseVersionTag(tag, own) }));
  const scope = variants.length > 0 ? inferScope(evidence, own, readings) : 'own';
  const rules = { ...own, variants: { ...own.variants, scope } };
  return { rules, ...countFitting(own, readings) };
}

/** A tag that begins with numbers, read without any rules. */
interface Numbered {
  readonly prefixed: boolean;
  readonly numbers: readonly string[];
  /** The numbers as text. */
  readonly text: string;
  readonly variant: string;
  /** The pre-release word, or {@link NUMERIC}; empty without. */
  readonly word: string;
  readonly isGlued: boolean;
  /** Whether the word has a number: `rc1`, where `rc` alone may name a channel. */
  readonly isCounted: boolean;
  readonly isRevision: boolean;
}

interface Evidence {
  readonly tags: ReadonlySet<string>;
  readonly numbered: readonly Numbered[];
  /** Beginnings of longer versions, under each variant and, with the variant `*`, under any. */
  readonly beginnings: ReadonlySet<string>;
}

/** Groups: prefix, dotted numbers, the rest. */
const SHAPE = /^(v?)(\d{1,15}(?:\.\d{1,15}){0,3})(|[-A-Za-z][^_]*)$/;
const DATE = /^(?:19|20)\d{6}$/;
const DESCRIBE = /^-\d+-g[0-9a-f]{7,40}$/;
const GLUED = /^([A-Za-z]+)(\d*)(?=-|$)/;
/** Stands for the word of a bare number behind the version (rule P8). */
const NUMERIC = '-';
const WORDS: ReadonlySet<string> = new Set(PRERELEASE_WORDS);
const GLUED_WORDS: ReadonlySet<string> = new Set([...PRERELEASE_WORDS, 'a', 'b', 'c']);

function readEvidence(list: readonly string[]): Evidence {
  const tags = new Set(list.filter(isTagName));
  const numbered = [...tags].flatMap((tag) => readNumbered(tag) ?? []);
  const beginnings = new Set<string>();
  for (const { numbers, variant } of numbered) {
    for (let count = 1; count < numbers.length; count += 1) {
      const beginning = numbers.slice(0, count).join('.');
      beginnings.add(`* ${beginning}`);
      if (variant !== '') beginnings.add(`${variant} ${beginning}`);
    }
  }
  return { tags, numbered, beginnings };
}

function readNumbered(tag: string): Numbered | undefined {
  const shape = SHAPE.exec(tag);
  if (shape === null) return undefined;
  const [, prefix, text = '', rest = ''] = shape;
  if (DATE.test(text) || DESCRIBE.test(rest)) return undefined;
  const numbers = text.split('.');
  const mark = readGlued(rest, numbers);
  if (mark === undefined) return undefined;
  const { variant, word, isCounted, isRevision } = readRest(mark);
  const isGlued = mark.word !== '';
  const prefixed = prefix === 'v';
  return { prefixed, numbers, text, variant, word, isGlued, isCounted, isRevision };
}

interface GluedMark extends Pick<Numbered, 'word' | 'isCounted'> {
  /** What follows it. */
  readonly after: string;
}

/** The mark glued to the numbers and what follows it; undefined for letters that are no mark. */
function readGlued(rest: string, numbers: readonly string[]): GluedMark | undefined {
  if (rest === '' || rest.startsWith('-')) return { word: '', isCounted: false, after: rest };
  const [glued = '', word = '', number = ''] = GLUED.exec(rest) ?? [];
  // `7b3` is rather a hash than a beta.
  const isHash = word.length === 1 && (numbers.length === 1 || number === '');
  if (isHash || !GLUED_WORDS.has(word.toLowerCase())) return undefined;
  return { word: word.toLowerCase(), isCounted: number !== '', after: rest.slice(glued.length) };
}

type Rest = Pick<Numbered, 'variant' | 'word' | 'isCounted' | 'isRevision'>;

function readRest(glued: GluedMark): Rest {
  let { word, isCounted } = glued;
  let isRevision = false;
  if (glued.after === '') return { variant: '', word, isCounted, isRevision };
  const variant: string[] = [];
  for (const segment of glued.after.split('-').slice(1)) {
    const mark = segment.split('.').map((identifier) => readIdentifier(identifier, WORDS));
    const named = mark[0]?.find((item) => typeof item === 'string');
    if (named !== undefined && !mark.includes(undefined)) {
      word = named;
      isCounted = mark.flat().length > 1;
    } else if (/^r\d+$/.test(segment)) isRevision = true;
    else if (!/^\d+$/.test(segment)) variant.push(segment);
    else if (word !== '') isCounted = true;
    // `debian-12` and `nanoserver-1809` are variants, `alpine-2` a later build of one.
    else if (variant.length > 0 && segment.length > 1) variant.push(segment);
    else word = NUMERIC;
  }
  return { variant: variant.join('-'), word, isCounted, isRevision };
}

interface Shape {
  readonly scheme: Scheme;
  /** How many numbers its releases have, at most. */
  readonly parts: number;
  /** Distinct versions without a mark that no longer version begins with. */
  readonly full: readonly (readonly string[])[];
}

const SCHEME_OF_PARTS: ReadonlyMap<number, Scheme> = new Map<number, Scheme>([
  [2, 'two-part'],
  [3, 'semver'],
  [4, 'four-part'],
]);

function inferShape({ numbered, beginnings }: Evidence): Shape {
  const whole = numbered.filter(
    ({ numbers, text }) => numbers.length > 1 && !beginnings.has(`* ${text}`),
  );
  const marked = new Set(whole.filter(({ word }) => word !== '').map(({ text }) => text));
  // `6.0` beside `6.0-beta1` may be a moving tag that stands on the pre-release.
  const stable = whole.filter(({ text }) => !marked.has(text));
  const texts = new Set((stable.length > 0 ? stable : whole).map(({ text }) => text));
  const full = [...texts].map((text) => text.split('.'));
  if (isCalendar(full)) return { scheme: 'calver', parts: 3, full };
  const parts = partsOf(full);
  return { scheme: SCHEME_OF_PARTS.get(parts) ?? 'semver', parts, full };
}

/** Leading zeros, or years with and without a third number: rule P4 allows both to calver only. */
function isCalendar(full: readonly (readonly string[])[]): boolean {
  if (full.some(({ length }) => length > 3)) return false;
  const padded = full.filter((numbers) => numbers.slice(1).some((part) => /^0\d/.test(part)));
  if (padded.length * 2 > full.length) return true;
  // From October on no month has a zero.
  const ofYears = padded.filter(([year = '']) => /^(?:\d\d|20\d\d)$/.test(year));
  if (ofYears.length > 0 && ofYears.length * 4 >= full.length) return true;
  const areYears = full.every(([year = '']) => /^20\d\d$/.test(year));
  return areYears && new Set(full.map(({ length }) => length)).size > 1;
}

/**
 * The highest major tells: old schemes and moving tags whose releases are pruned stand below it.
 * Of several counts the longest counts, unless it is an exception; a stray major decides nothing.
 */
function partsOf(full: readonly (readonly string[])[]): number {
  const highest = full.reduce((most, [major]) => Math.max(most, Number(major)), 0);
  const inHighest = full.filter(([major]) => Number(major) === highest);
  const counts = [4, 3, 2];
  const likely = counts.find((count) => shareOf(inHighest, count) >= 0.25) ?? 3;
  if (shareOf(full, likely) >= 0.2 || full.length === 0) return likely;
  return counts.reduce((best, count) =>
    shareOf(full, count) > shareOf(full, best) ? count : best,
  );
}

function shareOf(full: readonly (readonly string[])[], count: number): number {
  return full.filter(({ length }) => length === count).length / Math.max(1, full.length);
}

/** Named like a moving tag: shorter than a release, and longer versions begin with it. */
function isMoving(
  { text, numbers, word }: Numbered,
  { beginnings }: Evidence,
  { parts }: Shape,
): boolean {
  return word === '' && numbers.length < parts && beginnings.has(`* ${text}`);
}

const LEVEL_OF_COUNT: readonly Level[] = ['latest', 'major', 'minor', 'patch'];
const COUNT_OF_LEVEL: Readonly<Record<Level, number>> = { latest: 0, major: 1, minor: 2, patch: 3 };
/** Fewer than these cannot show that a tag is not wanted. */
const ENOUGH = 3;

function inferLevels(evidence: Evidence, shape: Shape, variants: Variants): readonly Level[] {
  const all = LEVELS_OF_SCHEME[shape.scheme];
  const moving = evidence.numbered.filter((tag) => isMoving(tag, evidence, shape));
  const present = new Set(moving.map(({ numbers }) => LEVEL_OF_COUNT[numbers.length]));
  const latest = ['latest', ...variants.flatMap((variant) => [variant, `latest-${variant}`])];
  if (latest.some((tag) => evidence.tags.has(tag))) present.add('latest');
  if (present.size === 0) return all;
  return all.filter((level) => {
    const count = COUNT_OF_LEVEL[level];
    const against = shape.full.filter(
      (numbers) => numbers.length > count && !isZero(numbers.slice(0, count)),
    );
    return present.has(level) || against.length < ENOUGH;
  });
}

/** `0` and `0.0`, which the rules may leave out (rule Z1). */
function isZero(numbers: readonly string[]): boolean {
  return numbers.length > 0 && numbers.length < 3 && numbers.every((part) => part === '0');
}

function isZeroTag({ numbers, word }: Numbered, { parts }: Shape): boolean {
  return word === '' && numbers.length < parts && isZero(numbers);
}

function inferPrefix(evidence: Evidence, shape: Shape): VersionPrefix {
  const releases = evidence.numbered.filter(
    ({ prefixed, numbers }) => prefixed && numbers.length > 1,
  );
  const moving = evidence.numbered.filter((tag) => isMoving(tag, evidence, shape));
  const begun = new Set(
    releases.flatMap(({ numbers }) =>
      numbers.slice(1).map((_, at) => numbers.slice(0, at + 1).join('.')),
    ),
  );
  if (!moving.some(({ prefixed, text }) => prefixed && begun.has(text))) return 'strip';
  return moving.some(({ prefixed, text }) => !prefixed && begun.has(text)) ? 'both' : 'keep';
}

/** Rule N1: a full version moves while `-rN` of it does not. */
function inferRevisions({ numbered }: Evidence): boolean {
  const revisions = numbered.filter(({ isRevision, numbers }) => isRevision && numbers.length > 1);
  const revised = new Set(revisions.map(({ text, variant }) => `${text}-${variant}`));
  return numbered.some(
    ({ isRevision, text, variant }) => !isRevision && revised.has(`${text}-${variant}`),
  );
}

function inferParse(evidence: Evidence, shape: Shape): Partial<RepositoryRules['parse']> {
  const marked = evidence.numbered.filter(
    ({ word, isCounted }) => ![NUMERIC, ''].includes(word) && isCounted,
  );
  const hasShort = marked.some(({ numbers }) => numbers.length < shape.parts);
  const takesShort =
    shape.scheme === 'calver' ? marked.some(({ numbers }) => numbers.length < 2) : hasShort;
  return {
    ...(marked.some(({ isGlued }) => isGlued) && { gluedPrerelease: 'accept' as const }),
    ...(takesShort && { shortPrerelease: 'accept' as const }),
    ...(hasShortRelease(shape) && { shortRelease: 'accept' as const }),
  };
}

/**
 * Whether the highest version has a part missing. Lower ones prove nothing: they may be moving tags
 * whose releases are pruned. Nor does one of a major far away.
 */
function hasShortRelease({ scheme, parts, full }: Shape): boolean {
  const complete = full.filter(({ length }) => length === parts);
  if (scheme === 'calver' || complete.length === 0) return false;
  const highest = highestOf(full);
  const distance = Number(highest[0]) - Number(highestOf(complete)[0]);
  return highest.length < parts && distance <= 1;
}

function highestOf(full: readonly (readonly string[])[]): readonly string[] {
  return full.reduce((best, one) => (compareNumbers(one, best) > 0 ? one : best), []);
}

function compareNumbers(left: readonly string[], right: readonly string[]): number {
  const at = left.findIndex((part, index) => Number(part) !== Number(right[index] ?? 0));
  return at < 0 ? left.length - right.length : Number(left[at]) - Number(right[at] ?? 0);
}

type Variants = readonly string[];

const SUFFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Seen once, these are variants without doubt; anything else may be a branch or a hash. */
const BASES =
  /^(?:alpine|slim|debian|ubuntu|jessie|stretch|buster|bullseye|bookworm|trixie|xenial|bionic|focal|jammy|noble|ubi|distroless|windowsservercore|nanoserver|builder|onbuild|fpm|apache)(?:[\d.]+)?(?:-|$)/;
/** Rule A5: architectures move nothing, however often they occur. */
const ARCHITECTURE =
  /(?:^|-)(?:amd64|x86|x64|i?386|i686|armhf|aarch64|arm(?:\d+|v\d+)*|ppc64(?:le)?|s390x|riscv64|mips64(?:le)?|loong64)(?:-|$)/;
/** A reader tries them all: a listing of hashes must not become a list of variants. */
const MOST_VARIANTS = 200;

/** Suffixes with moving tags of their own, of several versions, or known as base images. */
function declaredVariants({ tags, numbered, beginnings }: Evidence): Variants {
  const versionsOf = new Map<string, Set<string>>();
  const moving = new Set<string>();
  for (const { variant, text, numbers, word } of numbered) {
    if (!SUFFIX.test(variant) || word === NUMERIC) continue;
    if (beginnings.has(`${variant} ${text}`)) {
      if (word === '') moving.add(variant);
    } else if (numbers.length > 1) {
      const versions = versionsOf.get(variant);
      if (versions === undefined) versionsOf.set(variant, new Set([text]));
      else versions.add(text);
    }
  }
  const declared = [...versionsOf].filter(([variant, { size }]) => {
    if (moving.has(variant) || tags.has(variant) || tags.has(`latest-${variant}`)) return true;
    return (size > 1 || BASES.test(variant)) && !ARCHITECTURE.test(variant);
  });
  const byUse = declared.sort(
    ([left, a], [right, b]) => b.size - a.size || (left < right ? -1 : 1),
  );
  return byUse.slice(0, MOST_VARIANTS).map(([variant]) => variant);
}

/** `alpine*` for `alpine` and `alpine3.23`, since numbers go on; without what others make up. */
function globsOver(variants: Variants): readonly string[] {
  const stems = new Map<string, number>();
  for (const variant of variants) {
    const stem = stemOf(variant);
    stems.set(stem, (stems.get(stem) ?? 0) + 1);
  }
  const globs = variants.map((variant) => {
    const stem = stemOf(variant);
    return /[A-Za-z]{3}$/.test(stem) && (stems.get(stem) ?? 0) > 1 ? `${stem}*` : variant;
  });
  const distinct = [...new Set(globs)].sort();
  const single = distinct.filter((glob) => !glob.includes('-'));
  return distinct.filter((glob) => {
    const segments = glob.split('-');
    const isMadeUp = segments.every((segment) => single.some((one) => matchesGlob(one, segment)));
    return segments.length === 1 || !isMadeUp;
  });
}

/** `alpine3.23` → `alpine`; a variant without a number is its own stem. */
function stemOf(variant: string): string {
  return /^(.*?[A-Za-z])\d[\d.]*$/.exec(variant)?.[1] ?? variant;
}

function inferLatestName({ tags }: Evidence, variants: Variants): 'bare' | 'prefixed' {
  const bare = variants.filter((variant) => tags.has(variant)).length;
  const prefixed = variants.filter((variant) => tags.has(`latest-${variant}`)).length;
  return prefixed > bare ? 'prefixed' : 'bare';
}

/** A channel for each word with moving tags such as `2.1-rc`; `rc` alone stands for all words. */
function inferChannels(evidence: Evidence, { parts }: Shape): RepositoryRules['channels'] {
  const levels = new Map<string, Set<Level>>();
  for (const { word, isCounted, numbers, text } of evidence.numbered) {
    const isChannel = word !== '' && !isCounted && numbers.length < parts;
    if (!isChannel || word === NUMERIC || !evidence.beginnings.has(`* ${text}`)) continue;
    const own = levels.get(word) ?? new Set<Level>();
    levels.set(word, own.add(LEVEL_OF_COUNT[numbers.length] ?? 'minor'));
  }
  const channels = [...levels].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(
    channels.map(([word, own]): [string, ChannelRules] => {
      if (evidence.tags.has(word)) own.add('latest');
      const match = word === 'rc' && levels.size === 1 ? 'prerelease' : word;
      return [
        word,
        { match, tags: [...LEVEL_OF_COUNT].reverse().filter((level) => own.has(level)) },
      ];
    }),
  );
}

/**
 * Rule A2. Where newer versions have dropped a variant, its own line still has a tag under `own`;
 * under `head` such a tag need not be there.
 */
function inferScope(
  { tags }: Evidence,
  rules: RepositoryRules,
  readings: readonly Reading[],
): 'own' | 'head' {
  const heads = new Map<string, Version>();
  const lines = new Map<string, Line>();
  for (const reading of readings) {
    if (reading.kind === 'skipped' || reading.version.prerelease.length > 0) continue;
    const { version } = reading;
    for (const { family, variant, names } of membershipsOf(rules).ofStable(version)) {
      heads.set(family, higher(version, heads.get(family)));
      if (variant === '') continue;
      const key = `${variant} ${family}`;
      const line = lines.get(key);
      const isPresent = line?.isPresent ?? names.some((name) => tags.has(name));
      lines.set(key, { family, variant, version: higher(version, line?.version), isPresent });
    }
  }
  const ofVariants = [...lines.values()];
  const published = new Set(
    ofVariants.filter(({ isPresent }) => isPresent).map(({ variant }) => variant),
  );
  const dropped = ofVariants.filter(
    ({ family, variant, version }) =>
      published.has(variant) && higher(version, heads.get(family)) !== version,
  );
  const kept = dropped.filter(({ isPresent }) => isPresent).length;
  return dropped.length - 2 * kept > 1 ? 'head' : 'own';
}

type Reading = ParsedTag & { readonly tag: string };

interface Line {
  readonly family: string;
  readonly variant: string;
  /** The highest of the line. */
  readonly version: Version;
  readonly isPresent: boolean;
}

function higher(version: Version, other: Version | undefined): Version {
  return other !== undefined && compareVersions(other, version) > 0 ? other : version;
}

function countFitting(
  rules: RepositoryRules,
  readings: readonly Reading[],
): Omit<InferredRules, 'rules'> {
  const fitting = readings.filter(({ kind }) => kind === 'version').length;
  const unfit = readings.filter(
    (reading) =>
      reading.kind === 'skipped' &&
      reading.reason !== 'other' &&
      !isMovingTagShape(reading.tag, rules),
  ).length;
  return { fitting, versions: fitting + unfit };
}
