import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';

type Manifests = RetentionInventory['manifests'];

/** A digest that some index lists, and a name for what reaches it. */
export type Listed = Map<Digest, string>;

/**
 * Adds everything that one manifest lists, at any depth, each with the name of what reaches it. What
 * is there already keeps its name, and is not walked again.
 */
export function addListed(
  listed: Listed,
  digest: Digest,
  name: string,
  manifests: Manifests,
): void {
  const open = [...(manifests.get(digest)?.children ?? [])];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (listed.has(child)) continue;
    listed.set(child, name);
    open.push(...(manifests.get(child)?.children ?? []));
  }
}

/** What the indexes of some tags list; of several tags the first by name is named. */
export function listedBy(tags: readonly InventoryTag[], manifests: Manifests): Listed {
  const indexes = tags.filter(({ digest }) => (manifests.get(digest)?.children.length ?? 0) > 0);
  const listed: Listed = new Map();
  for (const { digest, tag } of indexes.sort(byName)) addListed(listed, digest, tag, manifests);
  return listed;
}

function byName({ tag: left }: { tag: TagName }, { tag: right }: { tag: TagName }): number {
  return left < right ? -1 : Number(left > right);
}

/** The digests of some tags and everything that their indexes list. */
export function reachableFrom(
  tags: readonly InventoryTag[],
  manifests: Manifests,
): ReadonlySet<Digest> {
  const reached = new Set(tags.map(({ digest }) => digest));
  for (const digest of listedBy(tags, manifests).keys()) reached.add(digest);
  return reached;
}

/** Some digests and every index from which one of them can be reached. */
export function reaching(digests: Iterable<Digest>, manifests: Manifests): ReadonlySet<Digest> {
  const found = new Set(digests);
  if (found.size === 0) return found;
  const parents = parentsOf(manifests);
  const open = [...found];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    for (const parent of parents.get(digest) ?? []) {
      if (found.has(parent)) continue;
      found.add(parent);
      open.push(parent);
    }
  }
  return found;
}

function parentsOf(manifests: Manifests): ReadonlyMap<Digest, readonly Digest[]> {
  const parents = new Map<Digest, Digest[]>();
  for (const [index, { children }] of manifests) {
    for (const child of children) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [index]);
      else known.push(index);
    }
  }
  return parents;
}
