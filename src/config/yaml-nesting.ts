import { type CST, Parser } from 'yaml';

/** Far more than the schema has. */
const MAX_DEPTH = 100;

/**
 * Whether collections stand inside each other beyond any use. Asked before the file is parsed:
 * yaml would nest its calls as deep, and at the end of the stack V8 may end the whole process.
 */
export function isNestedTooDeeply(text: string): boolean {
  const waiting = [...new Parser().parse(text)].map((token) => ({ token, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return true;
    for (const child of childrenOf(token)) waiting.push({ token: child, depth: depth + 1 });
  }
  return false;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items
    .flatMap((item) => ['key' in item ? item.key : undefined, item.value])
    .filter((child) => child !== undefined && child !== null);
}
