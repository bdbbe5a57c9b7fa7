import type { Reason } from './decision';
import type { InUseReport } from './in-use';
import type { RetentionInventory } from './inventory';
import type { Digest, TagName } from './names';
import type { Pin } from './pin';
import type { Release } from './release';
import type { RetentionMember } from './retention-member';
import type { RetentionPolicy } from './retention-policy';
import type { RepositoryRules } from './rules';

export type ProtectionCode =
  | 'moving-tag'
  | 'moving-target'
  | 'rollback-target'
  | 'pinned'
  | 'protected-name'
  | 'in-use'
  | 'version-conflict'
  | 'first-observed'
  | 'unknown-age'
  | 'too-young';

export interface ProtectionInput {
  readonly policy: RetentionPolicy;
  readonly rules: RepositoryRules;
  readonly releases: readonly Release[];
  readonly inventory: RetentionInventory;
  /** What each moving tag pointed at before: distinct, last one first, without what it points at. */
  readonly formerTargets: ReadonlyMap<TagName, readonly Digest[]>;
  readonly pins: readonly Pin[];
  readonly inUse: readonly InUseReport[];
  /** UTC milliseconds. */
  readonly now: number;
}

/** The reason for which one kind of protection keeps a tag. */
export type Protector = (member: RetentionMember) => Reason<ProtectionCode> | undefined;

export type VersionMember = RetentionMember & {
  readonly class: Extract<RetentionMember['class'], { readonly kind: 'release' | 'prerelease' }>;
};

export function isVersion(member: RetentionMember): member is VersionMember {
  return member.class.kind === 'release' || member.class.kind === 'prerelease';
}
