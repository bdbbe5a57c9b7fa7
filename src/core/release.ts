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
}

/** What a tag points at: a digest, and the release that it was published as, where there is one. */
export interface Target {
  readonly digest: Digest;
  readonly release: TagName | null;
}

export function isPrerelease(release: Release): boolean {
  return release.version.prerelease || release.announcedPrerelease;
}

/** By version; of two spellings of one version the bare one is higher (rule K1). */
export function compareReleases(left: Release, right: Release): number {
  return (
    compareVersions(left.version, right.version) ||
    Number(right.version.prefixed) - Number(left.version.prefixed)
  );
}
