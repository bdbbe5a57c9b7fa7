import { z } from 'zod';
import { isChannelMatch } from '../core/channels';
import {
  DEFAULT_RULES,
  LEVELS,
  LEVELS_OF_SCHEME,
  type RepositoryRules,
  SCHEMES,
  VERSION_PREFIXES,
} from '../core/rules';
import { group, listOf, textOf, wholeNumber } from './schema-parts';
import { DURATION_ALLOWED, parseDurationMs } from './setting-values';

/** The keys of one entry under `repositories` that decide where its tags point. */

const SUFFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SUFFIX_GLOB = /^[A-Za-z0-9*][A-Za-z0-9*._-]{0,63}$/;
const SUFFIX_ALLOWED = 'the text of a suffix such as alpine3.23';
const HIGHEST_MAJOR = Number.MAX_SAFE_INTEGER;

const suffix = z.string(SUFFIX_ALLOWED).regex(SUFFIX, SUFFIX_ALLOWED);
const suffixGlob = z
  .string('a suffix such as alpine, or a pattern such as alpine*')
  .regex(SUFFIX_GLOB, 'a suffix such as alpine, or a pattern such as alpine*');
const levels = listOf(z.enum(LEVELS), `a list with at least one level of ${LEVELS.join(', ')}`);
const acceptance = z.enum(['accept', 'reject']);
const { parse, variants: variantDefaults } = DEFAULT_RULES;

const parseRules = group({
  gluedPrerelease: acceptance.default(parse.gluedPrerelease).meta({
    description: 'Whether 3.5.0rc1 is a pre-release, as 3.5.0-rc1 is.',
  }),
  shortRelease: acceptance.default(parse.shortRelease).meta({
    description: 'Whether a version with a part missing, such as 3.2, is a release.',
  }),
  shortPrerelease: acceptance.default(parse.shortPrerelease).meta({
    description: 'Whether a pre-release may have a part missing, such as 4.0-beta1.',
  }),
  numericSuffix: z.enum(['prerelease', 'revision', 'reject']).default(parse.numericSuffix).meta({
    description:
      'What 2.1.0-3 is: a pre-release as in semver, a later revision of 2.1.0, or nothing.',
  }),
  buildMetadata: z
    .enum(['underscore', 'dash', 'drop', 'reject'])
    .default(parse.buildMetadata)
    .meta({ description: 'What stands for the + of 2.1.0+build.7, which no tag can have.' }),
});

const variantRules = group({
  known: z
    .array(suffixGlob)
    .default([...variantDefaults.known])
    .meta({ description: 'Suffixes that are variants, such as alpine or alpine*.' }),
  scope: z.enum(['own', 'head']).default(variantDefaults.scope).meta({
    description: 'head: a variant tag moves only to what is the highest release of all variants.',
  }),
  latestName: z.enum(['bare', 'prefixed']).default(variantDefaults.latestName).meta({
    description: 'Whether the latest of a variant is named alpine or latest-alpine.',
  }),
  defaults: z
    .record(suffix, suffix)
    .default({ ...variantDefaults.defaults })
    .meta({
      description:
        'Variants whose tags follow another one: alpine: alpine3.23; bare: bookworm for the tags without a variant.',
    }),
  requireAll: z.boolean().default(variantDefaults.requireAll).meta({
    description: 'Whether bare tags wait until a release is there in every known variant.',
  }),
});

const channelRules = group({
  match: z
    .string('prerelease, a pre-release word, odd-minor, even-minor or a range')
    .optional()
    .meta({
      description:
        'prerelease, a pre-release word, odd-minor, even-minor, or a range such as >=2.0 <3.',
    }),
  claim: z.boolean().optional().meta({
    description: 'Whether its releases leave the major tag and latest to others.',
  }),
  tags: levels.optional().meta({
    description: 'Its levels: minor is 2.1-rc, major 2-rc, latest rc.',
    uniqueItems: true,
  }),
  retired: z.enum(['keep', 'delete']).optional().meta({
    description: 'What becomes of its tag when the release has come.',
  }),
  soak: textOf(parseDurationMs, DURATION_ALLOWED).optional().meta({
    description: 'How long a release must have been out, such as 14d.',
  }),
  majors: z
    .array(wholeNumber(0, HIGHEST_MAJOR))
    .optional()
    .meta({ description: 'The majors that it is about.' }),
  names: z
    .record(z.string().regex(/^\d+$/, 'a major'), suffix)
    .optional()
    .meta({ description: 'Code names by major: moving tags of their own.' }),
});

export const ruleFields = {
  scheme: z.enum(SCHEMES).default(DEFAULT_RULES.scheme).meta({
    description: 'How many numbers a version has.',
  }),
  levels: levels.optional().meta({
    description: 'Which moving tags exist; all levels of the scheme without it.',
    uniqueItems: true,
  }),
  versionPrefix: z.enum(VERSION_PREFIXES).default(DEFAULT_RULES.versionPrefix).meta({
    description: 'Moving tags of v1.2.3: strip gives 1.2, keep gives v1.2, both gives both.',
  }),
  zeroMajor: z.boolean().default(DEFAULT_RULES.zeroMajor).meta({
    description: 'Whether the moving tag 0 exists.',
  }),
  bootstrapLatest: z.boolean().default(DEFAULT_RULES.bootstrapLatest).meta({
    description: 'Whether latest may point at a pre-release while there is no release.',
  }),
  emptyLine: z.enum(['freeze', 'delete']).default(DEFAULT_RULES.emptyLine).meta({
    description: 'What becomes of a moving tag whose releases are all withdrawn.',
  }),
  revisions: z.boolean().default(DEFAULT_RULES.revisions).meta({
    description: 'Whether 6.4.3-r10 is the tenth build of 6.4.3, whose own tag then moves.',
  }),
  rebuilds: z.enum(['refuse', 'allow']).default(DEFAULT_RULES.rebuilds).meta({
    description: 'Whether the tag of a release may come again with another digest.',
  }),
  requirePlatforms: z
    .array(
      z
        .string('a platform such as linux/amd64')
        .regex(/^[\w.-]+(?:\/[\w.-]+){1,2}$/, 'a platform such as linux/amd64'),
    )
    .default([...DEFAULT_RULES.requirePlatforms])
    .meta({ description: 'Platforms that an index must have before a tag moves to it.' }),
  prereleaseWords: z
    .array(z.string('a word').regex(/^[A-Za-z]+$/, 'a word of letters'))
    .default([...DEFAULT_RULES.prereleaseWords])
    .meta({ description: 'Words that make a version a pre-release; replaces the usual list.' }),
  parse: parseRules.default({ ...parse }).meta({ description: 'How unusual versions are read.' }),
  variants: variantRules
    .default({ ...variantDefaults, known: [...variantDefaults.known] })
    .meta({ description: 'Suffixes such as alpine, each with moving tags of its own.' }),
  channels: z
    .record(suffix, channelRules)
    .default({})
    .meta({ description: 'Stability tracks with moving tags of their own, by name.' }),
};

export type RuleFields = z.infer<z.ZodObject<typeof ruleFields>>;

/** Checks of keys that depend on each other. */
export function checkRules(
  { scheme, levels: asked = [], channels, prereleaseWords }: RuleFields,
  context: z.RefinementCtx,
): void {
  const known = LEVELS_OF_SCHEME[scheme];
  for (const [index, level] of asked.entries()) {
    if (known.includes(level)) continue;
    const message = `${known.join(', ')} (levels of the scheme ${scheme})`;
    context.addIssue({ code: 'custom', path: ['levels', index], message });
  }
  for (const [name, { match }] of Object.entries(channels)) {
    if (match === undefined || isChannelMatch(match, prereleaseWords)) continue;
    const message =
      'prerelease, a pre-release word, odd-minor, even-minor, or a range such as >=2.0 <3';
    context.addIssue({ code: 'custom', path: ['channels', name, 'match'], message });
  }
}

/** The rules that the fields say, with the levels of their scheme where they name none. */
export function toRules(fields: RuleFields): RepositoryRules {
  return { ...fields, levels: fields.levels ?? LEVELS_OF_SCHEME[fields.scheme] };
}
