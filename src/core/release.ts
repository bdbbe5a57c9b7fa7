import type { Digest, TagName } from './names';
import { compareVersions, type Version } from './version';

/** A version tag with the digest that it was published with. */
export interface Release {
  readonly tag: TagName;
  readonly version: Version;
  readonly digest: Digest;
  /** Announced as a pre-release although the text does not say so (rule R2). */
  readonly announcedPrerelease: boolean;
  /** The registry no longer has the tag: it can become no new owner (rule M1). */
  readonly missing: boolean;
  /** Why it was taken back; undefined when it was not (rule W1). */
  readonly withdrawn?: string | undefined;
  /** UTC milliseconds; a release without it has not soaked (rule C5). */
  readonly firstSeenAt?: number | undefined;
  /** `os/architecture` of its index; undefined when it was not read. */
  readonly platforms?: readonly string[] | undefined;
}

/** What a tag points at: a digest, and the release that it was published as, where there is one. */
export interface Target {
  readonly digest: Digest;
  readonly release: TagName | null;
}

export function isPrerelease(release: Release): boolean {
  return release.version.prerelease.length > 0 || release.announcedPrerelease;
}

/**
 * By version; of several spellings of one version the plainest is higher, then the first by text
 * (rule K1): a total order, so that no arrival decides.
 */
export function compareReleases(left: Release, right: Release): number {
  return (
    compareVersions(left.version, right.version) ||
    spellingOf(right.version) - spellingOf(left.version) ||
    compareText(right.tag, left.tag)
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** 0 for the plainest spelling. */
function spellingOf(version: Version): number {
  return Number(version.prefixed) + (version.metadata === '' ? 0 : 2);
}
