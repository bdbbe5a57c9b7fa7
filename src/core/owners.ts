import { type CompletenessGate, completenessGate } from './completeness';
import { type Bar, GrowingLine, type Line } from './line';
import { type LineLevel, numbersAt } from './line-names';
import { type Membership, type Memberships, membershipsOf } from './memberships';
import type { TagName } from './names';
import { compareReleases, isPrerelease, type Release } from './release';
import { examineReleases, type ReleaseSet } from './release-set';
import type { RepositoryRules } from './rules';
import { compareVersions, type Version } from './version';

export interface Owners extends ReleaseSet {
  readonly lines: ReadonlyMap<TagName, Line>;
}

/**
 * Finds the owner of each moving tag from the whole set of releases, never from one delivery
 * (rules L1 and L2): the highest eligible release of its line. Linear in the number of releases; no
 * releases give no lines. The order of the input is irrelevant. `now` (UTC milliseconds) counts for
 * channels with a soak only.
 */
export function resolveOwners(
  releases: readonly Release[],
  rules: RepositoryRules,
  now: number,
): Owners {
  const set = examineReleases(releases, rules);
  return { ...set, lines: new OwnerIndex(set, rules, now).lines() };
}

/**
 * The lines of a set of releases, which may grow: a release that is added costs what its own lines
 * cost. Only {@link resolveOwners} sees what depends on the set as a whole (rules K1, K2, N1, A5).
 */
export class OwnerIndex {
  private readonly growing = new Map<TagName, GrowingLine>();
  /** The names of each family's lines, for the scope `head`. */
  private readonly families = new Map<string, Set<TagName>>();
  /** The highest eligible release of each family over all variants (rule A2). */
  private readonly heads = new Map<string, Release>();
  /** The highest eligible stable release by numbers and variant (rule C1). */
  private readonly stable = new Map<string, Release>();
  private readonly memberships: Memberships;
  private readonly gate: CompletenessGate;

  constructor(
    private readonly set: ReleaseSet,
    private readonly rules: RepositoryRules,
    private readonly now: number,
  ) {
    this.memberships = membershipsOf(rules);
    this.gate = completenessGate(set.releases, rules);
    const { releases } = set;
    for (const release of releases) if (!isPrerelease(release)) this.addStable(release);
    if (!this.memberships.takePrereleases) return;
    for (const release of releases) if (isPrerelease(release)) this.addPrerelease(release);
  }

  lines(): ReadonlyMap<TagName, Line> {
    const lines = new Map<TagName, Line>();
    for (const [tag, line] of this.growing) lines.set(tag, this.toLine(line));
    return lines;
  }

  /** Adds one release and gives every line that it may have changed. */
  add(release: Release): readonly Line[] {
    const memberships = isPrerelease(release)
      ? this.addPrerelease(release)
      : this.addStable(release);
    const tags = new Set(memberships.flatMap(({ names }) => names));
    if (this.rules.variants.scope === 'head') {
      const others = memberships.flatMap(({ family }) => [...(this.families.get(family) ?? [])]);
      for (const tag of others) tags.add(tag);
    }
    return [...tags].flatMap((tag) => {
      const line = this.growing.get(tag);
      return line === undefined ? [] : [this.toLine(line)];
    });
  }

  private addStable(release: Release): readonly Membership[] {
    const isEligible = this.isEligible(release);
    if (isEligible && this.memberships.takePrereleases) this.rememberStable(release);
    const memberships = this.memberships.ofStable(release.version);
    for (const membership of memberships) {
      const bar = isEligible ? this.soakingBar(release, membership) : undefined;
      this.addTo(membership, release, { isEligible, bar });
    }
    return memberships;
  }

  private addPrerelease(release: Release): readonly Membership[] {
    const facts = { isEligible: this.isEligible(release), bar: undefined };
    const memberships = this.memberships.ofPrerelease(release.version);
    for (const membership of memberships) this.addTo(membership, release, facts);
    const bootstrap = this.memberships.ofBootstrap(release.version).filter(({ names }) => {
      const standing = names.flatMap((name) => this.growing.get(name) ?? []);
      return standing.every(({ highest }) => isPrerelease(highest));
    });
    for (const membership of bootstrap) this.addTo(membership, release, facts);
    return [...memberships, ...bootstrap];
  }

  private isEligible(release: Release): boolean {
    if (release.missing || release.withdrawn !== undefined) return false;
    return !this.set.conflicting.has(release.tag) && this.gate.lackedBy(release) === undefined;
  }

  /** A bar keeps one release from the line, and is the line's only when no other owns it. */
  private addTo(
    membership: Membership,
    release: Release,
    { isEligible, bar }: { readonly isEligible: boolean; readonly bar: Bar | undefined },
  ): void {
    const isComplete = membership.variant !== '' || !this.gate.isWaiting(release);
    const mayOwn = isEligible && bar === undefined && isComplete;
    for (const name of membership.names) {
      // `4.0-beta` is itself and no tag that could move (rule K2).
      if (name === release.tag) continue;
      const line = this.lineOf(name, membership, release);
      line.add(release, mayOwn);
      if (bar !== undefined) line.keepOut(release, bar);
    }
    if (mayOwn && this.rules.variants.scope === 'head') this.rememberHead(membership, release);
  }

  private lineOf(name: TagName, membership: Membership, release: Release): GrowingLine {
    const known = this.growing.get(name);
    if (known !== undefined) return known;
    const line = new GrowingLine(name, membership, release);
    this.growing.set(name, line);
    if (this.rules.variants.scope === 'head') {
      const family = this.families.get(membership.family) ?? new Set();
      this.families.set(membership.family, family.add(name));
    }
    return line;
  }

  private rememberHead({ family }: Membership, release: Release): void {
    const head = this.heads.get(family);
    if (head === undefined || compareReleases(release, head) > 0) this.heads.set(family, release);
  }

  private rememberStable(release: Release): void {
    for (const level of STABLE_LEVELS) {
      const key = stableKey(release.version, level);
      const known = this.stable.get(key);
      if (known === undefined || compareReleases(release, known) > 0) this.stable.set(key, release);
    }
  }

  /** Rule C5. */
  private soakingBar(release: Release, { channel }: Membership): Bar | undefined {
    const { soak = 0, name = '' } = channel ?? {};
    const { firstSeenAt } = release;
    if (soak === 0 || (firstSeenAt !== undefined && firstSeenAt <= this.now - soak)) {
      return undefined;
    }
    const text = `kept: ${release.tag} has not been out for as long as ${name} asks`;
    return { code: 'soaking', text };
  }

  private toLine(line: GrowingLine): Line {
    const { tag, top, highest } = line;
    const barred = this.barOf(line);
    const neverBack = (line.membership.channel?.soak ?? 0) > 0;
    if (barred === undefined && top !== undefined) {
      return { tag, owner: top, highest, barred: undefined, removed: false, neverBack };
    }
    const known = barred ?? line.barred ?? this.gate.barOf(highest);
    const removed = this.isRemoved(line);
    return { tag, owner: undefined, highest, barred: known, removed, neverBack };
  }

  /** Why the top of a line does not own it, or why the line has none at all. */
  private barOf(line: GrowingLine): Bar | undefined {
    if (this.set.colliding.has(line.tag)) {
      return { code: 'collision', text: `kept: ${line.tag} is the name of a release, too` };
    }
    if (line.allWithdrawn) {
      return { code: 'withdrawn', text: 'kept: every release of this line is withdrawn' };
    }
    return this.retiredBar(line) ?? this.headBar(line);
  }

  private isRemoved(line: GrowingLine): boolean {
    if (line.allWithdrawn) return this.rules.emptyLine === 'delete';
    const { channel } = line.membership;
    return channel?.deletesRetired === true && this.retiredBar(line) !== undefined;
  }

  /** Rule C1: a channel of pre-releases is about those above every stable release of the line. */
  private retiredBar({ top, membership }: GrowingLine): Bar | undefined {
    const { channel, level } = membership;
    if (top === undefined || channel?.ofPrereleases !== true) return undefined;
    const stable = this.stable.get(stableKey(top.version, level));
    if (stable === undefined || compareVersions(top.version, stable.version) > 0) return undefined;
    return { code: 'higher-release-exists', text: `kept: ${stable.tag} is above ${top.tag}` };
  }

  /** Rule A2: a variant that newer versions dropped does not pull its tags to an old version. */
  private headBar({ top, membership }: GrowingLine): Bar | undefined {
    if (top === undefined || this.rules.variants.scope === 'own') return undefined;
    const head = this.heads.get(membership.family);
    if (head === undefined || top.version.variant === '') return undefined;
    if (compareVersions(top.version, head.version) >= 0) return undefined;
    return { code: 'not-head', text: `kept: ${head.tag} is higher, in another variant` };
  }
}

const STABLE_LEVELS = ['patch', 'minor', 'major', 'latest'] as const;

function stableKey(version: Version, level: LineLevel): string {
  return `${version.variant} ${level} ${numbersAt(version, level)}`;
}
