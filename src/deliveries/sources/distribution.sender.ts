import { z } from 'zod';
import { bearerToken } from '../../http/access.guard';
import { announcedEvent } from './announced';
import { ignoredEvent, type KeptFacts, ProductSender, rejectedEvent, timeOf } from './sender';
import type { IncomingWebhook, Reason, SourceEvent } from './source';

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
export class DistributionSender extends ProductSender {
  readonly kind = 'distribution';
  override readonly datesEvents = true;
  override readonly repeats = true;

  /** Its configuration takes any header, so there is one form that everybody writes. */
  override tokensOf({ headers }: IncomingWebhook): readonly string[] {
    const token = bearerToken(headers['authorization']);
    return token === undefined ? [] : [token];
  }

  protected readBody(json: unknown): readonly SourceEvent[] {
    return Envelope.parse(json)
      .events.filter((event) => !isNoise(event))
      .map((event) => this.readEvent(event));
  }

  private readEvent(json: unknown): SourceEvent {
    const parsed = DistributionEvent.safeParse(json);
    const body = JSON.stringify(json);
    if (!parsed.success) {
      return rejectedEvent(body, `the event is no notification: ${z.prettifyError(parsed.error)}`);
    }
    const event = parsed.data;
    const kept = { dedupeKey: event.id, body, occurredAt: timeOf(event.timestamp) };
    const reason = this.reasonToIgnore(event);
    if (reason !== undefined) return ignoredEvent(kept, reason.code, reason.text);
    return this.readFacts(event, kept);
  }

  private reasonToIgnore({ target, request }: DistributionEvent): Reason | undefined {
    if (target.tag === undefined) {
      return { code: 'untagged', text: 'the event names no tag' };
    }
    return this.otherRegistry([request?.host, hostOf(target.url)]);
  }

  private readFacts({ action, target }: DistributionEvent, kept: KeptFacts): SourceEvent {
    const { tag = '', digest } = target;
    return announcedEvent(kept, {
      event: action === 'delete' ? 'deleted' : 'published',
      repository: this.imageOf(target.repository),
      tag,
      // The deletion of a tag has an empty one.
      digest: digest === '' ? undefined : digest,
    });
  }
}

/** Pulls and blobs come by the thousand and say nothing about tags. */
function isNoise(json: unknown): boolean {
  const parsed = Glance.safeParse(json);
  if (!parsed.success) return false;
  const { action, target } = parsed.data;
  if (action !== 'push') return action !== 'delete';
  if (target?.tag !== undefined || target?.mediaType === undefined) return false;
  return !MANIFEST_TYPES.has(target.mediaType);
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}
