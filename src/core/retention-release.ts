import type { InventoryTag, RetentionInventory } from './inventory';
import { restoreTagOf } from './internal-tags';
import type { Digest, TagName } from './names';
import { addListed, listedBy } from './retention-graph';
import type { DependantMember, RetentionMember } from './retention-member';
import { followSubjects, isDependant } from './retention-reach';

export interface ReleaseInput {
  readonly members: readonly RetentionMember[];
  readonly internal: readonly InventoryTag[];
  readonly manifests: RetentionInventory['manifests'];
  /** Digests whose restore window is over. */
  readonly due: ReadonlySet<Digest>;
  /** Digests that are pinned or in use. */
  readonly roots: ReadonlySet<Digest>;
  /** Tags that something protects by themselves: they stay, and what describes them. */
  readonly kept?: ReadonlySet<TagName> | undefined;
}

export interface ReleasePlan {
  /** Tags that described a digest which is released, and nothing that stays. */
  readonly dependants: readonly RetentionMember[];
  /** Digests that stay when the restore tags are gone. */
  readonly living: ReadonlySet<Digest>;
}

/**
 * What goes with digests that are released (retention.md 2.3 step 14): dependants that live by them
 * only. Dependants that lost their subject otherwise are for the rules. Nothing due gives nothing.
 */
export function planRelease(input: ReleaseInput): ReleasePlan {
  const before = livingWithout(input, new Set());
  const after = livingWithout(input, input.due);
  const dependants = input.members.filter(
    (member) =>
      isDependant(member) && before.following.has(member.tag) && !after.following.has(member.tag),
  );
  return { dependants, living: after.living };
}

function livingWithout(
  { members, internal, manifests, roots, kept }: ReleaseInput,
  digests: ReadonlySet<Digest>,
): { readonly living: ReadonlySet<Digest>; readonly following: ReadonlySet<string> } {
  const released = new Set(Array.from(digests, restoreTagOf));
  const dependants: DependantMember[] = [];
  const staying = internal.filter(({ tag }) => !released.has(tag));
  for (const member of members) {
    if (isDependant(member) && kept?.has(member.tag) !== true) dependants.push(member);
    else staying.push(member);
  }
  const listed = listedBy(staying, manifests);
  for (const root of roots) addListed(listed, root, root, manifests);
  const living = new Set([...roots, ...staying.map(({ digest }) => digest), ...listed.keys()]);
  return { living, following: followSubjects(dependants, { living, listed, manifests }) };
}
