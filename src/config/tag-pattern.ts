import { RE2JS } from 're2js';
import { type TagPattern, tagGlob } from '../core/tag-pattern';

const REGEX = 're:';
const GLOB = /^[A-Za-z0-9._*-]+$/;
const LONGEST = 500;

/** What {@link parseTagPattern} accepts. */
export const TAG_PATTERN_ALLOWED =
  'a pattern over tags such as sha-*, or re: and a regular expression (RE2) such as re:pr-[0-9]+; both ends are anchored';

/**
 * A glob, or a regular expression behind `re:`, which runs in linear time whatever it is (P10).
 * Undefined for what is neither.
 */
export function parseTagPattern(text: string): TagPattern | undefined {
  if (text.length > LONGEST) return undefined;
  if (!text.startsWith(REGEX)) return GLOB.test(text) ? tagGlob(text) : undefined;
  const expression = compile(text.slice(REGEX.length));
  return expression && { text, matches: (tag) => expression.matches(tag) };
}

function compile(source: string): RE2JS | undefined {
  if (source === '') return undefined;
  try {
    return RE2JS.compile(source);
  } catch {
    // The schema says what is allowed; the library's own message is about its parser.
    return undefined;
  }
}
