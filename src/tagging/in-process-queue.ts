import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { RepositoryName } from '../core/names';
import { Metrics } from '../runtime/metrics';
import { ReconcileQueue, type ReconcileRequest, type ReconcileWorker } from './reconcile-queue';

/** Repositories reconciled at a time. */
const CONCURRENCY = 8;
/** Of these so many may be looked at whole: a sweep must not keep a release waiting. */
const FULL_CONCURRENCY = 4;
/** A repository is left alone for so long between two reconciles of a burst. */
const BURST_MS = 50;

/** The queue of one process: it lives in memory and is refilled from the inbox. */
@Injectable()
export class InProcessQueue extends ReconcileQueue {
  /** Served first, and apart from a full look that waits for the same repository. */
  private readonly announced = new Set<RepositoryName>();
  private readonly full = new Set<RepositoryName>();
  private readonly running = new Map<RepositoryName, Promise<void>>();
  private readonly resting = new Set<RepositoryName>();
  private runningFull = 0;
  private worker: ReconcileWorker | undefined;
  private stopped = false;

  constructor(metrics: Metrics) {
    super();
    metrics.beforeAnswer(() => {
      metrics.queueDepth.set(new Set([...this.announced, ...this.full]).size);
      return Promise.resolve();
    });
  }

  add(repository: RepositoryName, request: ReconcileRequest): void {
    (request.full ? this.full : this.announced).add(repository);
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
    this.runWaiting(this.announced, { full: false });
    this.runWaiting(this.full, { full: true });
  }

  private runWaiting(waiting: Set<RepositoryName>, request: ReconcileRequest): void {
    for (const repository of waiting) {
      if (this.stopped || this.worker === undefined || this.running.size >= CONCURRENCY) return;
      if (request.full && this.runningFull >= FULL_CONCURRENCY) return;
      if (this.running.has(repository) || this.resting.has(repository)) continue;
      waiting.delete(repository);
      this.running.set(repository, this.runOne(this.worker, repository, request));
    }
  }

  private async runOne(
    worker: ReconcileWorker,
    repository: RepositoryName,
    request: ReconcileRequest,
  ): Promise<void> {
    this.runningFull += Number(request.full);
    try {
      await worker(repository, request);
    } finally {
      this.runningFull -= Number(request.full);
      this.running.delete(repository);
      if (this.announced.has(repository)) void this.rest(repository);
      this.runNext();
    }
  }

  /** What came meanwhile is one burst: a moment later its next reconcile finds more of it. */
  private async rest(repository: RepositoryName): Promise<void> {
    this.resting.add(repository);
    await pause(BURST_MS);
    this.resting.delete(repository);
    this.runNext();
  }
}
