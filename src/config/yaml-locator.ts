import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  type YAMLMap,
} from 'yaml';

import type { Finding, Path } from './finding';

interface Offsets {
  readonly key: number;
  readonly value: number;
}
interface Place extends Offsets {
  readonly node: unknown;
}

/**
 * Where the key or value of a finding begins in the text. What is missing is said to stand at the
 * key of the group that misses it; what comes through an anchor stands where the anchor is.
 */
export function offsetOf(document: Document, { path, of }: Pick<Finding, 'path' | 'of'>): number {
  const start = startOf(document.contents) ?? 0;
  let place: Place = { node: document.contents, key: start, value: start };
  for (const step of path) {
    const next = placeBelow(document, place.node, step);
    if (next === undefined) return place.key;
    place = next;
  }
  return place[of];
}

/** Where a node begins in the text; undefined for what has no place in it. */
export function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function placeBelow(document: Document, node: unknown, step: Path[number]): Place | undefined {
  const container = resolved(document, node);
  if (isSeq(container)) {
    const item = container.items[Number(step)];
    const start = startOf(item);
    return start === undefined ? undefined : { node: item, key: start, value: start };
  }
  const pair = isMap(container) ? findPair(document, container, String(step)) : undefined;
  const key = startOf(pair?.key);
  return key === undefined
    ? undefined
    : { node: pair?.value, key, value: startOf(pair?.value) ?? key };
}

/** The pair that gives the key its value: the last own one, else the first merged in with `<<`. */
function findPair(document: Document, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.findLast((pair) => !isMergeKey(pair.key) && keyTextOf(pair.key) === key);
  if (own !== undefined) return own;
  const merged = map.items
    .filter((pair) => isMergeKey(pair.key))
    .flatMap((pair) => mergedNodesOf(document, pair))
    .filter((node) => isMap(node));
  for (const other of merged) {
    const pair = findPair(document, other, key);
    if (pair !== undefined) return pair;
  }
  return undefined;
}

/** What a pair with the key `<<` brings in; groups, when the YAML is sound. */
export function mergedNodesOf(document: Document, pair: Pair): readonly unknown[] {
  const value = resolved(document, pair.value);
  return (isSeq(value) ? value.items : [value]).map((item) => resolved(document, item));
}

function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function keyTextOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Whether a key is `<<`, which brings in the pairs of another group. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}
