/**
 * What marks a pre-release, as words and numbers in their order: `rc.2`, `rc2` and `rc-2` are all
 * `['rc', 2]`. Empty for a release.
 */
export type PrereleaseMark = readonly (string | number)[];

/** `rc2` in its two parts. Groups: word, number or nothing. */
const IDENTIFIER = /^([A-Za-z]+)(\d*)$/;
const NUMBER = /^\d+$/;

/**
 * One identifier of a pre-release: a known word with or without a number, or a number. Undefined
 * for anything else. Words count in any case: `RC1` is no less a candidate.
 */
export function readIdentifier(
  text: string,
  words: ReadonlySet<string>,
): PrereleaseMark | undefined {
  if (NUMBER.test(text)) return [Number(text)];
  const [, word = '', number = ''] = IDENTIFIER.exec(text) ?? [];
  if (!words.has(word.toLowerCase())) return undefined;
  return number === '' ? [word.toLowerCase()] : [word.toLowerCase(), Number(number)];
}

/**
 * Orders marks as semver section 11 does, except that a word and its number compare naturally
 * (rule O1): rc9 < rc10, `1` < `alpha` < `alpha.1`. No mark at all, a release, is the highest.
 */
export function comparePrereleases(left: PrereleaseMark, right: PrereleaseMark): number {
  if (left.length === 0 || right.length === 0) {
    return Number(left.length === 0) - Number(right.length === 0);
  }
  for (const [index, item] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(item, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifiers(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'number') return -1;
  if (typeof right === 'number') return 1;
  return left < right ? -1 : Number(left > right);
}
