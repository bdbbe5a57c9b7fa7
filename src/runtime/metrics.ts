import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { version } from '../../package.json';

type Collect = () => Promise<void>;

/** Seconds, from a release that took one round trip to one that waited for a registry. */
const RELEASE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800];
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * What the service counts, by Prometheus' rules. No label is ever a text that an outsider chooses:
 * sources are configured ids, repositories are managed ones; digests, versions and ids of
 * deliveries are in the history and not here.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly collects: Collect[] = [];

  readonly deliveries = this.counter('deliveries_total', 'Events that were taken in.', [
    ...(['source', 'outcome'] as const),
  ]);
  readonly lastDelivery = this.gauge(
    'last_delivery_timestamp_seconds',
    'When a source was last heard of.',
    ['source'],
  );
  readonly pendingDeliveries = this.gauge('pending_deliveries', 'Events that wait.', ['source']);
  readonly refused = this.counter('refused_requests_total', 'Requests that were refused.', [
    'code',
  ]);
  readonly moves = this.counter('moves_total', 'Moves of tags, by how they ended.', [
    ...(['repository', 'kind', 'result'] as const),
  ]);
  readonly foundBySweep = this.counter(
    'found_by_sweep_total',
    'Moves that no webhook had asked for: a sender may be broken.',
    ['repository'],
  );
  readonly foundBySweepAt = this.gauge(
    'last_found_by_sweep_timestamp_seconds',
    'When a sweep last found a release that no webhook had announced.',
    ['repository'],
  );
  readonly releaseSeconds = this.histogram(
    'release_duration_seconds',
    'From the receipt of a delivery to its end.',
    { labels: [], buckets: RELEASE_SECONDS },
  );
  readonly registryRequests = this.counter(
    'registry_requests_total',
    'Requests to registries; the code is "error" where no answer came.',
    [...(['registry', 'method', 'code'] as const)],
  );
  readonly registrySeconds = this.histogram(
    'registry_request_duration_seconds',
    'From a request to the end of its answer.',
    { labels: [...(['registry', 'method'] as const)], buckets: REQUEST_SECONDS },
  );
  readonly retentionRuns = this.counter('retention_runs_total', 'Runs of retention plans.', [
    'result',
  ]);
  readonly tagsDeleted = this.counter(
    'retention_tags_deleted_total',
    'Tags that retention deleted.',
    ['repository'],
  );
  readonly retentionLastSuccess = this.gauge(
    'retention_last_success_timestamp_seconds',
    'When a run last ended as done.',
    [],
  );
  readonly driftedTags = this.gauge(
    'drifted_tags',
    'Moving tags that are not where Tagward left them.',
    ['repository'],
  );
  readonly leaseSeconds = this.histogram(
    'lease_wait_seconds',
    'How long work on a repository waited for its turn.',
    { labels: [], buckets: REQUEST_SECONDS },
  );
  readonly queueDepth = this.gauge('queue_depth', 'Repositories that wait for a reconcile.', []);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.gauge('build_info', 'The version that runs.', ['version']).set({ version }, 1);
  }

  /** Sets gauges before each answer. */
  beforeAnswer(collect: Collect): void {
    this.collects.push(collect);
  }

  /** UTC milliseconds by repository, since the start of the process. */
  async lastFoundBySweep(): Promise<ReadonlyMap<string, number>> {
    const { values } = await this.foundBySweepAt.get();
    return new Map(
      values.map(({ labels, value }) => [String(labels.repository), Math.round(value * 1_000)]),
    );
  }

  /** All metrics as text, and the media type of that. */
  async answer(): Promise<{ readonly text: string; readonly mediaType: string }> {
    await Promise.all(this.collects.map((collect) => collect()));
    return { text: await this.registry.metrics(), mediaType: this.registry.contentType };
  }

  private counter<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Counter<Label> {
    return new Counter({ name: `tagward_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Gauge<Label> {
    return new Gauge({ name: `tagward_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram<Label extends string>(
    name: string,
    help: string,
    { labels, buckets }: { readonly labels: Label[]; readonly buckets: number[] },
  ): Histogram<Label> {
    return new Histogram({
      ...{ name: `tagward_${name}`, help, labelNames: labels, buckets },
      registers: [this.registry],
    });
  }
}
