import type { Digest, TagName } from './names';

export interface RecordedTarget {
  readonly tag: TagName;
  /** Null where the tag was deleted. */
  readonly to: Digest | null;
}

/**
 * What tags pointed at before: distinct digests, last one first, without what a tag points at now.
 * `moves` stand in the order of history. A tag that is gone has its last target in it.
 */
export function formerTargetsOf(
  moves: readonly RecordedTarget[],
  current: ReadonlyMap<TagName, Digest>,
): ReadonlyMap<TagName, readonly Digest[]> {
  const former = new Map<TagName, Set<Digest>>();
  for (let place = moves.length - 1; place >= 0; place -= 1) {
    const { tag, to } = moves[place] ?? {};
    if (tag === undefined || to === null || to === undefined || to === current.get(tag)) continue;
    const known = former.get(tag);
    if (known === undefined) former.set(tag, new Set([to]));
    else known.add(to);
  }
  return new Map(Array.from(former, ([tag, digests]) => [tag, [...digests]]));
}
