import type { RepositoryName } from '../core/names';
import type { HeldLease } from '../tagging/renewed-lease';

/** One execution of a plan. */
export interface RunContext {
  readonly repository: RepositoryName;
  readonly planId: number;
  readonly runId: number;
  readonly actor: string;
  readonly lease: HeldLease;
}
