import { type Document, isMap, isScalar, type Pair, visit, type YAMLError } from 'yaml';

import { isMergeKey, mergedNodesOf, startOf } from './yaml-locator';

/** Something wrong with the YAML itself, before any setting is looked at. */
export interface YamlProblem {
  readonly offset: number;
  readonly sentence: string;
  /** Whether the rest of the file still has the value that its author meant. */
  readonly readable: boolean;
}

/** yaml's own texts for these hold a piece of the file, which may be a secret. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['TAG_RESOLVE_FAILED', 'this tag has no meaning here; quote a text that begins with "!"'],
  ['UNEXPECTED_TOKEN', 'this is no legal YAML here; check quotes, commas and indentation'],
  ['BAD_DQ_ESCAPE', 'this escape is not legal in double quotes; use single quotes or \\\\'],
  ['BAD_DIRECTIVE', 'this directive is not understood'],
  ['MULTIPLE_DOCS', 'a second document begins here; allowed: one document'],
]);
const READABLE = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

/** Every problem of a parsed document; empty when it is sound. */
export function yamlProblemsOf(document: Document, text: string): readonly YamlProblem[] {
  const problems = [...document.errors, ...document.warnings].map((error) =>
    problemOf(error, text),
  );
  visit(document, {
    Alias(_key, alias, ancestors) {
      const sentence = faultOfAlias(alias.resolve(document), ancestors);
      if (sentence === undefined) return;
      problems.push({ offset: startOf(alias) ?? 0, sentence, readable: false });
    },
    Pair(_key, pair) {
      const sentence = faultOfPair(document, pair);
      if (sentence === undefined) return;
      const offset = startOf(pair.key) ?? startOf(pair.value) ?? 0;
      problems.push({ offset, sentence, readable: false });
    },
  });
  return problems;
}

function faultOfAlias(target: unknown, ancestors: readonly unknown[]): string | undefined {
  if (target === undefined) {
    return 'no anchor of this name stands before; quote a text that begins with "*"';
  }
  return ancestors.includes(target) ? 'this anchor stands inside itself' : undefined;
}

function faultOfPair(document: Document, pair: Pair): string | undefined {
  if (!isPlainKey(pair.key)) return 'this is not allowed as a key; allowed: a plain name';
  // yaml follows a merge that is no group until the stack ends, which can kill the process.
  if (isMergeKey(pair.key) && !mergedNodesOf(document, pair).every(isMap)) {
    return 'only groups of keys can be merged';
  }
  return undefined;
}

function problemOf({ code, message, pos: [offset] }: YAMLError, text: string): YamlProblem {
  const readable = READABLE.has(code);
  if (code !== 'DUPLICATE_KEY') {
    return { offset, sentence: SENTENCES.get(code) ?? message, readable };
  }
  const key = /^[\w-]+/.exec(text.slice(offset))?.[0];
  const name = key === undefined ? 'this key' : `\`${key}\``;
  return { offset, sentence: `${name} is given twice; allowed: every key once`, readable };
}

/** `__proto__` is refused because validation would skip it unseen; the merge key `<<` is a symbol. */
function isPlainKey(key: unknown): boolean {
  if (!isScalar(key) || key.value === null) return false;
  return typeof key.value !== 'object' && key.value !== '__proto__';
}
