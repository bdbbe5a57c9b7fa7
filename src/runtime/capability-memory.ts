import type { Capability } from '../core/capabilities';

/** Something that a registry has shown. */
export interface CapabilityFinding {
  readonly capability: Capability;
  /** One of the words of the capability; another version of Tagward may have written others. */
  readonly value: string;
  /** UTC milliseconds. */
  readonly provenAt: number;
}

/** The registry by its id, and where it answered: another server has to prove everything anew. */
export interface ProvenRegistry {
  readonly id: string;
  readonly url: string;
}

/** Keeps what registries have shown over restarts. */
export abstract class CapabilityMemory {
  /** All findings about this registry at this URL; empty when there are none. */
  abstract recall(registry: ProvenRegistry): Promise<readonly CapabilityFinding[]>;

  /** Keeps a finding in place of an earlier one of the same capability. */
  abstract remember(registry: ProvenRegistry, finding: CapabilityFinding): Promise<void>;
}

/** For commands and tests that have no database: what one process finds out is gone with it. */
export class NoCapabilityMemory extends CapabilityMemory {
  override recall(): Promise<readonly CapabilityFinding[]> {
    return Promise.resolve([]);
  }

  override remember(): Promise<void> {
    return Promise.resolve();
  }
}
