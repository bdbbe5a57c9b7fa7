import { globMatcher } from './glob';

/** A pattern over tag names, anchored at both ends. */
export interface TagPattern {
  /** As it was written: a glob, or `re:` and a regular expression. */
  readonly text: string;
  readonly matches: (tag: string) => boolean;
}

/** A glob: `*` stands for any run of characters, none included; there is no other wildcard. */
export function tagGlob(text: string): TagPattern {
  return { text, matches: globMatcher(text) };
}
