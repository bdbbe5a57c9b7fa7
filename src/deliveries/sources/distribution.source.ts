import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DistributionSourceSettings, RegistrySettings } from '../../config/settings';
import { DomainError } from '../../core/domain-error';
import { isDigest, isTagName, repositoryNameOf } from '../../core/names';
import { bearerToken, isSameSecret } from '../../http/access.guard';
import { parseJson } from '../../http/json-body';
import {
  type AnnouncingEvent,
  type IdleEvent,
  type IncomingWebhook,
  REFUSAL,
  type Source,
  type SourceEvent,
} from './source';

const MANIFEST_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

const Envelope = z.object({ events: z.array(z.unknown()).max(10_000) });

/** The fields of notification envelopes v1 (Distribution 2) and v2 (3) that facts are read from. */
const DistributionEvent = z.object({
  id: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  timestamp: z.string().max(60).optional(),
  action: z.string().max(60),
  target: z.object({
    mediaType: z.string().optional(),
    repository: z.string(),
    tag: z.string().optional(),
    digest: z.string().optional(),
    url: z.string().optional(),
  }),
  request: z.object({ host: z.string().optional() }).optional(),
});
type DistributionEvent = z.infer<typeof DistributionEvent>;

/** Enough to recognise noise before anything else is asked of an event. */
const Glance = z.object({
  action: z.string(),
  target: z.object({ mediaType: z.string().optional(), tag: z.string().optional() }).optional(),
});

/**
 * Notifications of Distribution. The sender repeats whatever is not answered with 2xx without end,
 * so an authentic envelope is never refused for what is in it.
 */
export class DistributionSource implements Source {
  readonly id: string;
  readonly allow: readonly string[];
  readonly answersCaller = false;

  constructor(
    private readonly settings: DistributionSourceSettings,
    private readonly registry: RegistrySettings,
  ) {
    this.id = settings.id;
    this.allow = settings.allow;
  }

  authenticate({ headers }: IncomingWebhook): void {
    const sent = bearerToken(headers['authorization']) ?? '';
    if (isSameSecret(sent, this.settings.token.reveal())) return;
    throw new DomainError('authentication-failed', REFUSAL);
  }

  readEvents({ body }: IncomingWebhook): readonly SourceEvent[] {
    const events = findEvents(body);
    if (events === undefined) {
      const text = 'the body is no envelope of notifications: {"events":[…]}';
      return [rejected(body.toString('utf8'), text)];
    }
    return events.filter((event) => !isNoise(event)).map((event) => this.readEvent(event));
  }

  private readEvent(json: unknown): SourceEvent {
    const parsed = DistributionEvent.safeParse(json);
    const body = JSON.stringify(json);
    if (!parsed.success) {
      return rejected(body, `the event is no notification: ${z.prettifyError(parsed.error)}`);
    }
    const event = parsed.data;
    const kept = { dedupeKey: event.id, body, occurredAt: timeOf(event) };
    const reason = this.reasonToIgnore(event);
    if (reason !== undefined) return { ...kept, kind: 'ignored', reason };
    return { ...kept, ...this.readFacts(event) };
  }

  private reasonToIgnore({ target, request }: DistributionEvent): Reason | undefined {
    if (target.tag === undefined) {
      return { code: 'untagged', text: 'the event names no tag' };
    }
    const hosts = [request?.host, hostOf(target.url)].filter((host) => host !== undefined);
    if (hosts.length === 0 || hosts.some((host) => isSameHost(host, this.registry.url))) {
      return undefined;
    }
    const text = `the event is of ${hosts.join(', ')}, but the registry ${this.registry.id} is ${this.registry.url.host}`;
    return { code: 'other-registry', text };
  }

  private readFacts({ action, target }: DistributionEvent): EventFacts {
    const repository = repositoryNameOf(this.settings.registry, target.repository);
    const { tag = '', digest } = target;
    if (repository === undefined || !isTagName(tag)) {
      const text = 'the event names no legal repository and tag';
      return { kind: 'rejected', reason: { code: 'event-invalid', text } };
    }
    return {
      kind: 'announcement',
      event: action === 'delete' ? 'deleted' : 'published',
      repository,
      tag,
      digest: digest !== undefined && isDigest(digest) ? digest : null,
      prerelease: null,
      runUrl: null,
    };
  }
}

interface Reason {
  readonly code: string;
  readonly text: string;
}

type Kept = 'dedupeKey' | 'body' | 'occurredAt';
type EventFacts = Omit<AnnouncingEvent, Kept> | Omit<IdleEvent, Kept>;

/** Pulls and blobs come by the thousand and say nothing about tags. */
function isNoise(json: unknown): boolean {
  const parsed = Glance.safeParse(json);
  if (!parsed.success) return false;
  const { action, target } = parsed.data;
  if (action !== 'push') return action !== 'delete';
  if (target?.tag !== undefined || target?.mediaType === undefined) return false;
  return !MANIFEST_TYPES.has(target.mediaType);
}

function timeOf({ timestamp }: DistributionEvent): number | null {
  const time = timestamp === undefined ? NaN : Date.parse(timestamp);
  return Number.isNaN(time) ? null : time;
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The host is only compared, never dialled. The names of the own machine are one host. */
function isSameHost(host: string, url: URL): boolean {
  const sent = `${url.protocol}//${host}`;
  if (!URL.canParse(sent)) return false;
  const { hostname, port } = new URL(sent);
  if (port !== url.port) return false;
  return hostname === url.hostname || (LOOPBACK.has(hostname) && LOOPBACK.has(url.hostname));
}

/** Undefined when the body is no envelope. */
function findEvents(body: Buffer): readonly unknown[] | undefined {
  try {
    return Envelope.parse(parseJson(body)).events;
  } catch (error) {
    if (error instanceof DomainError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** An event without a usable id is the same event when its text is. */
function rejected(body: string, text: string): SourceEvent {
  const dedupeKey = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const reason = { code: 'event-invalid', text };
  return { kind: 'rejected', dedupeKey, body, occurredAt: null, reason };
}
