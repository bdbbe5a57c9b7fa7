import { type Channel, channelsOf } from './channels';
import { type LineLevel, lineNames, type LineShape, numbersAt } from './line-names';
import type { TagName } from './names';
import type { Level, RepositoryRules } from './rules';
import type { Version } from './version';

/** One line that a version belongs to, whatever becomes of it there. */
export interface Membership extends LineShape {
  readonly names: readonly TagName[];
  /** The same for all variants of a line, for the scope `head` (rule A2). */
  readonly family: string;
  /** The track that the line belongs to; undefined for the stable line. */
  readonly channel: Channel | undefined;
}

/** Why a tag that a version could have is not published. */
export type UnpublishedReason = 'level-off' | 'zero-major-off' | 'claimed';

/** A key of `variants.defaults`: the tags without a variant (rule A4). */
const BARE = 'bare';
const LATEST: readonly Level[] = ['latest'];

/** What the rules make of versions; made once for some rules. */
export class Memberships {
  private readonly stableChannels: readonly Channel[];
  private readonly prereleaseChannels: readonly Channel[];
  private readonly known = new Map<string, readonly Membership[]>();
  private readonly tagVariants = new Map<string, readonly string[]>();

  constructor(private readonly rules: RepositoryRules) {
    const channels = channelsOf(rules);
    this.stableChannels = channels.filter(({ ofPrereleases }) => !ofPrereleases);
    this.prereleaseChannels = channels.filter(({ ofPrereleases }) => ofPrereleases);
  }

  /** Whether a pre-release can own any tag at all. */
  get takePrereleases(): boolean {
    return this.prereleaseChannels.length > 0 || this.rules.bootstrapLatest;
  }

  /** The lines of a stable release, those of channels included (rules L1, L3, C3 to C5). */
  ofStable(version: Version): readonly Membership[] {
    // A channel may take single patches; without one all releases of a minor are alike.
    const key = this.stableChannels.length > 0 ? ownKey(version) : sharedKey(version);
    const known = this.known.get(key) ?? this.makeStable(version);
    if (this.known.size < MOST_REMEMBERED) this.known.set(key, known);
    return known;
  }

  /** The lines of a pre-release: channels only (rules C1 and C2). */
  ofPrerelease(version: Version): readonly Membership[] {
    const channels = this.prereleaseChannels.filter((channel) => channel.matches(version));
    return channels.flatMap((channel) => this.ofChannel(version, channel));
  }

  /** `latest` and what stands for it in a variant, which a pre-release may have at first (R3). */
  ofBootstrap(version: Version): readonly Membership[] {
    return this.rules.bootstrapLatest ? this.ofLevels(version, LATEST) : [];
  }

  /** Tags that a version could have and the rules do not publish, each with the reason. */
  unpublished(
    version: Version,
    levels: readonly Level[],
  ): readonly { readonly membership: Membership; readonly reason: UnpublishedReason }[] {
    const isClaimed = this.isClaimed(version);
    return levels.flatMap((level) => {
      const reason = this.reasonUnpublished(version, level, isClaimed);
      if (reason === undefined || !isShorter(version, level)) return [];
      const shapes = this.shapesOf(version, level, this.tagVariantsOf(version.variant));
      return shapes.map((membership) => ({ membership, reason }));
    });
  }

  private reasonUnpublished(
    version: Version,
    level: Level,
    isClaimed: boolean,
  ): UnpublishedReason | undefined {
    if (!this.rules.levels.includes(level)) return 'level-off';
    if (isClaimed && (level === 'major' || level === 'latest')) return 'claimed';
    return isZeroMajor(version, level, this.rules) ? 'zero-major-off' : undefined;
  }

  private makeStable(version: Version): readonly Membership[] {
    const hasRevisions = this.rules.revisions && version.revision !== undefined;
    const isClaimed = this.isClaimed(version);
    const levels = this.rules.levels.filter(
      (level) => !isClaimed || level === 'minor' || level === 'patch',
    );
    const channels = this.stableChannels.filter(
      (channel) => channel.matches(version) && (channel.claims || !isClaimed),
    );
    return [
      ...(hasRevisions ? this.shapesOf(version, 'version', [version.variant]) : []),
      ...this.ofLevels(version, levels),
      ...channels.flatMap((channel) => this.ofChannel(version, channel)),
    ];
  }

  private ofLevels(version: Version, levels: readonly Level[]): readonly Membership[] {
    return levels
      .filter((level) => this.isPublished(version, level))
      .flatMap((level) => this.shapesOf(version, level, this.tagVariantsOf(version.variant)));
  }

  private ofChannel(version: Version, channel: Channel): readonly Membership[] {
    const labelLast = channel.ofPrereleases && version.markLast;
    return channel.labelsOf(version).flatMap((label) =>
      (label === channel.name ? channel.levels : LATEST)
        .filter((level) => this.isPublished(version, level))
        .flatMap((level) =>
          this.shapesOf(version, level, this.tagVariantsOf(version.variant), {
            ...{ channel, label, labelLast },
          }),
        ),
    );
  }

  private isPublished(version: Version, level: Level): boolean {
    return isShorter(version, level) && !isZeroMajor(version, level, this.rules);
  }

  private shapesOf(
    version: Version,
    level: LineLevel,
    variants: readonly string[],
    of: Pick<Membership, 'channel' | 'label' | 'labelLast'> = STABLE_LINE,
  ): readonly Membership[] {
    const family = `${level} ${of.label} ${numbersAt(version, level)}`;
    return variants.map((variant) => {
      const shape = { level, variant, ...of };
      return { ...shape, family, names: lineNames(version, shape, this.rules) };
    });
  }

  /** The variants whose tags a variant's releases move: its own, and those that follow it (A4). */
  private tagVariantsOf(variant: string): readonly string[] {
    const known = this.tagVariants.get(variant);
    if (known !== undefined) return known;
    const { defaults } = this.rules.variants;
    const followers = Object.entries(defaults)
      .filter(([, followed]) => followed === variant)
      .map(([name]) => (name === BARE ? '' : name));
    const isPointer = Object.hasOwn(defaults, variant === '' ? BARE : variant);
    const variants = isPointer ? followers : [variant, ...followers];
    if (this.tagVariants.size < MOST_REMEMBERED) this.tagVariants.set(variant, variants);
    return variants;
  }

  private isClaimed(version: Version): boolean {
    return this.stableChannels.some((channel) => channel.claims && channel.matches(version));
  }
}

const STABLE_LINE = { channel: undefined, label: '', labelLast: false };
const MOST_REMEMBERED = 100_000;

/** A tag is shorter than the version that it is cut from; a pre-release has its suffix beside. */
function isShorter(version: Version, level: Level): boolean {
  const counts = { latest: 0, major: 1, minor: 2, patch: 3 };
  return version.numbers.length + Number(version.prerelease.length > 0) > counts[level];
}

/** Rule Z1: 0.x minors may break, so neither `0` nor `0.0` promises anything. */
function isZeroMajor(version: Version, level: Level, rules: RepositoryRules): boolean {
  if (rules.zeroMajor || version.major !== 0) return false;
  return level === 'major' || (level === 'minor' && version.minor === 0);
}

function ownKey({ numbers, prefixed, variant, revision }: Version): string {
  return `${prefixed ? 'v' : ''}${numbers.join('.')} ${String(revision)} ${variant}`;
}

/** Releases of one minor share their lines, and there are far fewer minors than releases. */
function sharedKey({ numbers, prefixed, variant, revision }: Version): string {
  const style = `${prefixed ? 'v' : ''}${numbers.length} ${variant}`;
  if (revision !== undefined || numbers.length < 3) return `${style} r ${numbers.join('.')}`;
  return numbers.length === 3
    ? `${style} ${numbers[0] ?? ''}.${numbers[1] ?? ''}`
    : `${style} ${numbers.slice(0, -1).join('.')}`;
}

const made = new WeakMap<RepositoryRules, Memberships>();

/** The memberships of some rules; made once for each. */
export function membershipsOf(rules: RepositoryRules): Memberships {
  const memberships = made.get(rules) ?? new Memberships(rules);
  made.set(rules, memberships);
  return memberships;
}
