import type { Channel } from './channels';
import { completenessGate } from './completeness';
import type { Decision, KeepDecision } from './decision';
import { type Membership, membershipsOf, type UnpublishedReason } from './memberships';
import { movingTagsOf } from './moving-tags';
import type { TagName } from './names';
import { isPrerelease, type Release } from './release';
import { LEVELS_OF_SCHEME, type RepositoryRules } from './rules';

/**
 * What a plan means for one announced release: a decision for every moving tag that its version
 * could have, so that "why did `2` not move?" has an answer (rule E1). Decisions on other tags are
 * left out.
 */
export function explainRelease(release: Release, outcome: PlanOutcome): readonly Decision[] {
  const { decisions, rules } = outcome;
  const byTag = new Map(decisions.map((decision) => [decision.tag, decision]));
  const memberships = membershipsOf(rules);
  const stable = memberships.ofStable(release.version);
  const stableTags = new Set(stable.flatMap(({ names }) => names));
  const trouble = troubleOf(release, outcome);
  const causes = new Map<TagName, KeepCause | undefined>();
  for (const tag of stableTags) causes.set(tag, trouble);
  for (const { names, channel } of stable) {
    const cause = trouble ?? soakOf(release, channel);
    if (channel !== undefined) for (const tag of names) causes.set(tag, cause);
  }
  for (const tag of movingTagsOf(release, rules)) if (!causes.has(tag)) causes.set(tag, undefined);
  const explained = Array.from(causes, ([tag, cause]) =>
    explainTag(tag, { release, trouble: cause }, byTag.get(tag)),
  );
  return [...explained, ...unpublishedTags(release, rules, causes)];
}

/** Rule C5: a release is higher than what the tag stands on, and has to wait. */
function soakOf(release: Release, channel: Channel | undefined): KeepCause | undefined {
  if (channel === undefined || channel.soak === 0) return undefined;
  const text = `kept: ${release.tag} has not been out for as long as ${channel.name} asks`;
  return { code: 'soaking', text };
}

function unpublishedTags(
  release: Release,
  rules: RepositoryRules,
  known: ReadonlyMap<TagName, unknown>,
): readonly Decision[] {
  const levels = LEVELS_OF_SCHEME[rules.scheme];
  return membershipsOf(rules)
    .unpublished(release.version, levels)
    .flatMap(({ membership, reason }) =>
      membership.names
        .filter((tag) => !known.has(tag))
        .map((tag) => keptBecause(tag, undefined, unpublishedCause(tag, membership, reason))),
    );
}

export interface PlanOutcome {
  readonly decisions: readonly Decision[];
  readonly rules: RepositoryRules;
  /** Tags of releases that are in conflict (rule K1). */
  readonly conflicting: ReadonlySet<TagName>;
  /** All releases, where the rules ask for every variant of one (rule A5). */
  readonly releases?: readonly Release[] | undefined;
}

type KeepCause = KeepDecision['reason'];

/** Why a release can own no tag of the stable line. */
function troubleOf(
  release: Release,
  { conflicting, rules, releases = [] }: PlanOutcome,
): KeepCause | undefined {
  if (isPrerelease(release)) {
    return { code: 'prerelease', text: `kept: ${release.tag} is a pre-release` };
  }
  if (release.withdrawn !== undefined) {
    return { code: 'withdrawn', text: `kept: ${release.tag} is withdrawn: ${release.withdrawn}` };
  }
  if (release.missing) {
    return { code: 'manifest-missing', text: `kept: ${release.tag} is gone from the registry` };
  }
  if (!conflicting.has(release.tag)) return completenessGate(releases, rules).barOf(release);
  const text = `kept: two tags name version ${release.version.text} with different digests`;
  return { code: 'conflict', text };
}

function explainTag(
  tag: TagName,
  { release, trouble }: { readonly release: Release; readonly trouble: KeepCause | undefined },
  decision: Decision | undefined,
): Decision {
  if (decision?.action === 'move') return decision;
  if (trouble !== undefined && !outweighs(decision, release, trouble)) {
    return keptBecause(tag, decision, trouble);
  }
  if (decision === undefined) {
    const text = `kept: ${release.tag} is not there`;
    return keptBecause(tag, decision, { code: 'manifest-missing', text });
  }
  return explainKept(tag, release, decision);
}

/** Drift counts more than what is wrong with the release; and who stands on it has soaked. */
function outweighs(
  decision: KeepDecision | undefined,
  release: Release,
  trouble: KeepCause,
): boolean {
  if (decision?.reason.code === 'drifted') return true;
  return trouble.code === 'soaking' && decision?.to?.digest === release.digest;
}

/** Right for the tag may still need words for the release: a higher one has it. */
function explainKept(tag: TagName, release: Release, decision: KeepDecision): Decision {
  const standsOn = decision.to;
  // Two tags on one digest are one image: the tag is on it, by whichever name.
  if (decision.reason.code !== 'already-right' || standsOn?.digest === release.digest) {
    return decision;
  }
  const text = `kept: ${standsOn?.release ?? 'another release'} is higher`;
  return keptBecause(tag, decision, { code: 'higher-release-exists', text });
}

function unpublishedCause(tag: TagName, { level }: Membership, code: UnpublishedReason): KeepCause {
  switch (code) {
    case 'level-off':
      return { code, text: `kept: the rules publish no ${level} tags` };
    case 'zero-major-off':
      return { code, text: `kept: the rules do not publish ${tag}, since 0.x minors may break` };
    case 'claimed':
      return { code, text: `kept: a channel has claimed the release, so ${tag} is for others` };
  }
}

function keptBecause(
  tag: TagName,
  decision: Decision | undefined,
  reason: KeepCause,
): KeepDecision {
  const at = decision?.from ?? null;
  return { tag, action: 'keep', reason, from: at, to: at };
}
