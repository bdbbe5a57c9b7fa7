import type { InventoryTag, RetentionInventory } from './inventory';
import type { TagName } from './names';
import { isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';
import { classifyTag, type TagClass } from './tag-class';

/** A tag with its class; internal ones are none. */
export interface RetentionMember extends InventoryTag {
  readonly class: Exclude<TagClass, { readonly kind: 'internal' }>;
}

export type DependantMember = RetentionMember & {
  readonly class: Extract<TagClass, { readonly kind: 'dependant' }>;
};

/** Splits the tags of an inventory: Tagward's own are never decided on, matched or counted. */
export function splitInternal(
  { tags, manifests }: RetentionInventory,
  releases: readonly Release[],
  rules: RepositoryRules,
): { readonly members: readonly RetentionMember[]; readonly internal: readonly InventoryTag[] } {
  const announced = new Set(releases.filter(isPrerelease).map(({ tag }) => tag));
  const members: RetentionMember[] = [];
  const internal: InventoryTag[] = [];
  for (const tag of tags) {
    const tagClass = classOf(tag, manifests, announced, rules);
    if (tagClass.kind === 'internal') internal.push(tag);
    else members.push(toMember(tag, tagClass));
  }
  return { members, internal };
}

/** Name by name: a repository may have a million of them. */
function toMember(
  { tag, digest, lastMoved, sequence, lastPulled, firstObserved }: InventoryTag,
  tagClass: RetentionMember['class'],
): RetentionMember {
  return { tag, digest, lastMoved, sequence, lastPulled, firstObserved, class: tagClass };
}

/** A release that was announced as a pre-release is one, whatever its text says (rule R2). */
function classOf(
  { tag, digest }: InventoryTag,
  manifests: RetentionInventory['manifests'],
  announced: ReadonlySet<TagName>,
  rules: RepositoryRules,
): TagClass {
  const tagClass = classifyTag(tag, rules);
  if (tagClass.kind === 'internal' || tagClass.kind === 'moving') return tagClass;
  const subject = manifests.get(digest)?.subject;
  if (subject !== undefined) return { kind: 'dependant', subject };
  if (tagClass.kind !== 'release' || !announced.has(tag)) return tagClass;
  return { kind: 'prerelease', version: tagClass.version };
}
