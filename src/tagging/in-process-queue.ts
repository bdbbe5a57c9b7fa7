import { Injectable } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import { ReconcileQueue, type ReconcileRequest, type ReconcileWorker } from './reconcile-queue';

/** Repositories reconciled at a time. */
const CONCURRENCY = 8;

/** The queue of one process: it lives in memory and is refilled from the inbox. */
@Injectable()
export class InProcessQueue extends ReconcileQueue {
  private readonly waiting = new Map<RepositoryName, ReconcileRequest>();
  private readonly running = new Map<RepositoryName, Promise<void>>();
  private worker: ReconcileWorker | undefined;
  private stopped = false;

  add(repository: RepositoryName, request: ReconcileRequest): void {
    const full = request.full || (this.waiting.get(repository)?.full ?? false);
    this.waiting.set(repository, { full });
    this.runNext();
  }

  start(worker: ReconcileWorker): void {
    this.worker = worker;
    this.runNext();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running.values());
  }

  private runNext(): void {
    for (const [repository, request] of this.waiting) {
      if (this.stopped || this.worker === undefined || this.running.size >= CONCURRENCY) return;
      if (this.running.has(repository)) continue;
      this.waiting.delete(repository);
      this.running.set(repository, this.runOne(this.worker, repository, request));
    }
  }

  private async runOne(
    worker: ReconcileWorker,
    repository: RepositoryName,
    request: ReconcileRequest,
  ): Promise<void> {
    try {
      await worker(repository, request);
    } finally {
      this.running.delete(repository);
      this.runNext();
    }
  }
}
