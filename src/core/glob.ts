/**
 * Globs over names such as `local/gallery/ui`: `*` stands for one path segment or a part of it,
 * `**` for any number of segments, none included. Both ends are anchored.
 */

const ANY = Symbol('any run of items');
type Items<Item> = readonly (Item | typeof ANY)[];

type Matcher = (text: string) => boolean;

/** Whether the whole text matches the pattern. Wildcards in the text itself are plain characters. */
export function matchesGlob(pattern: string, text: string): boolean {
  return globMatcher(pattern)(text);
}

/** The same for many texts: the pattern is read once. */
export function globMatcher(pattern: string): Matcher {
  const segments = pattern.split('/');
  const [only] = segments;
  if (segments.length === 1 && only !== undefined && only !== '**') {
    const matches = segmentMatcher(only);
    return (text) => matches(text) && !text.includes('/');
  }
  const matchers = segments.map((segment) =>
    segment === '**' ? ANY_SEGMENTS : segmentMatcher(segment),
  );
  return (text) =>
    matchesItems(matchers, text.split('/'), {
      any: ANY_SEGMENTS,
      matches: (matches, segment) => matches(segment),
    });
}

/** Stands for any number of segments, which no segment alone tells. */
const ANY_SEGMENTS: Matcher = () => true;

/** Whether some text matches both patterns. */
export function globsOverlap(left: string, right: string): boolean {
  return haveCommonText(parsePattern(left), parsePattern(right), segmentsOverlap);
}

/**
 * Orders patterns by how specific they are: below 0 when the left one is more specific, 0 when
 * neither is. Fewer `**`, then fewer segments with a wildcard, then more literal segments, then
 * more literal characters beside the wildcards.
 */
export function compareSpecificity(left: string, right: string): number {
  const [a, b] = [specificityOf(left), specificityOf(right)];
  return (
    a.deepWildcards - b.deepWildcards ||
    a.wildSegments - b.wildSegments ||
    b.literalSegments - a.literalSegments ||
    b.literalCharacters - a.literalCharacters
  );
}

function specificityOf(pattern: string): Record<SpecificityKey, number> {
  const segments = pattern.split('/');
  const wild = segments.filter((segment) => segment !== '**' && segment.includes('*'));
  const deepWildcards = segments.filter((segment) => segment === '**').length;
  return {
    deepWildcards,
    wildSegments: wild.length,
    literalSegments: segments.length - wild.length - deepWildcards,
    literalCharacters: wild.join('').replaceAll('*', '').length,
  };
}
type SpecificityKey = 'deepWildcards' | 'wildSegments' | 'literalSegments' | 'literalCharacters';

function segmentMatcher(pattern: string): Matcher {
  const [before = '', after, ...others] = pattern.split('*');
  if (after === undefined) return (segment) => segment === pattern;
  if (others.length > 0) {
    return (segment) =>
      segment.startsWith(before) &&
      matchesItems(pattern, segment, { any: '*', matches: (a, b) => a === b });
  }
  const shortest = before.length + after.length;
  return (segment) =>
    segment.length >= shortest && segment.startsWith(before) && segment.endsWith(after);
}

interface WildcardRules<Expected, Item> {
  /** The item of a pattern that stands for any run of items. */
  readonly any: Expected;
  readonly matches: (pattern: Expected, item: Item) => boolean;
}

/**
 * Going back to the last wildcard is enough, since an earlier one that took more could only leave
 * less for it: a hostile pattern costs the product of both lengths, no more.
 */
function matchesItems<Expected, Item>(
  pattern: ArrayLike<Expected>,
  items: ArrayLike<Item>,
  { any, matches }: WildcardRules<Expected, Item>,
): boolean {
  let [place, at, lastAny, resumeAt] = [0, 0, -1, 0];
  while (at < items.length) {
    const [expected, item] = [pattern[place], items[at]];
    if (expected === any) {
      [lastAny, resumeAt] = [place, at];
      place += 1;
    } else if (expected !== undefined && item !== undefined && matches(expected, item)) {
      place += 1;
      at += 1;
    } else if (lastAny >= 0) {
      resumeAt += 1;
      [place, at] = [lastAny + 1, resumeAt];
    } else {
      return false;
    }
  }
  while (pattern[place] === any) place += 1;
  return place === pattern.length;
}

type Segment = Items<string>;

function parsePattern(pattern: string): Items<Segment> {
  return pattern
    .split('/')
    .map((segment) =>
      segment === '**'
        ? ANY
        : Array.from(segment, (character) => (character === '*' ? ANY : character)),
    );
}

function segmentsOverlap(left: Segment, right: Segment): boolean {
  return haveCommonText(left, right, (a, b) => a === b);
}

/** Walks the table of suffix pairs once, so a hostile pattern costs the product of both lengths. */
function haveCommonText<Item>(
  left: Items<Item>,
  right: Items<Item>,
  itemsOverlap: (a: Item, b: Item) => boolean,
): boolean {
  let below: boolean[] = [];
  for (let i = left.length; i >= 0; i -= 1) {
    const row: boolean[] = [];
    for (let j = right.length; j >= 0; j -= 1) {
      row[j] = suffixesOverlap(left[i], right[j], {
        atEnd: i === left.length && j === right.length,
        dropLeft: below[j] ?? false,
        dropRight: row[j + 1] ?? false,
        dropBoth: below[j + 1] ?? false,
      });
    }
    below = row;
  }
  return below[0] ?? false;

  function suffixesOverlap(
    a: Item | typeof ANY | undefined,
    b: Item | typeof ANY | undefined,
    rest: { atEnd: boolean; dropLeft: boolean; dropRight: boolean; dropBoth: boolean },
  ): boolean {
    if (rest.atEnd) return true;
    if (a === ANY) return rest.dropLeft || (b !== undefined && rest.dropRight);
    if (b === ANY) return rest.dropRight || (a !== undefined && rest.dropLeft);
    return a !== undefined && b !== undefined && itemsOverlap(a, b) && rest.dropBoth;
  }
}
