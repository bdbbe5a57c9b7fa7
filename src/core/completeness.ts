import type { Bar } from './line';
import { isPrerelease, type Release } from './release';
import type { RepositoryRules } from './rules';
import { matchesVariant } from './suffix';
import { versionKey } from './version';

/** Whether releases are as complete as the rules ask (rule A5). */
export interface CompletenessGate {
  /** The platforms that a release lacks; undefined when it lacks none. */
  lackedBy(release: Release): readonly string[] | undefined;
  /** Whether bare tags wait for variants of the release. */
  isWaiting(release: Release): boolean;
  /** Why no tag moves to a release; undefined when it is complete. */
  barOf(release: Release): Bar | undefined;
}

/** Goes through the releases once, and only where the rules ask for variants. */
export function completenessGate(
  releases: readonly Release[],
  { requirePlatforms, variants }: RepositoryRules,
): CompletenessGate {
  const present = variants.requireAll ? variantsByVersion(releases) : undefined;

  function lackedBy({ platforms }: Release): readonly string[] | undefined {
    if (requirePlatforms.length === 0) return undefined;
    return noneIfEmpty(
      requirePlatforms.filter((platform) => platforms?.includes(platform) !== true),
    );
  }

  function missingVariants(release: Release): readonly string[] | undefined {
    if (present === undefined) return undefined;
    const own = [...(present.get(bareKey(release)) ?? [])];
    return noneIfEmpty(
      variants.known.filter((glob) => !own.some((variant) => matchesVariant(glob, variant))),
    );
  }

  function barOf(release: Release): Bar | undefined {
    const isBare = release.version.variant === '';
    const lacking = lackedBy(release) ?? (isBare ? missingVariants(release) : undefined);
    if (lacking === undefined) return undefined;
    return { code: 'incomplete', text: `kept: ${release.tag} lacks ${lacking.join(', ')}` };
  }

  return { lackedBy, isWaiting: (release) => missingVariants(release) !== undefined, barOf };
}

/** Releases whose platforms were never read, as if they had what the rules ask for. */
export function assumePlatforms(
  releases: readonly Release[],
  { requirePlatforms }: RepositoryRules,
): readonly Release[] {
  if (requirePlatforms.length === 0) return releases;
  return releases.map((release) =>
    release.platforms === undefined ? { ...release, platforms: requirePlatforms } : release,
  );
}

function noneIfEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}

function variantsByVersion(releases: readonly Release[]): ReadonlyMap<string, ReadonlySet<string>> {
  const present = new Map<string, Set<string>>();
  for (const release of releases) {
    if (release.missing || release.withdrawn !== undefined || isPrerelease(release)) continue;
    const key = bareKey(release);
    const group = present.get(key);
    if (group === undefined) present.set(key, new Set([release.version.variant]));
    else group.add(release.version.variant);
  }
  return present;
}

function bareKey({ version }: Release): string {
  return versionKey({ ...version, variant: '' });
}
