import { isInternalTag } from './internal-tags';
import { isMovingTagShape } from './moving-tags';
import { type Digest, parseDigest } from './names';
import type { RepositoryRules } from './rules';
import { parseVersionTag, type Version } from './version';

/** What a tag is for retention (retention.md 2.1): rules are about versions and builds only. */
export type TagClass =
  | { readonly kind: 'release'; readonly version: Version }
  | { readonly kind: 'prerelease'; readonly version: Version }
  /** Named as a level would be, whether or not a release owns it now. */
  | { readonly kind: 'moving' }
  /** Signatures, attestations and the referrers fallback: they follow their subject. */
  | { readonly kind: 'dependant'; readonly subject: Digest }
  /** Written by Tagward for itself. */
  | { readonly kind: 'internal' }
  /** Only a rule that names it is about it. */
  | { readonly kind: 'unknown' };

const DEPENDANT = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;
const MOVING: TagClass = { kind: 'moving' };
const UNKNOWN: TagClass = { kind: 'unknown' };

/** No level has a `v` where prefixes are stripped (rule V1). */
function isStripped(tag: string, { versionPrefix }: RepositoryRules): boolean {
  return versionPrefix === 'strip' && /^v\d/.test(tag);
}

/** Classifies a tag by its name and the rules; what its manifest or an announcement says is the caller's to know. */
export function classifyTag(tag: string, rules: RepositoryRules): TagClass {
  if (isInternalTag(tag)) return { kind: 'internal' };
  const subject = DEPENDANT.exec(tag)?.[1];
  if (subject !== undefined)
    return { kind: 'dependant', subject: parseDigest(`sha256:${subject}`) };
  if (isMovingTagShape(tag, rules) && !isStripped(tag, rules)) return MOVING;
  const parsed = parseVersionTag(tag, rules);
  if (parsed.kind === 'skipped') return UNKNOWN;
  const { version } = parsed;
  return { kind: version.prerelease.length > 0 ? 'prerelease' : 'release', version };
}
