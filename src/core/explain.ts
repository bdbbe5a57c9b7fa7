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
export function explainRelease(
  release: Release,
  { decisions, rules, conflicting }: PlanOutcome,
): readonly Decision[] {
  const byTag = new Map(decisions.map((decision) => [decision.tag, decision]));
  const trouble = troubleOf(release, conflicting);
  const explained = new Map<TagName, Decision>();
  const memberships = membershipsOf(rules);
  const stable = memberships.ofStable(release.version).flatMap(({ names }) => names);
  for (const tag of new Set([...stable, ...movingTagsOf(release, rules)])) {
    explained.set(
      tag,
      explainTag(
        tag,
        { release, trouble: stable.includes(tag) ? trouble : undefined },
        byTag.get(tag),
      ),
    );
  }
  const levels = LEVELS_OF_SCHEME[rules.scheme];
  for (const { membership, reason } of memberships.unpublished(release.version, levels)) {
    for (const tag of membership.names) {
      if (explained.has(tag)) continue;
      const cause = unpublishedCause(tag, membership, reason);
      explained.set(tag, keptBecause(tag, undefined, cause));
    }
  }
  return [...explained.values()];
}

export interface PlanOutcome {
  readonly decisions: readonly Decision[];
  readonly rules: RepositoryRules;
  /** Tags of releases that are in conflict (rule K1). */
  readonly conflicting: ReadonlySet<TagName>;
}

type KeepCause = KeepDecision['reason'];

/** Why a release can own no tag of the stable line. */
function troubleOf(release: Release, conflicting: ReadonlySet<TagName>): KeepCause | undefined {
  if (isPrerelease(release)) {
    return { code: 'prerelease', text: `kept: ${release.tag} is a pre-release` };
  }
  if (release.withdrawn !== undefined) {
    return { code: 'withdrawn', text: `kept: ${release.tag} is withdrawn: ${release.withdrawn}` };
  }
  if (release.missing) {
    return { code: 'manifest-missing', text: `kept: ${release.tag} is gone from the registry` };
  }
  if (!conflicting.has(release.tag)) return undefined;
  const text = `kept: two tags name version ${release.version.text} with different digests`;
  return { code: 'conflict', text };
}

function explainTag(
  tag: TagName,
  { release, trouble }: { readonly release: Release; readonly trouble: KeepCause | undefined },
  decision: Decision | undefined,
): Decision {
  if (decision?.action === 'move') return decision;
  if (trouble !== undefined && decision?.reason.code !== 'drifted') {
    return keptBecause(tag, decision, trouble);
  }
  if (decision === undefined) {
    const text = `kept: ${release.tag} is not there`;
    return keptBecause(tag, decision, { code: 'manifest-missing', text });
  }
  return explainKept(tag, release, decision);
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
