import type { Decision, Reason } from './decision';
import { type Hold, type Holds, isInForce } from './hold';
import { compareLanes } from './lanes';
import type { Line } from './line';
import { membershipsOf } from './memberships';
import { type Digest, isDigest, isTagName, type TagName } from './names';
import { type Owners, resolveOwners } from './owners';
import { decideAll, type TagState } from './plan';
import { isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';
import { describeSkip, readerOf, type SkipReason, type Version } from './version';

/** One line of a listing, or of what is known of a tag. */
export interface ListedTag {
  /** The text as received: build metadata may still be in it (rule P7). */
  readonly tag: string;
  readonly digest?: Digest | undefined;
  readonly prerelease?: boolean | undefined;
  /** UTC milliseconds. */
  readonly publishedAt?: number | undefined;
  readonly platforms?: readonly string[] | undefined;
  readonly withdrawn?: string | undefined;
}

/** A hold with the place where it keeps its tag: a release, a digest, or nowhere. */
export interface ListedHold {
  readonly hold: TagName;
  readonly to: string | null;
  /** UTC milliseconds; null without an end. */
  readonly expiresAt: number | null;
}

export interface ResolveInput {
  readonly tags: readonly ListedTag[];
  readonly holds: readonly ListedHold[];
  readonly rules: RepositoryRules;
  /** UTC milliseconds. */
  readonly now: number;
}

/** A moving tag that should exist. */
export interface ResolvedTag {
  readonly tag: TagName;
  readonly release: string | null;
  readonly digest: Digest | null;
  readonly reason: Reason<string>;
  /** Its digest in the listing; only with a tag that is listed. */
  readonly present?: Digest | null;
  /** Whether the listing has it where it should be. */
  readonly agrees?: boolean;
}

export interface SkippedTag {
  readonly tag: string;
  readonly reason: Reason<string>;
}

export interface Resolution {
  /** In the order of lanes. */
  readonly moving: readonly ResolvedTag[];
  /** In the order of the input. */
  readonly skipped: readonly SkippedTag[];
}

/** Stands for every digest that a listing does not tell: nothing differs by it. */
const UNKNOWN_DIGEST = `sha256:${'0'.repeat(64)}` as Digest;

/**
 * What the moving tags of a repository should be, from a listing of its tags and nothing else: the
 * same owners and decisions as in production. An empty listing gives two empty lists.
 */
export function resolveTags(input: ResolveInput): Resolution {
  const listing = readListing(input.tags, input.rules);
  const releases = listing.releases.map(({ release }) => release);
  const owners = resolveOwners(releases, input.rules, input.now);
  const holds = holdsOf(input.holds, input.now);
  const states = new Map(
    Array.from(listing.digests, ([tag, found]): [TagName, TagState] => [
      tag,
      { recorded: null, found },
    ]),
  );
  const { rules, now } = input;
  const plan = { releases, rules, cause: 'released' as const, states, holds: NO_HOLDS, now };
  const decisions = decideAll(plan, owners).filter(({ tag }) => !holds.has(tag));
  const moving = [
    ...decisions.flatMap((decision) => toResolved(decision, owners, listing)),
    ...[...holds.values()].flatMap((hold) => toHeld(hold, listing)),
  ].sort((left, right) => compareLanes(left.tag, right.tag));
  return { moving, skipped: skippedOf(listing, { owners, moving, rules }) };
}

const NO_HOLDS: Holds = new Map<TagName, Hold>();

interface Listing {
  readonly releases: readonly { readonly release: Release; readonly shown: string }[];
  /** What the listing has, releases included. */
  readonly digests: ReadonlyMap<TagName, Digest>;
  readonly skipped: readonly { readonly tag: string; readonly reason: Reason<string> }[];
  /** Every tag of the input, once, in its order. */
  readonly order: readonly string[];
}

/** Takes lines of one tag together: what is said twice counts once, and rebuilds by their rule (B1). */
function readListing(tags: readonly ListedTag[], rules: RepositoryRules): Listing {
  const groups = new Map<string, ListedTag[]>();
  for (const listed of tags) {
    const group = groups.get(listed.tag);
    if (group === undefined) groups.set(listed.tag, [listed]);
    else group.push(listed);
  }
  const releases: { release: Release; shown: string }[] = [];
  const digests = new Map<TagName, Digest>();
  const skipped: SkippedTag[] = [];
  for (const [shown, group] of groups) {
    const { tag, parsed } = readerOf(rules).readAnnounced(shown);
    const inOrder = [...group].sort((a, b) => (a.publishedAt ?? 0) - (b.publishedAt ?? 0));
    const known = [...new Set(inOrder.map(({ digest = UNKNOWN_DIGEST }) => digest))];
    const isRelease = parsed.kind === 'version';
    const counts = isRelease && rules.rebuilds === 'refuse' ? known[0] : known.at(-1);
    const digest = counts ?? UNKNOWN_DIGEST;
    if (isTagName(tag)) digests.set(tag, digest);
    if (!isRelease) {
      skipped.push({ tag: shown, reason: skipReason(shown, parsed.reason, rules) });
      continue;
    }
    if (!isTagName(tag)) continue;
    releases.push({ shown, release: toRelease(tag, parsed.version, inOrder, digest) });
    if (known.length > 1 && rules.rebuilds === 'refuse') {
      const text = `${shown} was built again, and the rules refuse that: its first digest counts`;
      skipped.push({ tag: shown, reason: { code: 'conflict', text } });
    }
  }
  return { releases, digests, skipped, order: [...groups.keys()] };
}

function toRelease(
  tag: TagName,
  version: Version,
  lines: readonly ListedTag[],
  digest: Digest,
): Release {
  const last = lines.findLast((line) => line.prerelease !== undefined);
  const published = lines.find((line) => line.publishedAt !== undefined);
  return {
    tag,
    version,
    digest,
    announcedPrerelease: last?.prerelease ?? false,
    missing: false,
    withdrawn: lines.findLast((line) => line.withdrawn !== undefined)?.withdrawn,
    firstSeenAt: published?.publishedAt,
    platforms: lines.findLast((line) => line.platforms !== undefined)?.platforms,
  };
}

function skipReason(tag: string, code: SkipReason, rules: RepositoryRules): Reason<string> {
  return { code, text: describeSkip(tag, code, rules.scheme) };
}

/** Holds in force, by tag; of several on one tag the last counts. */
function holdsOf(holds: readonly ListedHold[], now: number): ReadonlyMap<TagName, ListedHold> {
  const inForce = holds.filter((hold) => isInForce(hold, now));
  return new Map(inForce.map((hold) => [hold.hold, hold]));
}

function toResolved(
  decision: Decision,
  { lines }: Owners,
  { digests }: Listing,
): readonly ResolvedTag[] {
  const { tag } = decision;
  const present = digests.get(tag);
  const owner = lines.get(tag)?.owner;
  const isStaying = decision.action === 'keep' && !OWNED.has(decision.reason.code);
  if (isStaying || owner === undefined) {
    // A release has the name, so there is no such moving tag (rule K2).
    if (decision.reason.code === 'collision') return [];
    if (present === undefined || decision.action === 'move') return [];
    const release = decision.from?.release ?? null;
    return [
      { tag, release, ...shownDigests(present, present), reason: decision.reason, agrees: true },
    ];
  }
  const text = `${owner.tag} is the highest release of its line`;
  const resolved = { tag, release: owner.tag, reason: { code: 'highest', text } };
  if (present === undefined) return [{ ...resolved, digest: known(owner.digest) }];
  return [
    { ...resolved, ...shownDigests(owner.digest, present), agrees: present === owner.digest },
  ];
}

/** Reasons under which the owner is still what the tag should point at. */
const OWNED: ReadonlySet<string> = new Set(['already-right', 'drifted']);

function toHeld({ hold, to }: ListedHold, listing: Listing): readonly ResolvedTag[] {
  if (to === null) return [];
  const release = listing.releases.find(
    ({ release: { tag, digest } }) => tag === to || digest === to,
  )?.release;
  const digest = release?.digest ?? (isDigest(to) ? to : UNKNOWN_DIGEST);
  const present = listing.digests.get(hold);
  const reason = { code: 'held', text: `held at ${to}` };
  const held = { tag: hold, release: release?.tag ?? null, reason };
  if (present === undefined) return [{ ...held, digest: known(digest) }];
  return [{ ...held, ...shownDigests(digest, present), agrees: present === digest }];
}

function shownDigests(
  digest: Digest,
  present: Digest,
): Required<Pick<ResolvedTag, 'digest' | 'present'>> {
  return { digest: known(digest), present: known(present) };
}

function known(digest: Digest): Digest | null {
  return digest === UNKNOWN_DIGEST ? null : digest;
}

interface SkipContext {
  readonly owners: Owners;
  readonly moving: readonly ResolvedTag[];
  readonly rules: RepositoryRules;
}

/** Every tag that takes part in no line, with why. */
function skippedOf(listing: Listing, context: SkipContext): readonly SkippedTag[] {
  const shown = new Set<string>(context.moving.map(({ tag }) => tag));
  const reasons = new Map<string, Reason<string>>();
  for (const { tag, reason } of listing.skipped) {
    const isMovingTag = reason.code !== 'conflict' && isLine(tag, context.owners);
    if (!isMovingTag) reasons.set(tag, reason);
  }
  for (const { release, shown: text } of listing.releases) {
    const reason = reasonOutside(release, context);
    if (reason !== undefined) reasons.set(text, reason);
  }
  return listing.order.flatMap((tag) => {
    const reason = reasons.get(tag);
    if (reason === undefined || (shown.has(tag) && reason.code !== 'conflict')) return [];
    return [{ tag, reason }];
  });
}

/** A moving tag that the rules want gone is neither a release nor skipped. */
function isLine(tag: string, { lines }: Owners): boolean {
  return isTagName(tag) && lines.has(tag);
}

function reasonOutside(
  release: Release,
  { owners, rules }: SkipContext,
): Reason<string> | undefined {
  const { tag, version, withdrawn } = release;
  if (withdrawn !== undefined)
    return { code: 'withdrawn', text: `${tag} is withdrawn: ${withdrawn}` };
  if (owners.conflicting.has(tag)) {
    const text = `two tags name version ${version.text} with different digests`;
    return { code: 'conflict', text };
  }
  if (owners.colliding.has(tag)) {
    return {
      code: 'collision',
      text: `${tag} is the name of a moving tag of longer releases, too`,
    };
  }
  if (!isPrerelease(release)) return undefined;
  const memberships = membershipsOf(rules);
  const first = memberships.ofBootstrap(version).flatMap(({ names }) => names);
  const isFirst = first.some((name) => isPrereleaseLine(owners.lines.get(name)));
  if (isFirst || memberships.ofPrerelease(version).length > 0) return undefined;
  return { code: 'prerelease', text: `${tag} is a pre-release, and no channel takes it` };
}

/** Rule R3: while there is no release, a pre-release may have `latest`. */
function isPrereleaseLine(line: Line | undefined): boolean {
  return line !== undefined && isPrerelease(line.highest);
}
