import type { Digest, TagName } from './names';
import type { KeepCondition, RetentionRule } from './retention-policy';
import { compareVersions, type Version, versionKey } from './version';

/** A release tag as a rule sees it. */
export interface ReleaseTag {
  readonly tag: TagName;
  readonly digest: Digest;
  readonly version: Version;
  /** UTC milliseconds; null when the ledger does not know. */
  readonly lastMoved: number | null;
}

/** Why each kept tag is kept, by tag. */
export type KeptTags = ReadonlyMap<TagName, string>;

/**
 * The tags that a rule keeps. Each condition is computed on its own over all tags that the rule
 * matches; `any` unites what they keep, `all` intersects it.
 */
export function tagsKeptByRule(
  rule: RetentionRule,
  tags: readonly ReleaseTag[],
  now: number,
): KeptTags {
  const [first = new Map<TagName, string>(), ...others] = rule.conditions.map((condition) =>
    tagsKeptBy(condition, tags, now),
  );
  return others.reduce((left, right) => combine(left, right, rule.combine), first);
}

function combine(left: KeptTags, right: KeptTags, how: RetentionRule['combine']): KeptTags {
  if (how === 'any') return new Map([...right, ...left]);
  return new Map([...left].filter(([tag]) => right.has(tag)));
}

function tagsKeptBy(condition: KeepCondition, tags: readonly ReleaseTag[], now: number): KeptTags {
  switch (condition.kind) {
    case 'newest':
      return keepNewest(tags, condition.count, ({ variant }) => variant || 'the repository');
    case 'newest-patches':
      return keepNewest(tags, condition.count, minorOf);
    case 'newest-minors':
      return keepNewestMinors(tags, condition.count);
    case 'moved-within':
      return keepMovedWithin(tags, condition.ms, now);
  }
}

/** Variants are independent of each other (rule A1), so each has newest ones of its own. */
function minorOf({ major, minor, variant }: Version): string {
  return `${major}.${minor}${variant && `-${variant}`}`;
}

function majorOf({ major, variant }: Version): string {
  return `${major}${variant && `-${variant}`}`;
}

/** Counts versions, not tags: `v1.2.3` and `1.2.3` share one place (P6). */
function keepNewest(
  tags: readonly ReleaseTag[],
  count: number,
  groupOf: (version: Version) => string,
): KeptTags {
  const kept = new Map<TagName, string>();
  for (const [group, members] of groupBy(tags, (tag) => groupOf(tag.version))) {
    const versions = distinctNewestFirst(members.map((member) => member.version)).slice(0, count);
    const chosen = new Set(versions);
    for (const { tag, version } of members) {
      if (chosen.has(versionKey(version)))
        kept.set(tag, `kept: one of the newest ${count} of ${group}`);
    }
  }
  return kept;
}

function keepNewestMinors(tags: readonly ReleaseTag[], count: number): KeptTags {
  const kept = new Map<TagName, string>();
  for (const [major, members] of groupBy(tags, (tag) => majorOf(tag.version))) {
    const minors = [...new Set(members.map(({ version }) => version.minor))];
    const chosen = new Set(minors.sort((left, right) => right - left).slice(0, count));
    for (const { tag, version } of members) {
      if (!chosen.has(version.minor)) continue;
      kept.set(tag, `kept: ${minorOf(version)} is one of the newest ${count} minors of ${major}`);
    }
  }
  return kept;
}

/** An age equal to the window is kept; an unknown age is the caller's to protect. */
function keepMovedWithin(tags: readonly ReleaseTag[], ms: number, now: number): KeptTags {
  const young = tags.filter(({ lastMoved }) => lastMoved !== null && now - lastMoved <= ms);
  return new Map(young.map(({ tag }) => [tag, `kept: moved within the last ${formatDays(ms)}`]));
}

function formatDays(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  return hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`;
}

function distinctNewestFirst(versions: readonly Version[]): readonly string[] {
  const sorted = [...versions].sort((left, right) => compareVersions(right, left));
  return [...new Set(sorted.map(versionKey))];
}

function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
