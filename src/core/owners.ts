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
  return { ...set, lines: new Resolution(set, rules, now).resolve() };
}

/** One calculation; its maps are what makes it linear. */
class Resolution {
  private readonly lines = new Map<TagName, GrowingLine>();
  private readonly families = new Map<TagName, string>();
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
  }

  resolve(): ReadonlyMap<TagName, Line> {
    const { releases } = this.set;
    for (const release of releases) if (!isPrerelease(release)) this.addStable(release);
    if (this.memberships.takePrereleases) {
      for (const release of releases) if (isPrerelease(release)) this.addPrerelease(release);
    }
    for (const line of this.lines.values()) this.finish(line);
    return this.lines;
  }

  private addStable(release: Release): void {
    const isEligible = this.isEligible(release);
    if (isEligible && this.memberships.takePrereleases) this.rememberStable(release);
    for (const membership of this.memberships.ofStable(release.version)) {
      const soaking = isEligible ? this.soakingBar(release, membership) : undefined;
      this.addTo(membership, release, { isEligible, bar: soaking });
    }
  }

  private addPrerelease(release: Release): void {
    const isEligible = this.isEligible(release);
    for (const membership of this.memberships.ofPrerelease(release.version)) {
      const bar = isEligible ? this.retiredBar(release, membership) : undefined;
      this.addTo(membership, release, { isEligible, bar });
      if (bar !== undefined && membership.channel?.deletesRetired === true) {
        this.removeUnlessOwned(membership);
      }
    }
    for (const membership of this.memberships.ofBootstrap(release.version)) {
      const standing = membership.names.flatMap((name) => this.lines.get(name) ?? []);
      if (standing.every(({ highest }) => isPrerelease(highest))) {
        this.addTo(membership, release, { isEligible, bar: undefined });
      }
    }
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
      const line = this.lineOf(name, membership, release);
      line.add(release, mayOwn);
      if (bar !== undefined) line.barred ??= bar;
    }
    if (mayOwn && this.rules.variants.scope === 'head') this.rememberHead(membership, release);
  }

  private lineOf(name: TagName, { level, family }: Membership, release: Release): GrowingLine {
    const known = this.lines.get(name);
    if (known !== undefined) return known;
    const line = new GrowingLine(name, level, release);
    this.lines.set(name, line);
    this.families.set(name, family);
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

  /** Rule C1: a channel of pre-releases is about those above every stable release of the line. */
  private retiredBar({ tag, version }: Release, { level }: Membership): Bar | undefined {
    const stable = this.stable.get(stableKey(version, level));
    if (stable === undefined || compareVersions(version, stable.version) > 0) return undefined;
    return { code: 'higher-release-exists', text: `kept: ${stable.tag} is above ${tag}` };
  }

  private removeUnlessOwned({ names }: Membership): void {
    for (const name of names) {
      const line = this.lines.get(name);
      if (line !== undefined) line.removed = true;
    }
  }

  private finish(line: GrowingLine): void {
    this.barOutsideHead(line);
    if (this.set.colliding.has(line.tag)) {
      line.bar({ code: 'collision', text: `kept: ${line.tag} is the name of a release, too` });
    }
    if (line.owner !== undefined) {
      line.barred = undefined;
      line.removed = false;
    } else if (line.allWithdrawn) {
      line.removed = this.rules.emptyLine === 'delete';
      line.barred = { code: 'withdrawn', text: 'kept: every release of this line is withdrawn' };
    } else {
      line.barred ??= this.gate.barOf(line.highest);
    }
  }

  /** Rule A2: a variant that newer versions dropped does not pull its tags to an old version. */
  private barOutsideHead(line: GrowingLine): void {
    const { owner } = line;
    if (owner === undefined || this.rules.variants.scope === 'own') return;
    const head = this.heads.get(this.families.get(line.tag) ?? '');
    if (head === undefined || owner.version.variant === '') return;
    if (compareVersions(owner.version, head.version) >= 0) return;
    line.bar({ code: 'not-head', text: `kept: ${head.tag} is higher, in another variant` });
  }
}

const STABLE_LEVELS = ['patch', 'minor', 'major', 'latest'] as const;

function stableKey(version: Version, level: LineLevel): string {
  return `${version.variant} ${level} ${numbersAt(version, level)}`;
}
