import type { Reason } from './decision';
import {
  type DeleteForm,
  deleteFormOf,
  type DeletionCapabilities,
  describeNoForm,
} from './deletion';
import type { RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';
import { isPrerelease, type Release } from './release';
import { type ReleaseTag, tagsKeptByRule } from './retention-conditions';
import type { RetentionPolicy } from './retention-policy';
import { protectTags, type RetentionMember } from './retention-protection';
import { type CandidateVerdict, judgeCandidates, reachableFrom } from './retention-reach';
import type { RepositoryRules } from './rules';
import { classifyTag, type TagClass } from './tag-class';

export interface RetentionInput {
  readonly policy: RetentionPolicy;
  readonly rules: RepositoryRules;
  readonly releases: readonly Release[];
  readonly inventory: RetentionInventory;
  readonly capabilities: DeletionCapabilities;
  /** UTC milliseconds. */
  readonly now: number;
}

export type RetentionVerdict = 'keep' | 'delete' | 'blocked';

export interface RetentionDecision {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly verdict: RetentionVerdict;
  /** How the tag is deleted; only with `delete`. */
  readonly form?: DeleteForm;
  readonly reasons: readonly Reason<string>[];
}

/**
 * Decides for every tag of a repository (internal ones left out) whether it may go. Keep is the
 * default (invariant 7): a tag goes only when it is a release, a rule matches its class, no rule
 * keeps it, nothing protects it, nothing that stays reaches its digest, and the registry has a form
 * of deletion that takes nothing else along. Pure; the order of tags and rules changes nothing.
 */
export function evaluateRetention(input: RetentionInput): readonly RetentionDecision[] {
  const members = toMembers(input);
  const kept = mergeReasons([protectTags(members, input), keepByRules(members, input)]);
  if (deleteFormOf(input.capabilities, false) === undefined) {
    const verdict = { verdict: 'blocked', reason: describeNoForm(input.capabilities) } as const;
    return members.map((member) => toDecision(member, kept.get(member.tag), verdict));
  }
  const verdicts = judgeCandidates(members, kept, input.inventory, input.capabilities);
  return members.map((member) => {
    const verdict = verdicts.get(member.tag) ?? KEPT;
    return toDecision(member, kept.get(member.tag), verdict);
  });
}

/** Every tag that nothing keeps has a verdict of its own. */
const KEPT = { verdict: 'keep', reason: { code: 'no-rule', text: 'kept: no rule' } } as const;

function toDecision(
  { tag, digest }: RetentionMember,
  keptBecause: readonly Reason<string>[] | undefined,
  { reason, ...candidate }: CandidateVerdict,
): RetentionDecision {
  if (keptBecause !== undefined) return { tag, digest, verdict: 'keep', reasons: keptBecause };
  return { tag, digest, ...candidate, reasons: [reason] };
}

/** All reasons of each tag, in the order of the maps. */
function mergeReasons(
  maps: readonly ReadonlyMap<TagName, Reason<string>>[],
): ReadonlyMap<TagName, readonly Reason<string>[]> {
  const merged = new Map<TagName, Reason<string>[]>();
  for (const [tag, reason] of maps.flatMap((map) => [...map])) {
    const reasons = merged.get(tag);
    if (reasons === undefined) merged.set(tag, [reason]);
    else reasons.push(reason);
  }
  return merged;
}

/** Digests reachable from the tags before the plan and from none of those that stay. */
export function findUnreachable(
  inventory: RetentionInventory,
  decisions: readonly RetentionDecision[],
): readonly Digest[] {
  const deleted = new Set(decisions.filter(isDeleted).map(({ tag }) => tag));
  const staying = inventory.tags.filter(({ tag }) => !deleted.has(tag));
  const before = reachableFrom(inventory.tags, inventory.children);
  const after = reachableFrom(staying, inventory.children);
  return [...before].filter((digest) => !after.has(digest));
}

function isDeleted({ verdict }: RetentionDecision): boolean {
  return verdict === 'delete';
}

/** A release that was announced as a pre-release is one, whatever its text says (rule R2). */
function toMembers({ inventory, releases, rules }: RetentionInput): readonly RetentionMember[] {
  const announced = new Set(releases.filter(isPrerelease).map(({ tag }) => tag));
  return inventory.tags.flatMap((tag) => {
    const tagClass = classifyTag(tag.tag, rules);
    if (tagClass.kind === 'internal') return [];
    if (tagClass.kind !== 'release' || !announced.has(tag.tag)) {
      return [{ ...tag, class: tagClass }];
    }
    return [{ ...tag, class: { kind: 'prerelease', version: tagClass.version } }];
  });
}

function keepByRules(
  members: readonly RetentionMember[],
  { policy, now }: RetentionInput,
): ReadonlyMap<TagName, Reason<string>> {
  const kept = new Map<TagName, Reason<string>>();
  const releases: ReleaseTag[] = members.flatMap((member) =>
    member.class.kind === 'release' ? [{ ...member, version: member.class.version }] : [],
  );
  const hasRule = policy.rules.length > 0;
  for (const { tag, class: tagClass } of members) {
    if (tagClass.kind === 'release' && hasRule) continue;
    const code = tagClass.kind === 'moving' ? 'moving-tag' : 'no-rule';
    kept.set(tag, { code, text: KEPT_CLASSES[tagClass.kind] });
  }
  for (const rule of policy.rules) {
    for (const [tag, text] of tagsKeptByRule(rule, releases, now)) {
      kept.set(tag, { code: 'kept-by-rule', text });
    }
  }
  return kept;
}

const KEPT_CLASSES: Readonly<Record<TagClass['kind'], string>> = {
  release: 'kept: no rule is about releases',
  prerelease: 'kept: no rule is about pre-releases',
  moving: 'kept: a moving tag is never pruned',
  dependant: 'kept: it follows its subject',
  internal: 'kept: Tagward needs it',
  unknown: 'kept: no rule is about tags that are no versions',
};
