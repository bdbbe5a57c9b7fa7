import type { Reason } from './decision';
import { type DeleteForm, describeShared } from './deletion';
import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';

export interface Withdrawn {
  readonly verdict: 'keep' | 'blocked';
  readonly reason: Reason<string>;
}

/**
 * Takes back candidates that cannot go without harm, until none is left: those whose digest an
 * index of a tag that stays lists, and under the digest form those that share their digest with a
 * tag that stays. What is taken back stays itself, so it is looked at again.
 */
export function withdrawUnsafe(
  members: readonly InventoryTag[],
  kept: ReadonlyMap<TagName, unknown>,
  inventory: RetentionInventory,
  form: DeleteForm | undefined,
): ReadonlyMap<TagName, Withdrawn> {
  const withdrawn = new Map<TagName, Withdrawn>();
  // Without a form nothing goes, so nothing can come to harm.
  if (form === undefined) return withdrawn;
  const candidates = new Map(
    members.filter(({ tag }) => !kept.has(tag)).map((member) => [member.tag, member]),
  );
  for (;;) {
    const unsafe = findUnsafe(candidates, inventory, form);
    if (unsafe.size === 0) return withdrawn;
    for (const [tag, why] of unsafe) {
      withdrawn.set(tag, why);
      candidates.delete(tag);
    }
  }
}

function findUnsafe(
  candidates: ReadonlyMap<TagName, InventoryTag>,
  inventory: RetentionInventory,
  form: DeleteForm,
): ReadonlyMap<TagName, Withdrawn> {
  const staying = inventory.tags.filter(({ tag }) => !candidates.has(tag));
  const listed = listedBy(staying, inventory.children);
  const stayingByDigest = new Map<Digest, TagName[]>();
  for (const { tag, digest } of staying) {
    const siblings = stayingByDigest.get(digest);
    if (siblings === undefined) stayingByDigest.set(digest, [tag]);
    else siblings.push(tag);
  }
  const unsafe = new Map<TagName, Withdrawn>();
  for (const { tag, digest } of candidates.values()) {
    const parent = listed.get(digest);
    const siblings = stayingByDigest.get(digest);
    if (parent !== undefined) {
      const reason = { code: 'referenced', text: `kept: child of ${parent}` };
      unsafe.set(tag, { verdict: 'keep', reason });
    } else if (form === 'digest' && siblings !== undefined) {
      unsafe.set(tag, { verdict: 'blocked', reason: describeShared(siblings) });
    }
  }
  return unsafe;
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
