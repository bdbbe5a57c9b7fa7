import { z } from 'zod';
import { RETENTION_MODES, type RetentionPolicy } from '../core/retention-policy';
import { duration } from './retention-duration';
import { retentionRule, tagPattern } from './retention-rule.schema';
import { group, listOf, textOf, wholeNumber } from './schema-parts';
import { parseSchedule } from './setting-values';

const SCHEDULE_ALLOWED =
  'a cron expression of five fields in UTC that comes round, such as "30 2 * * *"';
const MOST_TAGS = 1_000_000;
const MOST_ROLLBACKS = 100;
const PERCENT = wholeNumber(0, 100);

/** Hard protections can be spelled out, and not be switched off. */
const alwaysOn = z.literal(true, 'true: this cannot be switched off').optional();

const clock = group({
  age: z.literal('lastMoved', 'lastMoved').optional().meta({
    description: 'Age is the time since the tag last moved: build dates and pulls say nothing.',
  }),
  unknown: z.literal('keep', 'keep').optional().meta({
    description: 'What becomes of a tag of unknown age.',
  }),
  minAge: duration.default(0).meta({ description: 'Nothing younger is a candidate.' }),
});

const protect = group({
  movingTags: alwaysOn.meta({
    description: 'Moving tags, and version tags on what they point at.',
  }),
  rollbackDepth: wholeNumber(0, MOST_ROLLBACKS).default(0).meta({
    description: 'How many former targets of each moving tag are protected as well.',
  }),
  references: alwaysOn.meta({ description: 'Whatever a tag that stays refers to, at any depth.' }),
  pins: alwaysOn.meta({ description: 'Tags and digests that somebody pinned.' }),
  tags: z.array(tagPattern, { error: 'a list of patterns' }).default([]).meta({
    description: 'Names that never go: globs, or regular expressions behind `re:`.',
  }),
  inUse: group({
    maxReportAge: duration.meta({ description: 'An older report stops retention.' }),
    onStale: z.literal('skip', 'skip').optional().meta({
      description: 'What becomes of a run when a report is too old.',
    }),
  })
    .optional()
    .meta({ description: 'Wants reports of what runs; leave it out where nobody reports.' }),
});

const guards = group({
  maxDelete: wholeNumber(0, MOST_TAGS).optional().meta({ description: 'Tags in one plan.' }),
  maxDeletePercent: PERCENT.optional().meta({
    description: 'Tags in one plan, of all tags of the repository.',
  }),
  minRemaining: wholeNumber(0, MOST_TAGS).optional().meta({
    description: 'Tags that a plan must leave.',
  }),
  maxInventoryDropPercent: PERCENT.optional().meta({
    description:
      'How many of the known tags may be missing; 10, and more than 4 tags, unless given.',
  }),
  approveAbove: wholeNumber(0, MOST_TAGS).optional().meta({
    description: 'Plans that delete more wait for a person.',
  }),
});

const deletion = group({
  form: z.enum(['auto', 'tag-only']).default('auto').meta({
    description: 'tag-only: never by digest or dummy.',
  }),
  notice: duration.default(0).meta({ description: 'Time between a plan and its execution.' }),
  restoreWindow: duration.default(0).meta({
    description: 'How long a deleted tag can be brought back.',
  }),
  restoreTags: z.boolean('true or false').default(true).meta({
    description: 'Whether a digest that loses its last tag gets a restore tag for the window.',
  }),
  dependants: z.enum(['follow-subject', 'keep']).default('follow-subject').meta({
    description: 'What becomes of signatures and the like when what they describe is gone.',
  }),
});

const execution = group({
  concurrency: wholeNumber(1, 32).default(2).meta({ description: 'Deletions at a time.' }),
  perSecond: wholeNumber(1, 1000).optional().meta({ description: 'Deletions in a second.' }),
  stopAfterErrors: wholeNumber(1, 1000).optional().meta({
    description: 'Refused deletions until a run stops.',
  }),
});

/** The value under `retention.policies.<name>`. */
export const retentionPolicy = group({
  mode: z.enum(RETENTION_MODES).default('dry-run').meta({
    description:
      'off plans nothing, dry-run plans on schedule, enforce also deletes, once a person has executed a plan of exactly this policy.',
  }),
  clock: clock.prefault({}).meta({ description: 'How old a tag is.' }),
  protect: protect.prefault({}).meta({ description: 'What never goes, whatever the rules say.' }),
  rules: listOf(retentionRule, 'a list with at least one rule').meta({
    description:
      'What stays; a tag that any rule keeps is kept, one that no rule is about as well.',
  }),
  guards: guards.prefault({}).meta({ description: 'Limits that stop a whole plan.' }),
  delete: deletion.prefault({}).meta({ description: 'How tags go, and how they come back.' }),
  execution: execution.prefault({}).meta({ description: 'How fast a run is.' }),
});

/** The checked policy as the core takes it. */
export function toPolicy(name: string, given: z.output<typeof retentionPolicy>): RetentionPolicy {
  const { mode, clock: ages, protect: protection, rules, guards: limits } = given;
  const { form, notice, restoreWindow, restoreTags, dependants } = given.delete;
  const { concurrency, perSecond, stopAfterErrors } = given.execution;
  return {
    ...{ name, mode, minAgeMs: ages.minAge, rules, guards: limits },
    protect: {
      rollbackDepth: protection.rollbackDepth,
      tags: protection.tags,
      maxReportAgeMs: protection.inUse?.maxReportAge,
    },
    deletion: {
      ...{ form, noticeMs: notice, restoreWindowMs: restoreWindow, restoreTags, dependants },
    },
    execution: { concurrency, perSecond, stopAfterErrors },
  };
}

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
