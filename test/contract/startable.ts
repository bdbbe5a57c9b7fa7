import type { ContractTarget } from './target';

export interface StartedTarget {
  readonly target: ContractTarget;
  stop(): Promise<void>;
}

export interface AvailableTarget {
  readonly registry: string;
  readonly available: true;
  /** Only the essential cases: the others have been run on the same registry without ado. */
  readonly essentialOnly: boolean;
  start(): Promise<StartedTarget>;
}

/** A registry on this machine that the contract can be run on, or why not. */
export type StartableTarget =
  | AvailableTarget
  | { readonly registry: string; readonly available: false; readonly reason: string };
