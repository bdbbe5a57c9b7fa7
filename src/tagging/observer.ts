import { Injectable } from '@nestjs/common';
import { assumePlatforms } from '../core/completeness';
import { DomainError } from '../core/domain-error';
import { isInternalTag } from '../core/internal-tags';
import type { Line } from '../core/line';
import { isMovingTagShape, movingTagsOf } from '../core/moving-tags';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { type Observation, takeInReleases } from '../core/observation';
import { resolveOwners } from '../core/owners';
import type { Release } from '../core/release';
import type { RepositoryRules } from '../core/rules';
import { parseVersionTag } from '../core/version';
import { Clock } from '../runtime/clock';
import type { OpenLifetime } from '../history/lifetime.store';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import type { Announcement } from './inbox';
import { LedgerReader, type LedgerView, recordedTarget } from './ledger-reader';

/** What was seen at the registry, and what went wrong with single announcements on the way. */
export interface Sighting extends Observation {
  /** Where the ledger has the tags that were looked at, and possibly others. */
  readonly lifetimes: ReadonlyMap<TagName, OpenLifetime>;
  /** Manifests that were read on the way and will be needed for the moves. */
  readonly manifests: ReadonlyMap<Digest, Manifest>;
  readonly failures: ReadonlyMap<TagName, Error>;
}

/** Looks at the registry; writes nothing anywhere. */
@Injectable()
export class Observer {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly ledger: LedgerReader,
    private readonly clock: Clock,
  ) {}

  /**
   * Looks at the announced tags and at the moving tags that they may change, in one round trip; at
   * moving tags that are not where the ledger's releases want them, too. A fault of one announced
   * tag is its own; a fault of a moving tag is thrown, since nothing can be decided without it.
   */
  async observeAnnounced(
    view: LedgerView,
    announcements: readonly Announcement[],
  ): Promise<Sighting> {
    const byTag = groupByTag(announcements);
    const announcedTags = [...byTag.keys()];
    const now = this.clock.now();
    const prospects = prospectiveReleases(view, byTag, now);
    const candidates = assumePlatforms([...prospects.values()], view.rules);
    const { lines } = resolveOwners(candidates, view.rules, now);
    const named = namedTags(announcedTags, prospects, view);
    const recordedTags = new Set([...lines.keys(), ...announcedTags]);
    const reading = this.ledger.readLifetimes(view.repository, recordedTags);
    const [lifetimes, announced, tags] = await Promise.all([
      reading,
      Promise.all(
        Array.from(byTag, async ([tag, group]) =>
          this.lookAtAnnounced(view, group, await willMove(tag, lines, view, reading)),
        ),
      ),
      this.lookAtTags(view.repository, named),
    ]);
    const unsettled = unsettledTags(lines, view, lifetimes).filter((tag) => !named.has(tag));
    const others = await this.lookAtTags(view.repository, new Set(unsettled));
    const found = new Map([...tags, ...others]);
    return toSighting(announced, found, { complete: false, announcements, lifetimes });
  }

  /** Looks at every tag of the repository. Throws when one of them cannot be read. */
  async observeAll(view: LedgerView, announcements: readonly Announcement[]): Promise<Sighting> {
    const [all, lifetimes] = await Promise.all([
      this.registry.listTags(view.repository),
      this.ledger.readLifetimes(view.repository),
    ]);
    const listed = all.filter((tag) => !isInternalTag(tag));
    const [looks, found] = await Promise.all([
      Promise.all(
        Array.from(groupByTag(announcements), ([, group]) =>
          this.lookAtAnnounced(view, group, false),
        ),
      ),
      this.lookAtAll(view, new Set([...listed, ...lifetimes.keys()]), lifetimes),
    ]);
    return toSighting(looks, found, { complete: true, announcements, lifetimes });
  }

  /** An announced tag that will own moving tags is read whole: its bytes are needed in a moment. */
  private async lookAtAnnounced(
    view: LedgerView,
    announcements: readonly [Announcement, ...Announcement[]],
    needBytes: boolean,
  ): Promise<Look> {
    const [{ tag }] = announcements;
    try {
      const look = await this.lookAt(view.repository, tag, needBytes);
      return { ...look, failure: unlikeAnnounced(view, look, announcements) };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const failure = isAbsenceExpected(error, announcements, view.rules) ? undefined : error;
      return { tag, digest: null, manifest: undefined, failure };
    }
  }

  private async lookAt(
    repository: RepositoryName,
    tag: TagName,
    needBytes: boolean,
  ): Promise<Omit<Look, 'failure'>> {
    if (needBytes) {
      const manifest = await this.registry.getManifest(repository, tag);
      return { tag, digest: manifest.digest, manifest };
    }
    const found = await this.registry.findManifest(repository, tag);
    if (found !== undefined) return { tag, digest: found.digest, manifest: undefined };
    throw new RegistryError('manifest-unknown', `${repository} has no tag ${tag}`);
  }

  /**
   * A tag that is neither release nor moving tag must not keep the repository from its own: if the
   * registry refuses to show it (a quarantined image), it counts as where it was.
   */
  private async lookAtAll(
    { repository, rules }: LedgerView,
    tags: ReadonlySet<TagName>,
    lifetimes: ReadonlyMap<TagName, OpenLifetime>,
  ): Promise<ReadonlyMap<TagName, Digest | null>> {
    const looks = Array.from(tags, async (tag): Promise<readonly [TagName, Digest | null][]> => {
      try {
        const manifest = await this.registry.findManifest(repository, tag);
        return [[tag, manifest?.digest ?? null]];
      } catch (error) {
        if (!isIndifferent(tag, rules) || !(error instanceof RegistryError) || error.retryable)
          throw error;
        const known = lifetimes.get(tag);
        return known === undefined ? [] : [[tag, known.digest]];
      }
    });
    return new Map((await Promise.all(looks)).flat());
  }

  private async lookAtTags(
    repository: RepositoryName,
    tags: ReadonlySet<TagName>,
  ): Promise<ReadonlyMap<TagName, Digest | null>> {
    const found = await Promise.all(
      Array.from(tags, async (tag) => {
        const manifest = await this.registry.findManifest(repository, tag);
        return [tag, manifest?.digest ?? null] as const;
      }),
    );
    return new Map(found);
  }
}

interface Look {
  readonly tag: TagName;
  readonly digest: Digest | null;
  readonly manifest: Manifest | undefined;
  readonly failure: Error | undefined;
}

function groupByTag(
  announcements: readonly Announcement[],
): ReadonlyMap<TagName, readonly [Announcement, ...Announcement[]]> {
  const groups = new Map<TagName, [Announcement, ...Announcement[]]>();
  for (const announcement of announcements) {
    const group = groups.get(announcement.tag);
    if (group === undefined) groups.set(announcement.tag, [announcement]);
    else group.push(announcement);
  }
  return groups;
}

/** Any digest will do to find out which tags an announced release would own. */
const UNSEEN = `sha256:${'0'.repeat(64)}` as Digest;

/** The releases as they will be when the announced ones are there, by tag. */
function prospectiveReleases(
  { releases, rules }: LedgerView,
  announced: ReadonlyMap<TagName, readonly Announcement[]>,
  now: number,
): ReadonlyMap<TagName, Release> {
  const found = new Map(Array.from(announced.keys(), (tag) => [tag, UNSEEN]));
  const prereleaseMarks = prereleaseMarksOf([...announced.values()].flat());
  const observation = { found, complete: false, prereleaseMarks };
  const prospects = takeInReleases(releases, observation, { rules, now }).releases;
  return new Map(prospects.map((release) => [release.tag, release]));
}

type Lines = ReadonlyMap<TagName, Line>;

/**
 * Whether moving tags will go to the announced release, so that its bytes are needed. Of one that is
 * known already the ledger says whether they are there: a registry may count each read as a pull.
 */
async function willMove(
  tag: TagName,
  lines: Lines,
  view: LedgerView,
  reading: Promise<ReadonlyMap<TagName, OpenLifetime>>,
): Promise<boolean> {
  const owned = [...lines.values()].filter(({ owner }) => owner?.tag === tag);
  if (owned.length === 0) return false;
  const known = view.releases.find((release) => release.tag === tag);
  if (known === undefined) return true;
  const lifetimes = await reading;
  return owned.some((line) => {
    return recordedTarget(line.tag, view.drifts, lifetimes)?.digest !== known.digest;
  });
}

/** The moving tags that the announced versions are about, and those whose hold has ended. */
function namedTags(
  announced: readonly TagName[],
  prospects: ReadonlyMap<TagName, Release>,
  { rules, holds }: LedgerView,
): ReadonlySet<TagName> {
  const named = announced.flatMap((tag) => {
    const release = prospects.get(tag);
    return release === undefined ? [] : movingTagsOf(release, rules);
  });
  return new Set([...named, ...holds.keys()]);
}

/** Moving tags that are not where the ledger's releases want them. */
function unsettledTags(
  lines: Lines,
  view: LedgerView,
  lifetimes: ReadonlyMap<TagName, OpenLifetime>,
): readonly TagName[] {
  return [...lines.values()].flatMap(({ tag, owner, removed }) => {
    const recorded = recordedTarget(tag, view.drifts, lifetimes);
    const isSettled =
      owner === undefined ? !removed || recorded === null : owner.digest === recorded?.digest;
    return isSettled ? [] : [tag];
  });
}

/**
 * A new release whose tag shows another digest than every sender announced has not arrived yet.
 * A known one is judged against the ledger later, and other tags move as they like.
 */
function unlikeAnnounced(
  view: LedgerView,
  look: Pick<Look, 'tag' | 'digest'>,
  announcements: readonly Announcement[],
): DomainError | undefined {
  if (parseVersionTag(look.tag, view.rules).kind === 'skipped') return undefined;
  if (view.releases.some((release) => release.tag === look.tag)) return undefined;
  if (announcements.some(({ digest }) => digest === null || digest === look.digest)) {
    return undefined;
  }
  const announced = announcements[0]?.digest ?? 'another digest';
  const sentence = `${look.tag} is ${look.digest ?? 'absent'} in the registry, but ${announced} was announced`;
  return new DomainError('digest-mismatch', sentence, { retryable: true });
}

/** Neither a release nor a moving tag: nothing is decided from it. */
function isIndifferent(tag: TagName, rules: RepositoryRules): boolean {
  return parseVersionTag(tag, rules).kind === 'skipped' && !isMovingTagShape(tag, rules);
}

/**
 * A deletion says that the tag is gone, and a tag that is no release may come and go. That one is
 * looked at once more, though: Distribution notifies before it links the tag that was pushed.
 */
function isAbsenceExpected(
  error: RegistryError,
  announcements: readonly Announcement[],
  rules: RepositoryRules,
): boolean {
  if (error.code !== 'manifest-unknown') return false;
  return announcements.every(
    ({ event, tag, attempts }) =>
      event === 'deleted' || (attempts > 0 && parseVersionTag(tag, rules).kind === 'skipped'),
  );
}

interface SightingFrame extends Pick<Sighting, 'complete' | 'lifetimes'> {
  readonly announcements: readonly Announcement[];
}

function toSighting(
  looks: readonly Look[],
  tags: ReadonlyMap<TagName, Digest | null>,
  { announcements, ...known }: SightingFrame,
): Sighting {
  const found = new Map(tags);
  const manifests = new Map<Digest, Manifest>();
  const failures = new Map<TagName, Error>();
  for (const { tag, digest, manifest, failure } of looks) {
    if (failure === undefined) found.set(tag, digest);
    else failures.set(tag, failure);
    // There, but not what was announced: it is not taken in yet, whatever a listing shows.
    if (failure !== undefined && digest !== null) found.delete(tag);
    if (manifest !== undefined) manifests.set(manifest.digest, manifest);
  }
  const prereleaseMarks = prereleaseMarksOf(announcements);
  return { ...known, found, manifests, failures, prereleaseMarks };
}

/** What senders said about `prerelease`; the last one counts (rule R2). */
function prereleaseMarksOf(announcements: readonly Announcement[]): ReadonlyMap<TagName, boolean> {
  const marks = announcements.filter(({ prerelease }) => prerelease !== null);
  return new Map(marks.map(({ tag, prerelease }) => [tag, prerelease === true]));
}
