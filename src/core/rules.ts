/** One kind of moving tag: `2.1`, `2`, `latest`. */
export type Level = 'minor' | 'major' | 'latest';
export const LEVELS = ['minor', 'major', 'latest'] as const satisfies readonly Level[];

/** How a leading `v` of a release shows in its moving tags (rule V1): `2.1`, `v2.1`, or both. */
export type VersionPrefix = 'strip' | 'keep' | 'both';
export const VERSION_PREFIXES = [
  'strip',
  'keep',
  'both',
] as const satisfies readonly VersionPrefix[];

/** What one repository publishes. */
export interface RepositoryRules {
  /** A set, not a depth (rule L3): `latest` without `major` is in use. */
  readonly levels: readonly Level[];
  readonly versionPrefix: VersionPrefix;
  /** Whether the tags `0` and `0.0` exist (rule Z1). */
  readonly zeroMajor: boolean;
}

/** The rules of a repository that configures nothing. */
export const DEFAULT_RULES: RepositoryRules = {
  levels: LEVELS,
  versionPrefix: 'strip',
  zeroMajor: false,
};
