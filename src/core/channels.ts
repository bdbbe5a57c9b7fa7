import { Range, SemVer, validRange } from 'semver';
import type { ChannelRules, Level, RepositoryRules } from './rules';
import type { Version } from './version';

/** A stability track, ready to be asked about releases (rules C1 to C5). */
export interface Channel {
  readonly name: string;
  /** Whether it is about pre-releases; every other is about stable releases. */
  readonly ofPrereleases: boolean;
  readonly levels: readonly Level[];
  /** Whether its releases leave `major` and `latest` to others (rule C3). */
  readonly claims: boolean;
  readonly deletesRetired: boolean;
  /** Milliseconds; 0 without a soak (rule C5). */
  readonly soak: number;
  matches(version: Version): boolean;
  /** The names that its tags bear for a version: its own, and a code name where there is one. */
  labelsOf(version: Version): readonly string[];
}

const compiled = new WeakMap<RepositoryRules, readonly Channel[]>();

/** The channels of some rules, in their order; made once for each. */
export function channelsOf(rules: RepositoryRules): readonly Channel[] {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const words = new Set<string>(rules.prereleaseWords);
  const channels = Object.entries(rules.channels).map(([name, channel]) =>
    toChannel(name, channel, words),
  );
  compiled.set(rules, channels);
  return channels;
}

function toChannel(name: string, rules: ChannelRules, words: ReadonlySet<string>): Channel {
  const { match, majors, names = {} } = rules;
  const ofPrereleases = match === 'prerelease' || (match !== undefined && words.has(match));
  const isMatch = matcherOf(match, words);
  return {
    name,
    ofPrereleases,
    levels: rules.tags ?? [ofPrereleases ? 'minor' : 'latest'],
    claims: rules.claim ?? false,
    deletesRetired: rules.retired === 'delete',
    soak: rules.soak ?? 0,
    matches: (version) => (majors?.includes(version.major) ?? true) && isMatch(version),
    labelsOf: ({ major }) => {
      const codeName = names[String(major)];
      return codeName === undefined ? [name] : [name, codeName];
    },
  };
}

function matcherOf(
  match: string | undefined,
  words: ReadonlySet<string>,
): (version: Version) => boolean {
  switch (match) {
    case undefined:
    case 'prerelease':
      return () => true;
    case 'odd-minor':
      return ({ minor }) => minor % 2 === 1;
    case 'even-minor':
      return ({ minor }) => minor % 2 === 0;
    default:
      if (words.has(match)) return ({ prerelease }) => prerelease.includes(match);
      return rangeMatcher(match);
  }
}

/** Semver knows three numbers: a fourth one decides nothing. */
function rangeMatcher(text: string): (version: Version) => boolean {
  const range = new Range(text);
  return ({ major, minor, patch }) => range.test(new SemVer(`${major}.${minor}.${patch}`));
}

/** Whether a text may stand as the `match` of a channel under some pre-release words. */
export function isChannelMatch(text: string, words: readonly string[]): boolean {
  const isWord = ['prerelease', 'odd-minor', 'even-minor', ...words].includes(text);
  return isWord || validRange(text) !== null;
}
