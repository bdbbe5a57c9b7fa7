import { isMovingTagShape } from './moving-tags';
import type { RepositoryRules } from './rules';
import { parseVersionTag, type Version } from './version';

/**
 * What a tag is for retention (retention.md 2.1). Only releases can be let go in this version;
 * every other class is kept.
 */
export type TagClass =
  | { readonly kind: 'release'; readonly version: Version }
  | { readonly kind: 'prerelease'; readonly version: Version }
  /** Named as a level would be, whether or not a release owns it now. */
  | { readonly kind: 'moving' }
  /** Signatures, attestations and the referrers fallback: they follow their subject. */
  | { readonly kind: 'dependant' }
  /** Written by Tagward for itself. */
  | { readonly kind: 'internal' }
  | { readonly kind: 'unknown' };

const DEPENDANT = /^sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/;
const INTERNAL = /^tagward-(?:restore|probe)-/;

/** Classifies a tag by its name and the rules; what an announcement said about it is the caller's to know. */
export function classifyTag(tag: string, rules: RepositoryRules): TagClass {
  if (INTERNAL.test(tag)) return { kind: 'internal' };
  if (DEPENDANT.test(tag)) return { kind: 'dependant' };
  if (isMovingTagShape(tag, rules)) return { kind: 'moving' };
  const parsed = parseVersionTag(tag, rules);
  if (parsed.kind === 'skipped') return { kind: 'unknown' };
  const { version } = parsed;
  return { kind: version.prerelease.length > 0 ? 'prerelease' : 'release', version };
}
