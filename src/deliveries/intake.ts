import { Inject, Injectable } from '@nestjs/common';
import { repositorySettingsFor } from '../config/repository-settings';
import { SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { isTagName, type RepositoryName, type TagName } from '../core/names';
import { isInternalTag } from '../core/internal-tags';
import { isMovingTagShape } from '../core/moving-tags';
import { DEFAULT_RULES } from '../core/rules';
import { readerOf } from '../core/version';
import { MOST_BODY_BYTES } from '../http/fastify';
import { RateLimits } from '../http/rate-limits';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import type { AnnouncementError } from '../tagging/inbox';
import { OwnMoves } from '../tagging/own-moves';
import { ReconcileQueue } from '../tagging/reconcile-queue';
import { Backlog } from './backlog';
import { isMergeKey, mergeKeyOf, type NewDelivery } from './delivery.store';
import { GroupedCommits } from './grouped-commits';
import { bodyKey, EVENT_INVALID } from './sources/sender';
import { sentAtOf, SourceActivity } from './source-activity';
import type { AnnouncingEvent, IncomingWebhook, Sender, SourceEvent } from './sources/source';
import { type AdmittedRequest, type Source, Sources } from './sources/sources';

/** One entry of an answer to a sender. */
export interface Receipt {
  readonly id: number;
  readonly status: 'accepted' | 'duplicate' | 'ignored' | 'rejected';
  readonly repository: string | null;
  readonly tag: string | null;
  readonly reason?: string;
}

/** Bodies are kept for people to look at; beyond this the end of one is of no use to them. */
const LONGEST_KEPT_BODY = 64 * 1024;

/**
 * The way in: authenticate the raw bytes, read facts, store them in one commit, and only then
 * answer. No registry is asked here.
 */
@Injectable()
export class Intake {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly sources: Sources,
    private readonly commits: GroupedCommits,
    private readonly limits: RateLimits,
    private readonly backlog: Backlog,
    private readonly ownMoves: OwnMoves,
    private readonly queue: ReconcileQueue,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly activity: SourceActivity,
  ) {}

  /** Takes in one request to `POST /webhooks/{source}`. */
  async receive(sourceId: string, webhook: IncomingWebhook): Promise<readonly Receipt[]> {
    refuseUnfit(this.sources.find(sourceId)?.sender, webhook);
    const { source, proof } = await this.sources.admit(sourceId, webhook);
    await this.limits.countDelivery(sourceId);
    const now = this.clock.now();
    const deliveries = await this.readDeliveries({ source, proof }, webhook, now);
    const full = await this.backlog.isFull(sourceId);
    if (full && source.sender.repeats) refuseWhileFull();
    // What is never sent again is taken in any case, with what is needed to work on it.
    const kept = full ? deliveries.map((delivery) => ({ ...delivery, body: '' })) : deliveries;
    return this.accept(kept);
  }

  /** What an authentic request says. An error is for a sender that sees the answer; it is counted. */
  private async readDeliveries(
    { source, proof }: AdmittedRequest,
    webhook: IncomingWebhook,
    now: number,
  ): Promise<readonly NewDelivery[]> {
    try {
      const events = source.sender.readEvents(webhook, proof);
      this.activity.noteRequest(source.id, now, sentAtOf(source.sender, proof, events));
      return await Promise.all(events.map((event) => this.toDelivery(source, event, now)));
    } catch (error) {
      if (error instanceof DomainError && !error.retryable) {
        this.activity.noteUnusable(source.id, now);
      }
      throw error;
    }
  }

  /** Takes in a release that was announced with an API token. */
  async announce(actor: string, event: AnnouncingEvent): Promise<readonly Receipt[]> {
    const tag = this.publishedTag(event);
    if (tag instanceof DomainError) throw tag;
    const delivery = toPending(actor, event, { tag, now: this.clock.now() });
    if (await this.backlog.isFull(actor)) refuseWhileFull();
    const isManaged = repositorySettingsFor(this.settings, event.repository) !== undefined;
    const error = isManaged ? null : notManaged(event.repository);
    return this.accept([error === null ? delivery : { ...delivery, status: 'ignored', error }]);
  }

  /** Stores deliveries and queues what has to be looked at. */
  async accept(deliveries: readonly NewDelivery[]): Promise<readonly Receipt[]> {
    if (deliveries.length === 0) return [];
    const stored = await this.commits.accept(deliveries);
    const receipts = deliveries.map((delivery, index) => {
      const { id = 0, duplicate = false } = stored[index] ?? {};
      const { repository, tag, status } = delivery;
      if (status === 'pending' && repository !== null) {
        if (!duplicate) this.backlog.add(delivery.source);
        if (!duplicate || isMergeKey(delivery.dedupeKey)) {
          this.queue.add(repository, { full: false });
        }
      }
      return toReceipt({ id, repository, tag }, delivery, duplicate);
    });
    this.count(deliveries, receipts);
    return receipts;
  }

  private count(deliveries: readonly NewDelivery[], receipts: readonly Receipt[]): void {
    const seconds = this.clock.now() / 1_000;
    receipts.forEach(({ status }, index) => {
      const source = labelOf(deliveries[index]?.source);
      this.metrics.deliveries.inc({ source, outcome: status });
      this.metrics.lastDelivery.set({ source }, seconds);
    });
  }

  private async toDelivery(source: Source, event: SourceEvent, now: number): Promise<NewDelivery> {
    if (event.kind !== 'announcement') return toIdle(source.id, event, now);
    const tag = this.publishedTag(event);
    if (tag instanceof DomainError) {
      if (source.sender.answersCaller) throw tag;
      const reason = { code: tag.code, text: tag.message };
      return toIdle(source.id, { ...event, kind: 'rejected', reason }, now);
    }
    const delivery = toPending(source.id, event, { tag, now });
    const error = await this.reasonToIgnore(source, { ...event, tag });
    return error === null ? delivery : { ...delivery, status: 'ignored', error };
  }

  /**
   * The tag that a release is pushed under, by the rules of its repository (rule P7), or what is
   * wrong with the announced one.
   */
  private publishedTag({ repository, tag }: AnnouncingEvent): TagName | DomainError | null {
    if (tag === null) return null;
    const rules = repositorySettingsFor(this.settings, repository)?.rules ?? DEFAULT_RULES;
    const published = readerOf(rules).readAnnounced(tag).tag;
    if (isTagName(published)) return published;
    return new DomainError(
      'tag-invalid',
      `${JSON.stringify(published)} is no tag that can be pushed`,
    );
  }

  private async reasonToIgnore(
    source: Source,
    { repository, tag, digest }: Omit<AnnouncingEvent, 'tag'> & { readonly tag: TagName | null },
  ): Promise<AnnouncementError | null> {
    if (!source.mayAnnounce(repository)) {
      const text = `the source ${source.id} may not announce ${repository}: see its "allow" setting`;
      if (source.sender.answersCaller) throw new DomainError('repository-not-allowed', text);
      return { code: 'repository-not-allowed', text };
    }
    const rules = repositorySettingsFor(this.settings, repository)?.rules;
    if (rules === undefined) return notManaged(repository);
    if (tag === null) return null;
    if (isInternalTag(tag)) return { code: 'own-move', text: `${tag} is Tagward's own` };
    if (digest === null) return null;
    if (isMovingTagShape(tag, rules)) {
      if (!(await this.ownMoves.includes(repository, tag, digest))) return null;
      return { code: 'own-move', text: `Tagward itself moved ${tag} there` };
    }
    // Pipelines do not report what only the registry sees.
    if (source.sender.answersCaller) return null;
    if (!(await this.ownMoves.isDummy(repository, tag, digest))) return null;
    return { code: 'own-move', text: `Tagward itself put it on ${tag} to delete that` };
  }
}

/** Who announces with a token is one for the metrics. */
function labelOf(source = 'api'): string {
  return source.includes(':') || source === 'anonymous' ? 'api' : source;
}

function refuseWhileFull(): never {
  const sentence = 'as many deliveries wait as may; send this one again in a while';
  throw new DomainError('inbox-full', sentence, { retryable: true });
}

/** By limits and before anything is verified; an unknown source has those of most. */
function refuseUnfit(sender: Sender | undefined, { headers, body }: IncomingWebhook): void {
  const mostBytes = sender?.mostBodyBytes ?? MOST_BODY_BYTES;
  if (body.length > mostBytes) {
    throw new DomainError('body-too-large', `the body is over the limit of ${mostBytes} bytes`);
  }
  if (sender?.sendsText !== true && /^text\//i.test(headers['content-type'] ?? '')) {
    throw new DomainError('media-type-unsupported', 'send application/json');
  }
}

function notManaged(repository: RepositoryName): AnnouncementError {
  const text = `no entry under "repositories" in the configuration matches ${repository}`;
  return { code: 'repository-unknown', text };
}

function toPending(
  source: string,
  event: AnnouncingEvent,
  { tag, now }: { readonly tag: TagName | null; readonly now: number },
): NewDelivery {
  // Name by name: spreading the rest of an object is slow enough to be seen under load.
  return {
    source,
    dedupeKey: event.dedupeKey ?? mergeKeyOf(event.repository, tag),
    event: event.event,
    repository: event.repository,
    tag,
    digest: event.digest,
    prerelease: event.prerelease,
    runUrl: event.runUrl,
    occurredAt: event.occurredAt,
    body: event.body.slice(0, LONGEST_KEPT_BODY),
    receivedAt: now,
    status: 'pending',
    error: null,
    replayOf: null,
  };
}

function toIdle(
  source: string,
  event: Exclude<SourceEvent, { kind: 'announcement' }>,
  now: number,
): NewDelivery {
  const { dedupeKey, body, occurredAt, reason } = event;
  return {
    ...{
      source,
      dedupeKey: dedupeKey ?? bodyKey(body),
      occurredAt,
      body: body.slice(0, LONGEST_KEPT_BODY),
    },
    ...{ event: 'published', repository: null, tag: null, digest: null },
    ...{ prerelease: null, runUrl: null, replayOf: null },
    receivedAt: now,
    status: 'ignored',
    error: reason,
  };
}

/** What is wrong with an event itself, and not with its time or its place. */
const BROKEN: ReadonlySet<string> = new Set([EVENT_INVALID, 'tag-invalid']);

function toReceipt(
  names: Pick<Receipt, 'id' | 'repository' | 'tag'>,
  delivery: NewDelivery,
  duplicate: boolean,
): Receipt {
  if (duplicate) return { ...names, status: 'duplicate' };
  if (delivery.error === null) return { ...names, status: 'accepted' };
  const status = BROKEN.has(delivery.error.code) ? 'rejected' : 'ignored';
  return { ...names, status, reason: delivery.error.text };
}
