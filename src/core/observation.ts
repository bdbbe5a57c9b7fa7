import { findMember, groupByDigest } from './members';
import type { Digest, TagName } from './names';
import type { Release, Target } from './release';
import type { RepositoryRules } from './rules';
import { parseVersionTag } from './version';

/** What the registry shows for the tags that were looked at; null for a tag that is not there. */
type FoundTags = ReadonlyMap<TagName, Digest | null>;

export interface Observation {
  readonly found: FoundTags;
  /** Whether every tag of the repository was looked at: then a tag that is not found is gone. */
  readonly complete: boolean;
  /** What announcements said about `prerelease`, by tag (rule R2). */
  readonly prereleaseMarks: ReadonlyMap<TagName, boolean>;
}

export interface ObservationContext {
  readonly rules: RepositoryRules;
  /** UTC milliseconds: when a new release was first seen. */
  readonly now: number;
}

export interface KnownReleases {
  /** All releases of the repository as they are after the observation. */
  readonly releases: readonly Release[];
  /** Those that are new or differ from the ledger's. */
  readonly changed: readonly Release[];
}

/**
 * Takes an observation into the set of releases. A known release keeps the digest that it was
 * first seen with, whatever its tag points at now, unless the rules allow rebuilds (rule B1); one
 * whose tag is gone is missing (rule M1).
 */
export function takeInReleases(
  known: readonly Release[],
  observation: Observation,
  { rules, now }: ObservationContext,
): KnownReleases {
  const releases = new Map(known.map((release) => [release.tag, release]));
  const changed = new Map<TagName, Release>();
  const tags = new Set([
    ...observation.found.keys(),
    ...(observation.complete ? releases.keys() : []),
  ]);
  for (const tag of tags) {
    const before = releases.get(tag);
    const after = observeRelease(tag, before, { observation, rules, now });
    if (after === undefined || (before !== undefined && isSame(before, after))) continue;
    releases.set(tag, after);
    changed.set(tag, after);
  }
  return { releases: [...releases.values()], changed: [...changed.values()] };
}

function observeRelease(
  tag: TagName,
  known: Release | undefined,
  context: ObservationContext & { readonly observation: Observation },
): Release | undefined {
  const { found, prereleaseMarks } = context.observation;
  const digest = found.get(tag) ?? null;
  const mark = prereleaseMarks.get(tag);
  if (known !== undefined) {
    const announcedPrerelease = mark ?? known.announcedPrerelease;
    const isRebuilt = digest !== null && context.rules.rebuilds === 'allow';
    const published = isRebuilt ? digest : known.digest;
    const missing = digest === null;
    if (published === known.digest) return { ...known, announcedPrerelease, missing };
    // What was known of the index before is not known of this one.
    return { ...known, digest: published, platforms: undefined, announcedPrerelease, missing };
  }
  const parsed = parseVersionTag(tag, context.rules);
  if (digest === null || parsed.kind === 'skipped') return undefined;
  const { version } = parsed;
  const announcedPrerelease = mark ?? false;
  return { tag, version, digest, announcedPrerelease, missing: false, firstSeenAt: context.now };
}

function isSame(left: Release, right: Release): boolean {
  return (
    left.missing === right.missing &&
    left.announcedPrerelease === right.announcedPrerelease &&
    left.digest === right.digest
  );
}

/** A tag that went from one target to another without Tagward. */
export interface ObservedChange {
  readonly tag: TagName;
  readonly from: Target | null;
  readonly to: Target | null;
}

/**
 * Compares the ledger's open lifetimes with what was found: one change for every tag that differs.
 * When everything was looked at, tags that were recorded and not found are gone.
 */
export function observedChanges(
  recorded: ReadonlyMap<TagName, Target>,
  { found, complete }: Observation,
  releases: readonly Release[],
  rules: RepositoryRules,
): readonly ObservedChange[] {
  const labels = new ReleaseLabels(releases, rules);
  const tags = new Set([...found.keys(), ...(complete ? recorded.keys() : [])]);
  const changes: ObservedChange[] = [];
  for (const tag of tags) {
    const from = recorded.get(tag) ?? null;
    const digest = found.get(tag) ?? null;
    if ((from?.digest ?? null) === digest) continue;
    const to = digest === null ? null : { digest, release: labels.labelOf(tag, digest) };
    changes.push({ tag, from: from && { digest: from.digest, release: from.release }, to });
  }
  return changes;
}

/** Names the release that a tag stands on, as people would. */
class ReleaseLabels {
  private readonly byTag: ReadonlyMap<TagName, Release>;
  private readonly byDigest: ReturnType<typeof groupByDigest>;

  constructor(
    releases: readonly Release[],
    private readonly rules: RepositoryRules,
  ) {
    this.byTag = new Map(releases.map((release) => [release.tag, release]));
    this.byDigest = groupByDigest(releases);
  }

  /** Null for a tag that is neither a release on its own digest nor a moving tag on one of its line. */
  labelOf(tag: TagName, digest: Digest): TagName | null {
    const release = this.byTag.get(tag);
    if (release !== undefined) return release.digest === digest ? tag : null;
    const search = { byDigest: this.byDigest, rules: this.rules, movedTo: null };
    return findMember(tag, digest, search)?.tag ?? null;
  }
}
