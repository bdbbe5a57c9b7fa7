import { z } from 'zod';
import type { KeepCondition, RetentionRule, VersionGroup } from '../core/retention-policy';
import { exactlyOneOf, group, listOf, textOf, wholeNumber } from './schema-parts';
import { duration } from './retention-duration';
import { parseTagPattern, TAG_PATTERN_ALLOWED } from './tag-pattern';

const MAX_COUNT = 10_000;
const CONDITION_ALLOWED =
  'one of { newestPatches: n, per: minor }, { newestMinors: n, per: major }, { newest: n } with or without per: major, minor or core, { movedWithin: 90d }, { pulledWithin: 30d }, { newestPulled: n }, { always: true }';
const KEEP_ALLOWED = 'any or all, and one of them only, with a list of conditions';
const BUILD_ALLOWED =
  'for builds, which have no version: { newest: n }, { movedWithin: 30d }, { pulledWithin: 30d }, { newestPulled: n }, { always: true }';

const count = wholeNumber(0, MAX_COUNT);
export const tagPattern = textOf(parseTagPattern, TAG_PATTERN_ALLOWED);

const keepCondition = group({
  newestPatches: count.optional().meta({
    description: 'Keeps the n highest patches of every minor; with `per: minor`.',
  }),
  newestMinors: count.optional().meta({
    description: 'Keeps every patch of the n highest minors of every major; with `per: major`.',
  }),
  newest: count.optional().meta({
    description:
      'Keeps the n highest versions, of all or of each `per`; builds by their last move.',
  }),
  movedWithin: duration.optional().meta({
    description: 'Keeps what moved at most this long ago, such as 90d.',
  }),
  pulledWithin: duration.optional().meta({
    description: 'Keeps what was pulled at most this long ago; never pulled counts as moved.',
  }),
  newestPulled: count.optional().meta({ description: 'Keeps the n last pulled.' }),
  always: z.literal(true, 'true').optional().meta({ description: 'Keeps everything.' }),
  per: z.enum(['minor', 'major', 'core']).optional().meta({
    description:
      'What a count is taken of: minor for newestPatches, major for newestMinors, any for newest.',
  }),
})
  .transform((given, context) => {
    const condition = keepConditionOf(given);
    if (condition !== undefined) return condition;
    context.addIssue({ code: 'custom', message: CONDITION_ALLOWED });
    return z.NEVER;
  })
  .meta(
    exactlyOneOf(
      ...[['newestPatches', 'per'], ['newestMinors', 'per'], ['newest'], ['movedWithin']],
      ...[['pulledWithin'], ['newestPulled'], ['always']],
    ),
  );

interface GivenCondition {
  readonly newestPatches?: number | undefined;
  readonly newestMinors?: number | undefined;
  readonly newest?: number | undefined;
  readonly movedWithin?: number | undefined;
  readonly pulledWithin?: number | undefined;
  readonly newestPulled?: number | undefined;
  readonly always?: true | undefined;
  readonly per?: VersionGroup | undefined;
}

/** Undefined unless exactly one condition is given, with the `per` that belongs to it. */
function keepConditionOf({ per, ...given }: GivenCondition): KeepCondition | undefined {
  if (Object.values(given).filter((value) => value !== undefined).length !== 1) return undefined;
  const { newestPatches, newestMinors, newest } = given;
  if (newestPatches !== undefined) {
    return per === 'minor' ? { kind: 'newest-patches', count: newestPatches } : undefined;
  }
  if (newestMinors !== undefined) {
    return per === 'major' ? { kind: 'newest-minors', count: newestMinors } : undefined;
  }
  if (newest !== undefined) return { kind: 'newest', count: newest, per };
  return per === undefined ? plainCondition(given) : undefined;
}

function plainCondition(given: GivenCondition): KeepCondition | undefined {
  const { movedWithin, pulledWithin, newestPulled, always } = given;
  if (movedWithin !== undefined) return { kind: 'moved-within', ms: movedWithin };
  if (pulledWithin !== undefined) return { kind: 'pulled-within', ms: pulledWithin };
  if (newestPulled !== undefined) return { kind: 'newest-pulled', count: newestPulled };
  return always && { kind: 'always' };
}

const conditions = listOf(keepCondition, 'a list with at least one condition').optional();

const keep = group({
  any: conditions.meta({ description: 'Kept by one of these conditions is kept.' }),
  all: conditions.meta({ description: 'Kept only by all of these conditions together.' }),
})
  .transform(({ any, all }, context) => {
    if (any !== undefined && all === undefined) return { combine: 'any', conditions: any } as const;
    if (all !== undefined && any === undefined) return { combine: 'all', conditions: all } as const;
    context.addIssue({ code: 'custom', message: KEEP_ALLOWED });
    return z.NEVER;
  })
  .meta({ description: 'What stays.', ...exactlyOneOf(['any'], ['all']) });

const versionRule = { keep };

const releaseRule = group({
  class: z.literal('release').meta({ description: 'Full versions without a pre-release part.' }),
  ...versionRule,
}).transform((rule): RetentionRule => ({ class: rule.class, ...rule.keep }));

const prereleaseRule = group({
  class: z.literal('prerelease').meta({ description: 'Full versions with a pre-release part.' }),
  ...versionRule,
  dropWhenReleased: group({
    after: duration.meta({ description: 'How long the final version must have existed.' }),
  })
    .optional()
    .meta({ description: 'When nothing keeps pre-releases of a version that is out any more.' }),
}).transform(({ class: kind, keep: kept, dropWhenReleased }): RetentionRule => ({
  ...{ class: kind, ...kept },
  dropReleasedAfterMs: dropWhenReleased?.after,
}));

const buildRule = group({
  class: z.literal('build').meta({ description: 'Whatever tags `match` names.' }),
  match: listOf(tagPattern, 'a list with at least one pattern').meta({
    description: 'Globs over tags, or regular expressions behind `re:`; both ends are anchored.',
  }),
  keep,
}).transform(({ class: kind, match, keep: kept }, context): RetentionRule => {
  if (kept.conditions.some(needsVersion)) {
    context.addIssue({ code: 'custom', message: BUILD_ALLOWED, path: ['keep'] });
    return z.NEVER;
  }
  return { class: kind, match, ...kept };
});

function needsVersion(condition: KeepCondition): boolean {
  const { kind } = condition;
  if (kind === 'newest') return condition.per !== undefined;
  return kind === 'newest-patches' || kind === 'newest-minors';
}

/** One entry of `rules`. */
export const retentionRule = z.discriminatedUnion(
  'class',
  [releaseRule, prereleaseRule, buildRule],
  { error: 'class: release, prerelease or build' },
);
