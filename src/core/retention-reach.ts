import type { Reason } from './decision';
import { type DeleteForm, describeShared } from './deletion';
import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';

export interface Withdrawn {
  readonly verdict: 'keep' | 'blocked';
  readonly reason: Reason<string>;
}

/**
 * Takes back candidates that cannot go without harm: those whose digest an index of a tag that
 * stays lists, and under the digest form those that share their digest with a tag that stays. One
 * look is enough: whatever a tag that is taken back reaches, the tag that stays reaches as well.
 */
export function withdrawUnsafe(
  members: readonly InventoryTag[],
  kept: ReadonlyMap<TagName, unknown>,
  inventory: RetentionInventory,
  form: DeleteForm,
): ReadonlyMap<TagName, Withdrawn> {
  const candidates = members.filter(({ tag }) => !kept.has(tag));
  const going = new Set(candidates.map(({ tag }) => tag));
  const staying = inventory.tags.filter(({ tag }) => !going.has(tag));
  const listed = listedBy(staying, inventory.children);
  const stayingByDigest = groupTags(staying);
  const withdrawn = new Map<TagName, Withdrawn>();
  for (const { tag, digest } of candidates) {
    const parent = listed.get(digest);
    const siblings = stayingByDigest.get(digest);
    if (parent !== undefined) {
      const reason = { code: 'referenced', text: `kept: child of ${parent}` };
      withdrawn.set(tag, { verdict: 'keep', reason });
    } else if (form === 'digest' && siblings !== undefined) {
      withdrawn.set(tag, { verdict: 'blocked', reason: describeShared(siblings) });
    }
  }
  return withdrawn;
}

function groupTags(tags: readonly InventoryTag[]): ReadonlyMap<Digest, readonly TagName[]> {
  const groups = new Map<Digest, TagName[]>();
  for (const { tag, digest } of tags) {
    const group = groups.get(digest);
    if (group === undefined) groups.set(digest, [tag]);
    else group.push(tag);
  }
  return groups;
}

/** Digests that the indexes of some tags list, at any depth, each with one of those tags. */
function listedBy(
  tags: readonly InventoryTag[],
  children: RetentionInventory['children'],
): ReadonlyMap<Digest, TagName> {
  const listed = new Map<Digest, TagName>();
  for (const { tag, digest } of tags) {
    const open = [...(children.get(digest) ?? [])];
    for (let child = open.pop(); child !== undefined; child = open.pop()) {
      if (listed.has(child)) continue;
      listed.set(child, tag);
      open.push(...(children.get(child) ?? []));
    }
  }
  return listed;
}

/** The digests of some tags and everything that their indexes list. */
export function reachableFrom(
  tags: readonly InventoryTag[],
  children: RetentionInventory['children'],
): ReadonlySet<Digest> {
  return new Set([...tags.map(({ digest }) => digest), ...listedBy(tags, children).keys()]);
}
