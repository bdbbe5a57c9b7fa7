import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';

type Manifests = RetentionInventory['manifests'];

/** A tag and what it points at. */
type Pointer = Pick<InventoryTag, 'tag' | 'digest'>;

/** A digest that some index lists, and a name for what reaches it. */
export type Listed = Map<Digest, string>;

/**
 * Adds everything that one manifest lists, at any depth, each with the name of what reaches it. What
 * is there already keeps its name, and is not walked again. Gives what was added.
 */
export function addListed(
  listed: Listed,
  digest: Digest,
  name: string,
  manifests: Manifests,
): readonly Digest[] {
  const added: Digest[] = [];
  const open = [...(manifests.get(digest)?.children ?? [])];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (listed.has(child)) continue;
    listed.set(child, name);
    added.push(child);
    open.push(...(manifests.get(child)?.children ?? []));
  }
  return added;
}

/** What the indexes of some tags list; of several tags the first by name is named. */
export function listedBy(tags: readonly Pointer[], manifests: Manifests): Listed {
  const indexes = tags.filter(({ digest }) => (manifests.get(digest)?.children.length ?? 0) > 0);
  const listed: Listed = new Map();
  for (const { digest, tag } of indexes.sort(byName)) addListed(listed, digest, tag, manifests);
  return listed;
}

function byName({ tag: left }: { tag: TagName }, { tag: right }: { tag: TagName }): number {
  return left < right ? -1 : Number(left > right);
}

/** The digests of some tags and everything that their indexes list. */
export function reachableFrom(tags: readonly Pointer[], manifests: Manifests): ReadonlySet<Digest> {
  const reached = new Set(tags.map(({ digest }) => digest));
  for (const digest of listedBy(tags, manifests).keys()) reached.add(digest);
  return reached;
}

/** Some digests and every index from which one of them can be reached. */
export function reaching(digests: Iterable<Digest>, manifests: Manifests): ReadonlySet<Digest> {
  const causes = causesOf(
    Array.from(digests, (digest) => ({ digest, cause: true })),
    manifests,
  );
  return new Set(causes.keys());
}

/** The same with what each is found for; of several causes the first one counts. */
export function causesOf<Cause>(
  needed: readonly { readonly digest: Digest; readonly cause: Cause }[],
  manifests: Manifests,
): ReadonlyMap<Digest, Cause> {
  const causes = new Map<Digest, Cause>();
  if (needed.length === 0) return causes;
  const parents = parentsOf(manifests);
  for (const { digest, cause } of needed) {
    const open = [digest];
    for (let found = open.pop(); found !== undefined; found = open.pop()) {
      if (causes.has(found)) continue;
      causes.set(found, cause);
      open.push(...(parents.get(found) ?? []));
    }
  }
  return causes;
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
