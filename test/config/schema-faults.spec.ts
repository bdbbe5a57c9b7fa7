import { findingsOf } from '../../src/config/schema-faults';
import { ConfigFolder } from './config-folder';

const CONDITIONS =
  'one of { newestPatches: n, per: minor }, { newestMinors: n, per: major }, { newest: n } with or without per: major, minor or core, { movedWithin: 90d }, { pulledWithin: 30d }, { newestPulled: n }, { always: true }';
const URL_ALLOWED = 'an http or https URL without user, query and fragment';
const SWEEP_ALLOWED = 'a duration from 1s to 24d, such as 90s, 10m, 12h or 14d';
const LISTEN_ALLOWED = 'host:port such as 127.0.0.1:8080 or [::1]:8080';
const GLOB_ALLOWED =
  'a pattern over <registry>/<path> in lower case such as local/gallery/*; * is one segment or a part of it, ** any number of segments';
const DATABASE_ALLOWED =
  'sqlite:<path of a file>, relative to this file; this version stores in SQLite only';
const SCHEDULE_ALLOWED =
  'a cron expression of five fields in UTC that comes round, such as "30 2 * * *"';

/** One wrong value and all that is told about it. */
const WRONG_VALUES: readonly (readonly [yaml: string, fault: string])[] = [
  ['listen: 8080', `1:9 listen: 8080 is not allowed here; allowed: ${LISTEN_ALLOWED}`],
  ['listen: ":8080"', `1:9 listen: ":8080" is not allowed here; allowed: ${LISTEN_ALLOWED}`],
  ['listen: a:65536', `1:9 listen: "a:65536" is not allowed here; allowed: ${LISTEN_ALLOWED}`],
  [
    'listen: "[1::2::3]:80"',
    `1:9 listen: "[1::2::3]:80" is not allowed here; allowed: ${LISTEN_ALLOWED}`,
  ],
  ['listen:', `1:8 listen: nothing is not allowed here; allowed: ${LISTEN_ALLOWED}`],
  ['publicUrl: ftp://x', `1:12 publicUrl: "ftp://x" is not allowed here; allowed: ${URL_ALLOWED}`],
  [
    'publicUrl: https://a:b@x',
    `1:12 publicUrl: "…@x" is not allowed here; allowed: ${URL_ALLOWED}`,
  ],
  [
    'publicUrl: https://x?token=b',
    `1:12 publicUrl: "https://x?…" is not allowed here; allowed: ${URL_ALLOWED}`,
  ],
  [
    'publicUrl: https://x#b',
    `1:12 publicUrl: "https://x?…" is not allowed here; allowed: ${URL_ALLOWED}`,
  ],
  [
    'database: postgres://db/tagward',
    `1:11 database: "postgres://db/tagward" is not allowed here; allowed: ${DATABASE_ALLOWED}`,
  ],
  [
    'database: "sqlite:"',
    `1:11 database: "sqlite:" is not allowed here; allowed: ${DATABASE_ALLOWED}`,
  ],
  [
    'database: "sqlite::memory:"',
    `1:11 database: "sqlite::memory:" is not allowed here; allowed: ${DATABASE_ALLOWED}`,
  ],
  [
    'database: sqlite://data/x.db',
    `1:11 database: "sqlite://data/x.db" is not allowed here; allowed: ${DATABASE_ALLOWED}`,
  ],
  ['anonymous: false', '1:12 anonymous: false is not allowed here; allowed: read, none'],
  ['sweep: { every: 0s }', `1:17 sweep.every: "0s" is not allowed here; allowed: ${SWEEP_ALLOWED}`],
  [
    'sweep: { every: 25d }',
    `1:17 sweep.every: "25d" is not allowed here; allowed: ${SWEEP_ALLOWED}`,
  ],
  [
    'sweep: { every: 1.5h }',
    `1:17 sweep.every: "1.5h" is not allowed here; allowed: ${SWEEP_ALLOWED}`,
  ],
  ['sweep: 10m', '1:8 sweep: "10m" is not allowed here; allowed: a group of keys'],
  ['- listen', '1:1 : a list is not allowed here; allowed: a group of keys'],
  ['repositories: { a: b }', '1:15 repositories: { a } is not allowed here; allowed: a list'],
  ['registries:\n  local: {}', `2:3 registries.local.url: is missing; allowed: ${URL_ALLOWED}`],
  [
    'registries: { a b: { url: "http://x" } }',
    '1:15 registries["a b"]: "a b" is not allowed here; allowed: an id of 1 to 63 small letters, digits and "-", not beginning with "-"',
  ],
  [
    'registries: { a: { url: "http://x", concurrency: 65 } }',
    '1:50 registries.a.concurrency: 65 is not allowed here; allowed: a whole number from 1 to 64',
  ],
  [
    'registries: { a: { url: "http://x", concurrency: 2.5 } }',
    '1:50 registries.a.concurrency: 2.5 is not allowed here; allowed: a whole number from 1 to 64',
  ],
  [
    'repositories: [{ match: local }]',
    `1:25 repositories[0].match: "local" is not allowed here; allowed: ${GLOB_ALLOWED}`,
  ],
  [
    'repositories: [{ match: "**/a**" }]',
    `1:25 repositories[0].match: "**/a**" is not allowed here; allowed: ${GLOB_ALLOWED}`,
  ],
  [
    'repositories: [{ match: "*/Gallery" }]',
    `1:25 repositories[0].match: "*/Gallery" is not allowed here; allowed: ${GLOB_ALLOWED}`,
  ],
  [
    'repositories: [{ match: "*//ui" }]',
    `1:25 repositories[0].match: "*//ui" is not allowed here; allowed: ${GLOB_ALLOWED}`,
  ],
  [
    'repositories:\n  - zeroMajor: true',
    `2:5 repositories[0].match: is missing; allowed: ${GLOB_ALLOWED}`,
  ],
  [
    'repositories: [{ match: "**", zeroMajor: yes }]',
    '1:42 repositories[0].zeroMajor: "yes" is not allowed here; allowed: true or false',
  ],
  [
    'repositories: [{ match: "**", levels: [] }]',
    '1:39 repositories[0].levels: an empty list is not allowed here; allowed: a list with at least one level of patch, minor, major, latest',
  ],
  [
    'sources: { a: { kind: zoot, allow: [1] } }',
    '1:23 sources.a.kind: "zoot" is not allowed here; allowed: generic, distribution, docker-hub, harbor, quay, gitlab, github, gitea, forgejo, zot, acr, ecr, gar, alibaba, jenkins, cdevents',
  ],
  [
    'sources: { a: { allow: [1] } }',
    '1:12 sources.a.kind: is missing; allowed: generic, distribution, docker-hub, harbor, quay, gitlab, github, gitea, forgejo, zot, acr, ecr, gar, alibaba, jenkins, cdevents',
  ],
  [
    'retention: { schedule: "* * * * * *" }',
    `1:24 retention.schedule: "* * * * * *" is not allowed here; allowed: ${SCHEDULE_ALLOWED}`,
  ],
  [
    'retention: { schedule: 61 2 * * * }',
    `1:24 retention.schedule: "61 2 * * *" is not allowed here; allowed: ${SCHEDULE_ALLOWED}`,
  ],
  [
    'retention: { schedule: 0 0 30 2 * }',
    `1:24 retention.schedule: "0 0 30 2 *" is not allowed here; allowed: ${SCHEDULE_ALLOWED}`,
  ],
  [
    'retention: { policies: { p: { mode: on, rules: [] } } }',
    '1:37 retention.policies.p.mode: "on" is not allowed here; allowed: off, dry-run, enforce|1:48 retention.policies.p.rules: an empty list is not allowed here; allowed: a list with at least one rule',
  ],
];

const KEEP_PATH = 'retention.policies.p.rules[0].keep';
const KEEP_PREFIX = 'retention: { policies: { p: { rules: [{ class: release, keep: ';
const ANY_OR_ALL = 'any or all, and one of them only, with a list of conditions';
const WRONG_KEEPS: readonly (readonly [keep: string, column: number, fault: string])[] = [
  ['{}', 0, `: an empty group of keys is not allowed here; allowed: ${ANY_OR_ALL}`],
  [
    '{ any: [] }',
    7,
    '.any: an empty list is not allowed here; allowed: a list with at least one condition',
  ],
  [
    '{ any: [{ newest: 1 }], all: [{ newest: 1 }] }',
    0,
    `: { any, all } is not allowed here; allowed: ${ANY_OR_ALL}`,
  ],
  [
    '{ any: [{}] }',
    8,
    `.any[0]: an empty group of keys is not allowed here; allowed: ${CONDITIONS}`,
  ],
  [
    '{ any: [{ newestPatches: 1 }] }',
    8,
    `.any[0]: { newestPatches } is not allowed here; allowed: ${CONDITIONS}`,
  ],
  [
    '{ all: [{ newestMinors: 1, per: minor }] }',
    8,
    `.all[0]: { newestMinors, per } is not allowed here; allowed: ${CONDITIONS}`,
  ],
  [
    '{ any: [{ newest: 1, movedWithin: 1d }] }',
    8,
    `.any[0]: { newest, movedWithin } is not allowed here; allowed: ${CONDITIONS}`,
  ],
  [
    '{ any: [{ movedWithin: 1d, per: minor }] }',
    8,
    `.any[0]: { movedWithin, per } is not allowed here; allowed: ${CONDITIONS}`,
  ],
  [
    '{ any: [{ newest: 10001 }] }',
    18,
    '.any[0].newest: 10001 is not allowed here; allowed: a whole number from 0 to 10000',
  ],
  [
    '{ any: [{ newest: -1 }] }',
    18,
    '.any[0].newest: -1 is not allowed here; allowed: a whole number from 0 to 10000',
  ],
  [
    '{ any: [{ movedWithin: 3w }] }',
    23,
    '.any[0].movedWithin: "3w" is not allowed here; allowed: a duration such as 90s, 10m, 12h or 14d, or 0',
  ],
  [
    '{ any: [{ movedWithin: 1 }] }',
    23,
    '.any[0].movedWithin: 1 is not allowed here; allowed: a duration such as 90s, 10m, 12h or 14d, or 0',
  ],
];

const UNKNOWN_KEYS: readonly (readonly [yaml: string, fault: string])[] = [
  ['listn: a:1', '1:1 listn: `listn` is not a setting of this version; did you mean `listen`?'],
  [
    'sweep:\n  Every: 1m',
    '2:3 sweep.Every: `Every` is not a setting of this version; did you mean `every`?',
  ],
  [
    'channels: {}',
    '1:1 channels: `channels` is not a setting of this version; allowed: listen, publicUrl, database, registries, repositories, sources, tokens, anonymous, sweep, limits, audit, inbox, metrics, retention',
  ],
  ['limit: {}', '1:1 limit: `limit` is not a setting of this version; did you mean `limits`?'],
  [
    'repositories: [{ match: "**", zone: semver }]',
    '1:31 repositories[0].zone: `zone` is not a setting of this version; allowed: match, scheme, levels, versionPrefix, zeroMajor, bootstrapLatest, emptyLine, revisions, rebuilds, requirePlatforms, prereleaseWords, parse, variants, channels, adopt, drift, retention',
  ],
  [
    'repositories: [{ mach: "**" }]',
    '1:18 repositories[0].mach: `mach` is not a setting of this version; did you mean `match`?',
  ],
  [
    'retention: { policies: { p: { owner: {}, rules: [{ class: release, keep: { any: [{ newest: 1 }] } }] } } }',
    '1:31 retention.policies.p.owner: `owner` is not a setting of this version; allowed: mode, clock, protect, rules, guards, delete, execution',
  ],
  [
    'retention: { policies: { p: { guards: { maxDelete: 1, max: 2 }, rules: [{ class: release, keep: { any: [{ newest: 1 }] } }] } } }',
    '1:55 retention.policies.p.guards.max: `max` is not a setting of this version; allowed: maxDelete, maxDeletePercent, minRemaining, maxInventoryDropPercent, approveAbove',
  ],
];

describe(findingsOf.name, () => {
  let folder: ConfigFolder;

  beforeAll(() => {
    folder = new ConfigFolder();
  });

  afterAll(() => {
    folder.remove();
  });

  it.each(WRONG_VALUES)('refuses %j at the place of the value', (yaml, faults) => {
    expect(folder.reportOf(yaml)).toEqual(faults.split('|'));
  });

  it.each(WRONG_KEEPS)('refuses keep: %s', (keep, column, fault) => {
    const yaml = `${KEEP_PREFIX}${keep} }] } } }`;

    const place = `1:${KEEP_PREFIX.length + column + 1}`;
    expect(folder.reportOf(yaml)).toEqual([`${place} ${KEEP_PATH}${fault}`]);
  });

  it.each(UNKNOWN_KEYS)('refuses %j at the place of the key', (yaml, fault) => {
    expect(folder.reportOf(yaml)).toEqual([fault]);
  });

  it('cuts a long value short', () => {
    const [report] = folder.reportOf(`anonymous: ${'x'.repeat(500)}`);

    expect(report).toContain(`"${'x'.repeat(80)}…" is not allowed here`);
  });
});
