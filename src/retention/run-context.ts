import type { Digest, RepositoryName, TagName } from '../core/names';
import type { HeldLease } from '../tagging/renewed-lease';

/** One execution of a plan. */
export interface RunContext {
  readonly repository: RepositoryName;
  readonly planId: number;
  readonly runId: number;
  readonly actor: string;
  readonly lease: HeldLease;
  /** How what is deleted can be brought back; undefined where the policy has no window. */
  readonly restore: RestoreTerms | undefined;
}

export interface RestoreTerms {
  /** The end of the window (UTC milliseconds). */
  readonly untilAt: number;
  /** Digests that lose their last tag and get a restore tag. */
  readonly losing: ReadonlySet<Digest>;
  /** Restore tags that this run has written, by their digest. */
  readonly secured: Map<Digest, Promise<TagName>>;
}
