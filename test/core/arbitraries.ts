import fc from 'fast-check';
import type { TagName } from '../../src/core/names';
import type { PlanCause, PlanInput, TagState } from '../../src/core/plan';
import type { Release } from '../../src/core/release';
import {
  type ChannelRules,
  DEFAULT_RULES,
  LEVELS_OF_SCHEME,
  type ParseRules,
  type RepositoryRules,
  type Scheme,
  SCHEMES,
  type VariantRules,
  VERSION_PREFIXES,
} from '../../src/core/rules';
import { parseVersionTag } from '../../src/core/version';
import { DAY_MS, digestOf, NOW, releaseOf, tagOf } from './builders';

/** TAGWARD_LAW_SEED, or another one each time; printed, so that a run can be repeated. */
export function seedLaws(): void {
  const given = process.env['TAGWARD_LAW_SEED'];
  const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
  process.stderr.write(`TAGWARD_LAW_SEED=${seed}\n`);
  fc.configureGlobal({ seed });
}

const core = fc
  .tuple(fc.nat({ max: 2 }), fc.constantFrom(0, 1, 10), fc.constantFrom(0, 9, 10))
  .map((parts) => parts.join('.'));
export const prefix = fc.constantFrom('', '', 'v');
const suffix = fc.constantFrom('', '', '', '-rc.1', '-rc.10', '-alpha', '-1');

/** A version that the defaults can read. */
export const versionTag = fc.tuple(prefix, core, suffix).map((parts) => parts.join(''));

/** Rules that concern plain versions only. */
export const plainRules: fc.Arbitrary<RepositoryRules> = fc
  .record({
    levels: fc.subarray([...LEVELS_OF_SCHEME.semver]),
    versionPrefix: fc.constantFrom(...VERSION_PREFIXES),
    zeroMajor: fc.boolean(),
  })
  .map((changes) => ({ ...DEFAULT_RULES, ...changes }));

/** Few digests, so that releases share them. */
const digest = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F').map(digestOf);

export const movingTag = fc.constantFrom(
  ...['latest', '0', '0.0', '0.1', '1', '1.0', '1.10', '2', '2.1', 'v1', 'v1.0', 'v2.10'].map(
    tagOf,
  ),
);

const CHANNELS: Readonly<Record<string, ChannelRules>> = {
  rc: { match: 'prerelease', tags: ['minor', 'latest'] },
  gone: { match: 'prerelease', tags: ['minor', 'major'], retired: 'delete' },
  beta: { match: 'beta', tags: ['minor', 'major', 'latest'] },
  devel: { match: 'odd-minor', claim: true },
  stable: { match: 'even-minor', claim: true, tags: ['latest', 'major'] },
  mainline: { match: 'odd-minor' },
  early: { match: '>=1.0.0 <1.1.0', claim: true },
  lts: { majors: [1], names: { 1: 'krypton' } },
  soaked: { soak: 14 * DAY_MS },
};

const channels = fc
  .subarray(Object.keys(CHANNELS), { maxLength: 4 })
  .map((names) => Object.fromEntries(names.map((name) => [name, CHANNELS[name] ?? {}])));

const acceptance = fc.constantFrom('accept', 'reject');
const parse: fc.Arbitrary<ParseRules> = fc.record({
  gluedPrerelease: acceptance,
  shortRelease: acceptance,
  shortPrerelease: acceptance,
  numericSuffix: fc.constantFrom('prerelease', 'revision', 'reject'),
  buildMetadata: fc.constantFrom('underscore', 'dash', 'drop', 'reject'),
});

const variants: fc.Arbitrary<VariantRules> = fc.record({
  known: fc.constantFrom([], ['alpine', 'slim'], ['alpine*', 'slim'], ['alpine*']),
  scope: fc.constantFrom('own', 'own', 'head'),
  latestName: fc.constantFrom('bare', 'prefixed'),
  defaults: fc.constantFrom<Readonly<Record<string, string>>>(
    ...[{}, {}, { alpine: 'alpine3.23' }, { bare: 'slim' }],
  ),
  requireAll: fc.nat({ max: 5 }).map((number) => number === 0),
});

/** Rules with everything in them that a repository can set. */
export const anyRules: fc.Arbitrary<RepositoryRules> = fc
  .constantFrom<Scheme>('semver', 'semver', ...SCHEMES)
  .chain((scheme) =>
    fc.record({
      scheme: fc.constant(scheme),
      levels: fc.oneof(
        fc.constant(LEVELS_OF_SCHEME[scheme]),
        fc.subarray([...LEVELS_OF_SCHEME[scheme]]),
      ),
      versionPrefix: fc.constantFrom(...VERSION_PREFIXES),
      zeroMajor: fc.boolean(),
      bootstrapLatest: fc.boolean(),
      emptyLine: fc.constantFrom('freeze', 'delete'),
      revisions: fc.boolean(),
      rebuilds: fc.constantFrom('refuse', 'allow'),
      requirePlatforms: fc.constantFrom([], [], [], ['linux/amd64']),
      prereleaseWords: fc.constant(DEFAULT_RULES.prereleaseWords),
      parse,
      variants,
      channels,
    }),
  );

const PARTS: Readonly<Record<Scheme, readonly number[]>> = {
  semver: [3, 3, 3, 2],
  'two-part': [2],
  'four-part': [4, 4, 4, 3],
  calver: [3, 2],
};
const ENDINGS = [
  ...['', '', '', '', '-alpine', '-slim', '-alpine3.23', '-rc.1', '-rc2', '-beta.1', '-rc'],
  ...['rc1', 'a2', '-rc1-alpine', '-alpine-rc.1', '-slim-beta', '-r1', '-r10', '-2', '-10'],
  ...['_build.7', '-alpine_x', '-unknown', '-alpine-r2'],
];

/** A tag that the rules can read as a version. */
export function versionTagUnder(rules: RepositoryRules): fc.Arbitrary<string> {
  const part = fc.constantFrom(
    ...['0', '1', '2', '10'],
    ...(rules.scheme === 'calver' ? ['01'] : []),
  );
  return fc
    .tuple(
      prefix,
      fc
        .constantFrom(...PARTS[rules.scheme])
        .chain((count) => fc.array(part, { minLength: count, maxLength: count })),
      fc.constantFrom(...ENDINGS),
    )
    .map(([v, parts, ending]) => `${v}${parts.join('.')}${ending}`)
    .filter((tag) => parseVersionTag(tag, rules).kind === 'version');
}

const trouble = fc.nat({ max: 9 });

/** A release in any state: on a digest of its own or a shared one, withdrawn, missing, new. */
export function releaseUnder(rules: RepositoryRules): fc.Arbitrary<Release> {
  return fc
    .record({
      tag: versionTagUnder(rules),
      shared: fc.option(digest, { freq: 2 }),
      trouble,
      days: fc.option(fc.constantFrom(0, 13, 14, 40), { freq: 5 }),
      platforms: fc.constantFrom(['linux/amd64'], ['linux/amd64'], ['linux/arm64'], undefined),
    })
    .map(({ tag, shared, trouble: kind, days, platforms }) =>
      releaseOf(tag, {
        rules,
        digest: shared ?? digestOf(tag),
        announcedPrerelease: kind === 1,
        missing: kind === 2,
        withdrawn: kind === 3 ? 'broken' : undefined,
        firstSeenAt: days === null ? undefined : NOW - days * DAY_MS,
        platforms,
      }),
    );
}

export function releasesUnder(rules: RepositoryRules): fc.Arbitrary<readonly Release[]> {
  return fc.uniqueArray(releaseUnder(rules), { selector: ({ tag }) => tag, maxLength: 10 });
}

/** Rules with releases that are read by them. */
export const repository: fc.Arbitrary<{
  readonly rules: RepositoryRules;
  readonly releases: readonly Release[];
}> = anyRules.chain((rules) =>
  fc.record({ rules: fc.constant(rules), releases: releasesUnder(rules) }),
);

const target = digest.map((on) => ({ digest: on, release: null }));
const strangeState: fc.Arbitrary<TagState> = fc.oneof(
  target.map((recorded) => ({ recorded, found: recorded.digest })),
  fc.record({ recorded: fc.constant(null), found: digest }),
  fc.record({ recorded: fc.option(target), found: fc.option(digest) }),
);

/** Where a tag stands: on a release, by Tagward's doing or not, or anywhere. */
function stateAmong(releases: readonly Release[]): fc.Arbitrary<TagState> {
  if (releases.length === 0) return strangeState;
  const standing = fc
    .tuple(fc.constantFrom(...releases), fc.boolean())
    .map(([{ tag, digest: on }, isOurs]): TagState => ({
      recorded: isOurs ? { digest: on, release: tag } : null,
      found: on,
    }));
  return fc.oneof({ weight: 3, arbitrary: standing }, { weight: 1, arbitrary: strangeState });
}

/** A plan's input; `namesOf` gives the moving tags that there are to stand somewhere. */
export function planInputOf(
  namesOf: (rules: RepositoryRules, releases: readonly Release[]) => readonly TagName[],
): fc.Arbitrary<PlanInput> {
  return repository.chain(({ rules, releases }) => {
    const names = fc.constantFrom(...namesOf(rules, releases), tagOf('latest'), tagOf('1'));
    const states = fc.uniqueArray(fc.tuple(names, stateAmong(releases)), {
      selector: ([tag]) => tag,
    });
    const hold = fc.tuple(names, fc.constantFrom(null, NOW - 1, NOW, NOW + 1));
    const holds = fc.uniqueArray(hold, { selector: ([tag]) => tag, maxLength: 3 });
    return fc.record({
      rules: fc.constant(rules),
      releases: fc.constant(releases),
      cause: fc.constantFrom<PlanCause>(
        ...(['released', 'rules-changed', 'restored', 'hold-released', 'withdrawn'] as const),
      ),
      states: states.map((entries) => new Map(entries)),
      holds: holds.map(
        (entries) =>
          new Map(
            entries.map(([tag, expiresAt]) => [
              tag,
              { tag, by: 'ops', reason: 'on purpose', expiresAt },
            ]),
          ),
      ),
      now: fc.constant(NOW),
    });
  });
}

/** The same items in another order, some of them more than once. */
export function shuffledWithDuplicates<Item>(
  items: readonly Item[],
): fc.Arbitrary<readonly Item[]> {
  const twice = [...items, ...items];
  return fc.shuffledSubarray(twice).chain((some) => shuffled([...items, ...some]));
}

export function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<readonly Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

export function isAscending<Item>(
  items: readonly Item[],
  compare: (left: Item, right: Item) => number,
): boolean {
  return items.every((left, index) =>
    items.slice(index + 1).every((right) => compare(left, right) <= 0),
  );
}
