/** How many numbers a version has (rule P2). */
export type Scheme = 'semver' | 'two-part' | 'four-part' | 'calver';
export const SCHEMES = [
  ...(['semver', 'two-part', 'four-part', 'calver'] as const),
] as const satisfies readonly Scheme[];

/** One kind of moving tag: `2.1.4` of a four-part version, `2.1`, `2`, `latest`. */
export type Level = 'patch' | 'minor' | 'major' | 'latest';
export const LEVELS = ['patch', 'minor', 'major', 'latest'] as const satisfies readonly Level[];

/** The levels that a scheme has, most specific first (rule L3). */
export const LEVELS_OF_SCHEME: Readonly<Record<Scheme, readonly Level[]>> = {
  semver: ['minor', 'major', 'latest'],
  'two-part': ['major', 'latest'],
  'four-part': ['patch', 'minor', 'major', 'latest'],
  calver: ['minor', 'major', 'latest'],
};

/** How a leading `v` of a release shows in its moving tags (rule V1): `2.1`, `v2.1`, or both. */
export type VersionPrefix = 'strip' | 'keep' | 'both';
export const VERSION_PREFIXES = [
  'strip',
  'keep',
  'both',
] as const satisfies readonly VersionPrefix[];

type Acceptance = 'accept' | 'reject';
type NumericSuffix = 'prerelease' | 'revision' | 'reject';
type BuildMetadata = 'underscore' | 'dash' | 'drop' | 'reject';

/** How texts that semver does not know are read (rules P6, P7 and P8). */
export interface ParseRules {
  readonly gluedPrerelease: Acceptance;
  readonly shortRelease: Acceptance;
  readonly shortPrerelease: Acceptance;
  readonly numericSuffix: NumericSuffix;
  readonly buildMetadata: BuildMetadata;
}

/** Rules A1 to A5. */
export interface VariantRules {
  /** Globs over variants, such as `alpine*`; a tag may join several of them with `-`. */
  readonly known: readonly string[];
  readonly scope: 'own' | 'head';
  readonly latestName: 'bare' | 'prefixed';
  /** The tags of the key follow the variant that is its value; `bare` names the tags without one. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Whether bare tags wait until every known variant of a release is there. */
  readonly requireAll: boolean;
}

/** Rules C1 to C5: what is absent does not narrow the channel. */
export interface ChannelRules {
  /** `prerelease`, a pre-release word, `odd-minor`, `even-minor`, or a semver range. */
  readonly match?: string | undefined;
  /** Whether its releases leave `major` and `latest` to others. */
  readonly claim?: boolean | undefined;
  readonly tags?: readonly Level[] | undefined;
  /** What becomes of the tag when the stable release has come. */
  readonly retired?: 'keep' | 'delete' | undefined;
  /** Milliseconds that a release must have been seen for. */
  readonly soak?: number | undefined;
  readonly majors?: readonly number[] | undefined;
  /** Code names by major: moving tags of their own. */
  readonly names?: Readonly<Record<string, string>> | undefined;
}

/** What one repository publishes. */
export interface RepositoryRules {
  readonly scheme: Scheme;
  /** A set, not a depth (rule L3): `latest` without `major` is in use. */
  readonly levels: readonly Level[];
  readonly versionPrefix: VersionPrefix;
  /** Whether the tags `0` and `0.0` exist (rule Z1). */
  readonly zeroMajor: boolean;
  /** Whether `latest` may point at a pre-release while there is no release (rule R3). */
  readonly bootstrapLatest: boolean;
  readonly emptyLine: 'freeze' | 'delete';
  /** Whether `-rN` orders the releases of one version, whose tag then moves (rule N1). */
  readonly revisions: boolean;
  readonly rebuilds: 'refuse' | 'allow';
  /** Platforms that an index must have before a tag moves to it (rule A5). */
  readonly requirePlatforms: readonly string[];
  readonly prereleaseWords: readonly string[];
  readonly parse: ParseRules;
  readonly variants: VariantRules;
  readonly channels: Readonly<Record<string, ChannelRules>>;
}

export const PRERELEASE_WORDS = [
  ...['alpha', 'beta', 'rc', 'cr', 'm', 'milestone', 'dev', 'pre', 'preview', 'ea'],
  ...['snapshot', 'next', 'nightly', 'experimental'],
] as const;

/** The rules of a repository that configures nothing. */
export const DEFAULT_RULES: RepositoryRules = {
  scheme: 'semver',
  levels: LEVELS_OF_SCHEME.semver,
  versionPrefix: 'strip',
  zeroMajor: false,
  bootstrapLatest: false,
  emptyLine: 'freeze',
  revisions: false,
  rebuilds: 'refuse',
  requirePlatforms: [],
  prereleaseWords: PRERELEASE_WORDS,
  parse: {
    gluedPrerelease: 'reject',
    shortRelease: 'reject',
    shortPrerelease: 'reject',
    numericSuffix: 'prerelease',
    buildMetadata: 'underscore',
  },
  variants: { known: [], scope: 'own', latestName: 'bare', defaults: {}, requireAll: false },
  channels: {},
};
