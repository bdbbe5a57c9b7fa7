import type { Decision, KeepDecision } from './decision';
import { movingTagsOf, type MovingTag, type UnpublishedReason } from './moving-tags';
import type { TagName } from './names';
import { isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';

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
  return movingTagsOf(release.version, rules).map((moving) =>
    explainTag(moving, { release, trouble }, byTag.get(moving.tag)),
  );
}

export interface PlanOutcome {
  readonly decisions: readonly Decision[];
  readonly rules: RepositoryRules;
  /** Tags of releases that are in conflict (rule K1). */
  readonly conflicting: ReadonlySet<TagName>;
}

type KeepCause = KeepDecision['reason'];

/** Why a release can own no tag at all. */
function troubleOf(release: Release, conflicting: ReadonlySet<TagName>): KeepCause | undefined {
  if (isPrerelease(release)) {
    return { code: 'prerelease', text: `kept: ${release.tag} is a pre-release` };
  }
  if (release.missing) {
    return { code: 'manifest-missing', text: `kept: ${release.tag} is gone from the registry` };
  }
  if (!conflicting.has(release.tag)) return undefined;
  const text = `kept: two tags name version ${release.version.text} with different digests`;
  return { code: 'conflict', text };
}

function explainTag(
  moving: MovingTag,
  { release, trouble }: { readonly release: Release; readonly trouble: KeepCause | undefined },
  decision: Decision | undefined,
): Decision {
  if (moving.unpublished !== undefined) {
    return keptBecause(moving, undefined, unpublishedCause(moving, moving.unpublished));
  }
  if (decision?.action === 'move') return decision;
  if (trouble !== undefined && decision?.reason.code !== 'drifted') {
    return keptBecause(moving, decision, trouble);
  }
  if (decision === undefined) {
    const text = `kept: ${release.tag} is not there`;
    return keptBecause(moving, decision, { code: 'manifest-missing', text });
  }
  return explainKept(moving, release, decision);
}

/** Right for the tag may still need words for the release: a higher one has it. */
function explainKept(moving: MovingTag, release: Release, decision: KeepDecision): Decision {
  const standsOn = decision.to;
  // Two tags on one digest are one image: the tag is on it, by whichever name.
  if (decision.reason.code !== 'already-right' || standsOn?.digest === release.digest) {
    return decision;
  }
  const text = `kept: ${standsOn?.release ?? 'another release'} is higher`;
  return keptBecause(moving, decision, { code: 'higher-release-exists', text });
}

function unpublishedCause({ tag, level }: MovingTag, code: UnpublishedReason): KeepCause {
  switch (code) {
    case 'level-off':
      return { code, text: `kept: the rules publish no ${level} tags` };
    case 'zero-major-off':
      return { code, text: `kept: the rules do not publish ${tag}, since 0.x minors may break` };
  }
}

function keptBecause(
  moving: MovingTag,
  decision: Decision | undefined,
  reason: KeepCause,
): KeepDecision {
  const at = decision?.from ?? null;
  return { tag: moving.tag, action: 'keep', reason, from: at, to: at };
}
