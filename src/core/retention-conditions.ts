import type { Reason } from './decision';
import { groupBy } from './group-by';
import type { KeepCondition, RetentionRule, VersionGroup } from './retention-policy';
import { compareMoved, comparePulled, type RetentionUnit } from './retention-unit';
import { compareVersions, type Version } from './version';

/** Every reason why each kept unit is kept; the others are not in it. */
export type KeptUnits = ReadonlyMap<RetentionUnit, readonly Reason<'kept-by-rule'>[]>;

/**
 * The units that the conditions of a rule keep. Each condition is computed on its own over all
 * units; `any` unites what they keep, `all` intersects it (retention.md 2.2).
 */
export function unitsKeptBy(
  { conditions, combine }: Pick<RetentionRule, 'conditions' | 'combine'>,
  units: readonly RetentionUnit[],
  now: number,
): KeptUnits {
  const kept = new Map<RetentionUnit, readonly Reason<'kept-by-rule'>[]>();
  for (const condition of conditions) {
    for (const [unit, reason] of keptByCondition(condition, units, now)) {
      const others = kept.get(unit);
      kept.set(unit, others === undefined ? [reason] : [...others, reason]);
    }
  }
  if (combine === 'any') return kept;
  return new Map([...kept].filter(([, reasons]) => reasons.length === conditions.length));
}

/** Why one condition keeps each unit that it keeps. */
type KeptByCondition = readonly (readonly [RetentionUnit, Reason<'kept-by-rule'>])[];

function keptByCondition(
  condition: KeepCondition,
  units: readonly RetentionUnit[],
  now: number,
): KeptByCondition {
  switch (condition.kind) {
    case 'always':
      return keepAll(units, 'kept: its rule always keeps it');
    case 'moved-within':
      return keepAll(
        units.filter(({ movedAt }) => movedAt !== null && now - movedAt <= condition.ms),
        `kept: moved within the last ${formatAge(condition.ms)}`,
      );
    case 'pulled-within':
      return keepAll(
        units.filter(({ pulledAt }) => pulledAt !== null && now - pulledAt <= condition.ms),
        `kept: pulled within the last ${formatAge(condition.ms)}`,
      );
    case 'newest':
      return keepNewest(units, condition.count, condition.per);
    case 'newest-pulled':
      return keepNewestPulled(units, condition.count);
    case 'newest-patches':
      return keepNewestPatches(units, condition.count);
    case 'newest-minors':
      return keepNewestMinors(units, condition.count);
  }
}

function keepAll(units: readonly RetentionUnit[], text: string): KeptByCondition {
  const reason = { code: 'kept-by-rule', text } as const;
  return units.map((unit) => [unit, reason] as const);
}

function keepFirst(sorted: readonly RetentionUnit[], count: number, what: string): KeptByCondition {
  const kept = sorted.slice(0, count);
  return keepAll(kept, count === 1 ? `kept: the ${what}` : `kept: one of the ${count} ${what}`);
}

/** Versions by their order, builds by the time when they moved; counts versions, not tags (P6). */
function keepNewest(
  units: readonly RetentionUnit[],
  count: number,
  per: VersionGroup | undefined,
): KeptByCondition {
  return uniteGroups(
    groupBy(units, ({ version }) => groupOf(version, per)),
    (group, name) =>
      keepFirst([...group].sort(compareUnits), count, name === '' ? 'newest' : `newest of ${name}`),
  );
}

function keepNewestPulled(units: readonly RetentionUnit[], count: number): KeptByCondition {
  return uniteGroups(
    groupBy(units, ({ version }) => groupOf(version, undefined)),
    (group, variant) => {
      const what = variant === '' ? 'last pulled' : `last pulled of ${variant}`;
      return keepFirst([...group].sort(comparePulled), count, what);
    },
  );
}

function keepNewestPatches(units: readonly RetentionUnit[], count: number): KeptByCondition {
  return uniteGroups(
    groupBy(units, ({ version }) => groupOf(version, 'minor')),
    (group, name) => {
      const kept = [...group].sort(compareUnits).slice(0, count);
      const text =
        count === 1
          ? `kept: newest patch of ${name}`
          : `kept: one of the newest ${count} patches of ${name}`;
      return keepAll(kept, text);
    },
  );
}

function keepNewestMinors(units: readonly RetentionUnit[], count: number): KeptByCondition {
  return uniteGroups(
    groupBy(units, ({ version }) => groupOf(version, 'major')),
    (group, major) => {
      const minors = [...new Set(group.map(({ version }) => version?.minor ?? 0))];
      const chosen = new Set(minors.sort((left, right) => right - left).slice(0, count));
      const kept = group.filter(({ version }) => chosen.has(version?.minor ?? 0));
      const text = (minor: string): string =>
        `kept: ${minor} is one of the newest ${count} minors of ${major}`;
      return uniteGroups(
        groupBy(kept, ({ version }) => groupOf(version, 'minor')),
        (units, minor) => keepAll(units, text(minor)),
      );
    },
  );
}

function uniteGroups(
  groups: ReadonlyMap<string, readonly RetentionUnit[]>,
  keep: (group: readonly RetentionUnit[], name: string) => KeptByCondition,
): KeptByCondition {
  return Array.from(groups, ([name, group]) => keep(group, name)).flat();
}

/** Newest first. */
function compareUnits(left: RetentionUnit, right: RetentionUnit): number {
  if (left.version === undefined || right.version === undefined) return compareMoved(left, right);
  return compareVersions(right.version, left.version) || compareMoved(left, right);
}

/** Variants are independent of each other (rule A1), so each has newest ones of its own. */
function groupOf(version: Version | undefined, per: VersionGroup | undefined): string {
  if (version === undefined) return '';
  const { major, minor, variant } = version;
  switch (per) {
    case undefined:
      return variant;
    case 'major':
      return withVariant(`${major}`, variant);
    case 'minor':
      return withVariant(`${major}.${minor}`, variant);
    case 'core':
      return coreOf(version);
  }
}

/** The version that a pre-release leads up to, in its variant. */
export function coreOf({ major, minor, patch, build, variant }: Version): string {
  const numbers = `${major}.${minor}.${patch}`;
  return withVariant(build === 0 ? numbers : `${numbers}.${build}`, variant);
}

function withVariant(text: string, variant: string): string {
  return variant === '' ? text : `${text}-${variant}`;
}

/** `90 days`, `36 hours`, `5 minutes`: the largest unit that says it exactly. */
export function formatAge(ms: number): string {
  for (const [unit, unitMs] of AGE_UNITS) {
    if (ms >= unitMs && ms % unitMs === 0) {
      const count = ms / unitMs;
      return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
    }
  }
  return ms === 0 ? '0 days' : `${Math.round(ms / 1000)} seconds`;
}

const AGE_UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
