import type { RepositoryName } from '../core/names';

export interface ReconcileRequest {
  /** Whether to list the whole repository, as a sweep does, or only what was announced. */
  readonly full: boolean;
}

/**
 * Repositories that need reconciling. What is queued is a key: equal requests for a repository are
 * merged while they wait, and at most one reconcile of a repository runs at a time. Announced
 * releases go before full looks.
 */
export abstract class ReconcileQueue {
  abstract add(repository: RepositoryName, request: ReconcileRequest): void;

  /** Begins to hand out work; a worker never rejects. */
  abstract start(worker: ReconcileWorker): void;

  /** Takes no new work and waits for what is running. */
  abstract stop(): Promise<void>;
}

export type ReconcileWorker = (
  repository: RepositoryName,
  request: ReconcileRequest,
) => Promise<void>;
