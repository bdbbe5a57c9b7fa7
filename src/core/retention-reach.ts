import type { Reason } from './decision';
import {
  type BlockCode,
  chooseForm,
  type DeleteForm,
  type DeletionCapabilities,
  type FormNeeds,
  singleTagForm,
} from './deletion';
import { groupBy } from './group-by';
import type { InventoryTag, RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';
import { addListed, type Listed, listedBy } from './retention-graph';
import type { DependantMember, RetentionMember } from './retention-member';
import type { RetentionPolicy } from './retention-policy';

/** What references say about a tag, and what becomes of it where nothing keeps it. */
export type CandidateVerdict =
  | { readonly verdict: 'keep'; readonly reason: Reason<'referenced' | 'follows-subject'> }
  | { readonly verdict: 'delete'; readonly form: DeleteForm }
  | { readonly verdict: 'blocked'; readonly reasons: readonly Reason<BlockCode>[] };

export interface ReachInput {
  readonly members: readonly RetentionMember[];
  readonly internal: readonly InventoryTag[];
  /** Whether a protection or a rule keeps a tag, or no rule is about it; dependants have none. */
  readonly isKept: (member: RetentionMember) => boolean;
  readonly inventory: RetentionInventory;
  /** Digests that are pinned or in use: what they reach is needed, with or without a tag. */
  readonly roots: ReadonlySet<Digest>;
  readonly policy: RetentionPolicy;
  readonly capabilities: DeletionCapabilities;
}

/** What stays because something refers to it. */
export interface References {
  /** Digests that an index lists that stays, each with a tag that reaches it. */
  readonly listed: ReadonlyMap<Digest, string>;
  /** Dependants whose subject lives. */
  readonly following: ReadonlySet<TagName>;
}

/**
 * Judges the tags that no protection and no rule keeps. A tag that is blocked stays after all, and
 * what it reaches stays with it: so this goes round until no further one is blocked.
 */
export function judgeCandidates(input: ReachInput): {
  readonly references: References;
  readonly verdicts: ReadonlyMap<TagName, CandidateVerdict>;
} {
  const parted = partMembers(input);
  const there = stillThere(input, parted);
  const blocked = new Set<TagName>();
  for (;;) {
    const references = followReferences(input, parted, { blocked, there });
    const verdicts = judge(input, parted, references);
    const before = blocked.size;
    for (const [tag, { verdict }] of verdicts) if (verdict === 'blocked') blocked.add(tag);
    if (blocked.size === before) return { references, verdicts };
  }
}

interface PartedMembers {
  readonly kept: readonly RetentionMember[];
  readonly candidates: readonly RetentionMember[];
  readonly dependants: readonly DependantMember[];
  /** What any tag or manifest describes: whether anything else lives makes no difference. */
  readonly subjects: ReadonlySet<Digest>;
}

function partMembers({ members, isKept, inventory }: ReachInput): PartedMembers {
  const kept: RetentionMember[] = [];
  const candidates: RetentionMember[] = [];
  for (const member of members) (isKept(member) ? kept : candidates).push(member);
  const dependants = candidates.filter(isDependant);
  const subjects = new Set(dependants.map(({ class: { subject } }) => subject));
  for (const { subject } of inventory.manifests.values()) {
    if (subject !== undefined) subjects.add(subject);
  }
  return { kept, candidates, dependants, subjects };
}

function followReferences(
  { internal, inventory: { manifests }, roots, policy }: ReachInput,
  { kept, candidates, dependants, subjects }: PartedMembers,
  {
    blocked,
    there,
  }: { readonly blocked: ReadonlySet<TagName>; readonly there: ReadonlySet<Digest> },
): References {
  const keepsDependants = policy.deletion.dependants === 'keep';
  const stays = (member: RetentionMember): boolean =>
    blocked.has(member.tag) || (keepsDependants && isDependant(member));
  const staying: readonly InventoryTag[] = [...internal, ...kept, ...candidates.filter(stays)];
  const listed = listedBy(staying, manifests);
  for (const root of [...roots].sort()) addListed(listed, root, shortOf(root), manifests);
  const living = new Set(there);
  const live = (digest: Digest): void => {
    if (subjects.has(digest)) living.add(digest);
  };
  for (const root of roots) live(root);
  for (const { digest } of staying) live(digest);
  for (const digest of listed.keys()) live(digest);
  // One that is blocked may turn out to follow a subject that is blocked as well.
  return { listed, following: followSubjects(dependants, { living, listed, manifests }) };
}

/**
 * Subjects that are no tag's any more and yet live: what can be restored, and manifests without any
 * tag, which somebody may use by digest.
 */
function stillThere(
  { members, internal, inventory: { manifests }, policy }: ReachInput,
  { candidates, subjects }: PartedMembers,
): ReadonlySet<Digest> {
  const untagged = new Set([...subjects].filter((digest) => manifests.has(digest)));
  for (const { digest } of members) untagged.delete(digest);
  for (const { digest } of internal) untagged.delete(digest);
  for (const digest of listedBy([...members, ...internal], manifests).keys())
    untagged.delete(digest);
  if (policy.deletion.restoreWindowMs === 0) return untagged;
  const going = candidates.filter((member) => !isDependant(member));
  for (const { digest } of going) if (subjects.has(digest)) untagged.add(digest);
  for (const digest of listedBy(going, manifests).keys()) untagged.add(digest);
  return untagged;
}

/**
 * Dependants live as long as their subject, and what they list with them; chains are followed. Adds
 * what lives by them to `living` and `listed`, and gives their tags.
 */
export function followSubjects(
  dependants: readonly DependantMember[],
  {
    living,
    listed,
    manifests,
  }: {
    readonly living: Set<Digest>;
    readonly listed: Listed;
    readonly manifests: RetentionInventory['manifests'];
  },
): ReadonlySet<TagName> {
  const following = new Set<TagName>();
  const edges = groupBy(describing(dependants, manifests).sort(byName), ({ subject }) => subject);
  const open = [...edges.keys()].filter((subject) => living.has(subject));
  for (let subject = open.pop(); subject !== undefined; subject = open.pop()) {
    for (const { tag, digest } of edges.get(subject) ?? []) {
      if (tag !== undefined) following.add(tag);
      // Whatever is listed lives, so only what is newly listed can be new among the living.
      const added = addListed(listed, digest, tag ?? shortOf(digest), manifests);
      for (const reached of [digest, ...added]) {
        if (living.has(reached)) continue;
        living.add(reached);
        if (edges.has(reached)) open.push(reached);
      }
    }
  }
  return following;
}

interface Description {
  /** Undefined where the manifest has no tag. */
  readonly tag?: TagName;
  readonly digest: Digest;
  readonly subject: Digest;
}

function describing(
  dependants: readonly DependantMember[],
  manifests: RetentionInventory['manifests'],
): Description[] {
  const tagged = dependants.map(({ tag, digest, class: { subject } }) => ({
    ...{ tag, digest, subject },
  }));
  const all = Array.from(manifests, ([digest, { subject }]) => ({ digest, subject }));
  return [
    ...tagged,
    ...all.flatMap(({ digest, subject }) => (subject === undefined ? [] : [{ digest, subject }])),
  ];
}

function byName(left: Description, right: Description): number {
  const [leftName, rightName] = [left.tag ?? left.digest, right.tag ?? right.digest];
  return leftName < rightName ? -1 : Number(leftName > rightName);
}

function judge(
  input: ReachInput,
  { kept, candidates }: PartedMembers,
  references: References,
): ReadonlyMap<TagName, CandidateVerdict> {
  const verdicts = new Map<TagName, CandidateVerdict>();
  const staying: InventoryTag[] = [...input.internal, ...kept];
  const going: RetentionMember[] = [];
  for (const member of candidates) {
    const reason = referenceOf(member, references, input.policy);
    if (reason === undefined) {
      going.push(member);
      continue;
    }
    staying.push(member);
    verdicts.set(member.tag, { verdict: 'keep', reason });
  }
  // One that is blocked is no sibling here: it shares its verdict with the others on its digest.
  const formOf = formChooser(input, staying);
  for (const { tag, digest } of going) verdicts.set(tag, formOf(digest));
  return verdicts;
}

function referenceOf(
  member: RetentionMember,
  { listed, following }: References,
  { deletion }: RetentionPolicy,
): Reason<'referenced' | 'follows-subject'> | undefined {
  if (isDependant(member)) {
    if (deletion.dependants === 'keep') return DEPENDANTS_STAY;
    const text = `kept: its subject ${shortOf(member.class.subject)} is still needed`;
    if (following.has(member.tag)) return { code: 'follows-subject', text };
  }
  const parent = listed.get(member.digest);
  return parent === undefined ? undefined : childOf(parent);
}

export function childOf(parent: string): Reason<'referenced'> {
  return { code: 'referenced', text: `kept: child of ${parent}` };
}

const DEPENDANTS_STAY = {
  code: 'follows-subject',
  text: 'kept: the policy keeps what describes an image',
} as const;

/** The form depends on what else is on the digest, so every tag of a digest has the same. */
function formChooser(
  { inventory, capabilities, policy }: ReachInput,
  staying: readonly InventoryTag[],
): (digest: Digest) => CandidateVerdict {
  const verdictFor = (needs: FormNeeds): CandidateVerdict => {
    const choice = chooseForm(capabilities, policy.deletion, needs);
    return 'form' in choice
      ? { verdict: 'delete', form: choice.form }
      : { verdict: 'blocked', reasons: choice.blocked };
  };
  if (singleTagForm(capabilities) !== undefined) {
    const verdict = verdictFor({ siblings: 0, listed: false });
    return () => verdict;
  }
  const siblings = groupBy(staying, ({ digest }) => digest);
  const listed = new Set([...inventory.manifests.values()].flatMap(({ children }) => children));
  return (digest) =>
    verdictFor({ siblings: siblings.get(digest)?.length ?? 0, listed: listed.has(digest) });
}

export function isDependant(member: RetentionMember): member is DependantMember {
  return member.class.kind === 'dependant';
}

function shortOf(digest: Digest): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
