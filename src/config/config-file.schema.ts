import { z } from 'zod';

import { isRegistryId } from '../core/names';
import { checkRules, ruleFields } from './repository-rules.schema';
import { retentionSection } from './retention-policy.schema';
import { registry } from './registry.schema';
import {
  exactlyOneOf,
  filePath,
  group,
  inFile,
  inline,
  inlineSecret,
  listOf,
  textOf,
  wholeNumber,
} from './schema-parts';
import { SCOPES } from './settings';
import { source } from './source.schema';
import {
  DATABASE_ALLOWED,
  DURATION_ALLOWED,
  GLOB_ALLOWED,
  REACH_ALLOWED,
  HTTP_URL_ALLOWED,
  LISTEN_ALLOWED,
  parseDatabase,
  parseDurationMs,
  parseGlob,
  parseReachGlob,
  parseHttpUrl,
  parseListen,
  parseRate,
  RATE_ALLOWED,
} from './setting-values';

const DAY_MS = 86_400_000;
// A timer of Node holds at most 2^31 - 1 ms; a longer one fires at once.
const LONGEST_SWEEP_MS = 24 * DAY_MS;
const MOST_PENDING = 10_000_000;
const TOKEN_HASH = /^sha256:[0-9a-f]{64}$/;
const HASH_ALLOWED = 'sha256: and 64 hexadecimal digits in lower case';
const SWEEP_ALLOWED = 'a duration from 1s to 24d, such as 90s, 10m, 12h or 14d';

const id = z
  .string()
  .refine(isRegistryId, 'an id of 1 to 63 small letters, digits and "-", not beginning with "-"');
const glob = textOf(parseGlob, GLOB_ALLOWED);
const repository = group({
  match: glob.meta({
    description:
      'Pattern over <registry>/<path>: * is one segment or a part of it, ** any number. The most specific match wins.',
  }),
  ...ruleFields,
  adopt: z.enum(['confirm', 'enforce']).default('confirm').meta({
    description:
      'Whether moving tags that disagree with the rules at first contact wait for a person, or follow them at once.',
  }),
  drift: z.enum(['report', 'restore']).default('report').meta({
    description: 'Whether a moving tag that somebody else moved is only reported, or put back.',
  }),
  retention: group({
    policy: z.string('the name of a policy').meta({
      description: 'Name of a policy under retention.policies.',
    }),
  })
    .optional()
    .meta({ description: 'What may be pruned; without it nothing is.' }),
}).superRefine(checkRules);

const tokenName = 'a name of 1 to 100 characters';
const apiToken = group({
  name: z
    .string(tokenName)
    .regex(/^(?! )[^\p{Cc}]{1,100}(?<! )$/u, tokenName)
    .meta({
      description: 'Shown as the actor in the history.',
    }),
  token: inlineSecret.meta(inline('The token')),
  tokenFile: filePath.optional().meta(inFile('the token')),
  tokenHash: z.string(HASH_ALLOWED).regex(TOKEN_HASH, HASH_ALLOWED).optional().meta({
    description:
      'SHA-256 of the token instead of the token: sha256: and what `printf %s TOKEN | sha256sum` prints.',
  }),
  scopes: listOf(z.enum(SCOPES), `a list with at least one of ${SCOPES.join(', ')}`).meta({
    description: 'What the token may do.',
    uniqueItems: true,
  }),
  repositories: listOf(textOf(parseReachGlob, REACH_ALLOWED), 'a list with at least one pattern')
    .optional()
    .meta({
      description: 'Patterns of repositories that the token sees and works on; all without it.',
    }),
})
  .refine(
    ({ token, tokenFile, tokenHash }) =>
      tokenHash === undefined || (token ?? tokenFile) === undefined,
    { error: 'one of `token`, `tokenFile` and `tokenHash`', path: ['tokenHash'] },
  )
  .meta({ ...exactlyOneOf(['token'], ['tokenFile'], ['tokenHash']) });

const rate = z.union([z.literal(0), textOf(parseRate, RATE_ALLOWED)], { error: RATE_ALLOWED });
const limits = group({
  refusedPerAddress: rate.prefault('100/s').meta({
    description: 'Refused requests that one address may make before it gets 429; 0 = no limit.',
  }),
  deliveriesPerSource: rate.prefault('2000/s').meta({
    description: 'Authentic requests that one source may make before it gets 429; 0 = no limit.',
  }),
  pendingPerSource: wholeNumber(1, MOST_PENDING).default(20_000).meta({
    description: 'Deliveries of one source that may wait before it is asked to come again.',
  }),
  pendingInTotal: wholeNumber(1, MOST_PENDING).default(50_000).meta({
    description: 'Deliveries of all sources that may wait before they are asked to come again.',
  }),
});

const inbox = group({
  keepBodies: textOf(parseDurationMs, DURATION_ALLOWED)
    .prefault('30d')
    .meta({ description: 'How long the bodies of deliveries are kept to look at.' }),
});

const audit = group({
  keep: textOf(parseDurationMs, DURATION_ALLOWED)
    .prefault('365d')
    .meta({ description: 'How long it is kept who was refused, and who did what.' }),
});

const metrics = group({
  token: inlineSecret.meta(inline('Token that may read /metrics and nothing else')),
  tokenFile: filePath.optional().meta(inFile('the token that may read /metrics and nothing else')),
});

/** `tagward.yaml` as a whole; everything that this version understands. */
export const configFile = group({
  listen: textOf(parseListen, LISTEN_ALLOWED)
    .prefault('127.0.0.1:8080')
    .meta({ description: 'Address and port to serve on; TAGWARD_LISTEN overrides it.' }),
  publicUrl: textOf(parseHttpUrl, HTTP_URL_ALLOWED)
    .optional()
    .meta({ description: 'Where users reach Tagward; used in links.' }),
  database: textOf(parseDatabase, DATABASE_ALLOWED)
    .prefault('sqlite:./data/tagward.db')
    .meta({ description: 'sqlite:<path>, relative to this file; TAGWARD_DATABASE overrides it.' }),
  registries: z
    .record(id, registry)
    .default({})
    .meta({ description: 'Registry servers by a short id, the first part of repository names.' }),
  repositories: z
    .array(repository)
    .default([])
    .meta({ description: 'Rules of the repositories; one that matches no entry is left alone.' }),
  sources: z
    .record(id, source)
    .default({})
    .meta({ description: 'Senders of webhooks by id, as in POST /webhooks/<id>.' }),
  tokens: z.array(apiToken).default([]).meta({ description: 'API tokens.' }),
  anonymous: z.enum(['read', 'none']).default('read').meta({
    description: 'What callers without a token may do.',
  }),
  sweep: group({
    every: textOf(parseSweepMs, SWEEP_ALLOWED)
      .prefault('10m')
      .meta({ description: 'Time between two sweeps, such as 90s, 10m or 12h.' }),
  })
    .prefault({})
    .meta({ description: 'The periodic reconcile of all repositories.' }),
  limits: limits.prefault({}).meta({ description: 'What one sender may ask of the service.' }),
  audit: audit.prefault({}).meta({ description: 'What is kept of refused and privileged calls.' }),
  inbox: inbox.prefault({}).meta({ description: 'What is kept of deliveries.' }),
  metrics: metrics.prefault({}).meta({ description: 'Who may read the metrics.' }),
  retention: retentionSection.prefault({}).meta({ description: 'What may be pruned, and when.' }),
}).meta({ title: 'Configuration of Tagward' });

/** The file after validation, with values parsed and defaults filled in. */
export type ConfigFile = z.output<typeof configFile>;
/** The file as it is written. */
export type ConfigFileInput = z.input<typeof configFile>;

function parseSweepMs(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms > 0 && ms <= LONGEST_SWEEP_MS ? ms : undefined;
}
