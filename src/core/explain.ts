import type { Decision, KeepDecision } from './decision';
import { movingTagsOf, type MovingTag } from './moving-tags';
import { isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';

/**
 * What a plan means for one announced release: a decision for every moving tag that its version
 * could have, so that "why did `2` not move?" has an answer (rule E1). Decisions on other tags are
 * left out.
 */
export function explainRelease(
  release: Release,
  decisions: readonly Decision[],
  rules: RepositoryRules,
): readonly Decision[] {
  const byTag = new Map(decisions.map((decision) => [decision.tag, decision]));
  return movingTagsOf(release.version, rules).map((moving) =>
    explainTag(moving, release, byTag.get(moving.tag)),
  );
}

function explainTag(moving: MovingTag, release: Release, decision: Decision | undefined): Decision {
  if (moving.unpublished === 'level-off') {
    const text = `kept: the rules publish no ${moving.level} tags`;
    return unpublished(moving, { code: 'level-off', text });
  }
  if (moving.unpublished === 'zero-major-off') {
    const text = `kept: the rules do not publish ${moving.tag}, since 0.x minors may break`;
    return unpublished(moving, { code: 'zero-major-off', text });
  }
  if (decision?.action === 'move') return decision;
  if (isPrerelease(release)) {
    return keptBecause(moving, decision, 'prerelease', `kept: ${release.tag} is a pre-release`);
  }
  if (decision === undefined) {
    return keptBecause(moving, decision, 'manifest-missing', `kept: ${release.tag} is not there`);
  }
  const standsOn = decision.to?.release ?? null;
  if (decision.reason.code === 'already-right' && standsOn !== null && standsOn !== release.tag) {
    return keptBecause(moving, decision, 'higher-release-exists', `kept: ${standsOn} is higher`);
  }
  return decision;
}

function unpublished(moving: MovingTag, reason: KeepDecision['reason']): KeepDecision {
  return { tag: moving.tag, action: 'keep', reason, from: null, to: null };
}

function keptBecause(
  moving: MovingTag,
  decision: Decision | undefined,
  code: KeepDecision['reason']['code'],
  text: string,
): KeepDecision {
  const at = decision?.from ?? null;
  return { tag: moving.tag, action: 'keep', reason: { code, text }, from: at, to: at };
}
