import { z } from 'zod';

import { type KeepCondition, RETENTION_MODES } from '../core/retention-policy';
import { exactlyOneOf, group, listOf, textOf, wholeNumber } from './schema-parts';
import { parseDurationMs, parseSchedule } from './setting-values';

const MAX_COUNT = 10_000;
const DURATION_ALLOWED = 'a duration such as 90s, 10m, 12h or 14d, or 0';
const CONDITION_ALLOWED =
  'one of { newestPatches: n, per: minor }, { newestMinors: n, per: major }, { newest: n }, { movedWithin: 90d }';
const KEEP_ALLOWED = 'any or all, and one of them only, with a list of conditions';
const SCHEDULE_ALLOWED =
  'a cron expression of five fields in UTC that comes round, such as "30 2 * * *"';

const count = wholeNumber(0, MAX_COUNT);

const keepCondition = group({
  newestPatches: count.optional().meta({
    description: 'Keeps the n highest patches of every minor; with `per: minor`.',
  }),
  newestMinors: count.optional().meta({
    description: 'Keeps every patch of the n highest minors of every major; with `per: major`.',
  }),
  newest: count.optional().meta({ description: 'Keeps the n highest releases.' }),
  movedWithin: z
    .union([z.literal(0), textOf(parseDurationMs, DURATION_ALLOWED)], { error: DURATION_ALLOWED })
    .optional()
    .meta({ description: 'Keeps what moved at most this long ago, such as 90d.' }),
  per: z.enum(['minor', 'major']).optional().meta({
    description: 'What a count is taken of: minor for newestPatches, major for newestMinors.',
  }),
})
  .transform((given, context) => {
    const condition = keepConditionOf(given);
    if (condition !== undefined) return condition;
    context.addIssue({ code: 'custom', message: CONDITION_ALLOWED });
    return z.NEVER;
  })
  .meta({
    ...exactlyOneOf(['newestPatches', 'per'], ['newestMinors', 'per'], ['newest'], ['movedWithin']),
  });

interface GivenCondition {
  readonly newestPatches?: number | undefined;
  readonly newestMinors?: number | undefined;
  readonly newest?: number | undefined;
  readonly movedWithin?: number | undefined;
  readonly per?: 'minor' | 'major' | undefined;
}

/** Undefined unless exactly one condition is given, with the `per` that belongs to it. */
function keepConditionOf({ per, ...given }: GivenCondition): KeepCondition | undefined {
  const { newestPatches, newestMinors, newest, movedWithin } = given;
  if (Object.values(given).filter((value) => value !== undefined).length !== 1) return undefined;
  if (newestPatches !== undefined && per === 'minor') {
    return { kind: 'newest-patches', count: newestPatches };
  }
  if (newestMinors !== undefined && per === 'major') {
    return { kind: 'newest-minors', count: newestMinors };
  }
  if (per !== undefined) return undefined;
  if (newest !== undefined) return { kind: 'newest', count: newest };
  return movedWithin === undefined ? undefined : { kind: 'moved-within', ms: movedWithin };
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

const retentionRule = group({
  class: z.literal('release').meta({ description: 'The kind of tags that the rule is about.' }),
  keep,
}).transform((rule) => ({ class: rule.class, ...rule.keep }));

/** The value under `retention.policies.<name>`. */
const retentionPolicy = group({
  mode: z.enum(RETENTION_MODES).default('dry-run').meta({
    description: 'off plans nothing, dry-run plans on schedule, enforce also deletes.',
  }),
  rules: listOf(retentionRule, 'a list with at least one rule').meta({
    description: 'What stays; a tag that any rule keeps is kept.',
  }),
});

/** The value under `retention`. */
export const retentionSection = group({
  schedule: textOf(parseSchedule, SCHEDULE_ALLOWED).optional().meta({
    description: 'When policies run: five cron fields in UTC. Without it they run on request only.',
  }),
  policies: z
    .record(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, ".", "_" and "-"'),
      retentionPolicy,
    )
    .default({})
    .meta({ description: 'What may go, by name; a repository names its policy.' }),
});
