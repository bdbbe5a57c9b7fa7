import type { Reason } from './decision';
import {
  type DeleteForm,
  deleteFormOf,
  type DeletionCapabilities,
  describeShared,
} from './deletion';
import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';

/** What becomes of a tag that neither a protection nor a rule keeps. */
export interface CandidateVerdict {
  readonly verdict: 'keep' | 'delete' | 'blocked';
  readonly form?: DeleteForm;
  readonly reason: Reason<string>;
}

const NOTHING_KEEPS = { code: 'no-condition-keeps', text: 'deleted: no condition keeps it' };

/**
 * Judges the tags that nothing keeps: one whose digest the index of a tag that stays lists stays as
 * well, and whether a tag on its own digest stays decides the form. One look is enough: whatever a
 * candidate that is kept after all reaches, the tag that stays reaches, too.
 */
export function judgeCandidates(
  members: readonly InventoryTag[],
  kept: ReadonlyMap<TagName, unknown>,
  inventory: RetentionInventory,
  capabilities: DeletionCapabilities,
): ReadonlyMap<TagName, CandidateVerdict> {
  const candidates = members.filter(({ tag }) => !kept.has(tag));
  const going = new Set(candidates.map(({ tag }) => tag));
  const staying = inventory.tags.filter(({ tag }) => !going.has(tag));
  const listed = listedBy(staying, inventory.children);
  const stayingOn = groupTags(staying);
  const judge = (digest: Digest): CandidateVerdict => {
    const parent = listed.get(digest);
    if (parent !== undefined) {
      return { verdict: 'keep', reason: { code: 'referenced', text: `kept: child of ${parent}` } };
    }
    const siblings = stayingOn.get(digest) ?? [];
    const form = deleteFormOf(capabilities, siblings.length > 0);
    return form === undefined
      ? { verdict: 'blocked', reason: describeShared(siblings) }
      : { verdict: 'delete', form, reason: NOTHING_KEEPS };
  };
  return new Map(candidates.map(({ tag, digest }) => [tag, judge(digest)]));
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
