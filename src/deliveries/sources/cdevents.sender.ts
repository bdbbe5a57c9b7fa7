import { z } from 'zod';
import type { Secret } from '../../config/secret';
import { announcedEvent } from './announced';
import { eventKey } from './event-key';
import { readOciPurl } from './purl';
import { bodyKey, ignoredEvent, type KeptFacts, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';
import { hasValidSignature } from './standard-webhooks';

const PUBLISHED = /^dev\.cdevents\.artifact\.published(?:\.[\w.-]{1,50})?$/;

/** Whatever the version of the spec, which stands under another key since 0.5. */
const Context = z.object({
  context: z.object({
    id: z.string(),
    source: z.string(),
    type: z.string(),
    timestamp: z.string().max(60).optional(),
  }),
});

const Artifact = z.object({ subject: z.object({ id: z.string() }) });

/** Published artifacts as CDEvents, in binary form, in structured form or as they are. */
export class CdeventsSender extends ProductSender {
  readonly kind = 'cdevents';
  override readonly datesEvents = true;

  isSigned(webhook: IncomingWebhook, secret: Secret, now: number): boolean {
    return hasValidSignature(webhook, secret, now);
  }

  /** Headers of the binary form only repeat what `context` says. */
  protected readBody(json: unknown, { body }: IncomingWebhook): readonly SourceEvent[] {
    const event = eventIn(json);
    const { id, source, type, timestamp } = Context.parse(event).context;
    const text = body.toString('utf8');
    const dedupeKey = eventKey(source, id) ?? bodyKey(type, text);
    const kept = { dedupeKey, body: text, occurredAt: timeOf(timestamp) };
    if (!PUBLISHED.test(type)) {
      const named = JSON.stringify(type.slice(0, 100));
      return [
        ignoredEvent(
          kept,
          'type-unknown',
          `Tagward acts on artifact.published, and on no ${named}`,
        ),
      ];
    }
    return [this.readArtifact(Artifact.parse(event).subject.id, kept)];
  }

  private readArtifact(id: string, kept: KeptFacts): SourceEvent {
    const image = readOciPurl(id);
    if (image === undefined) return ignoredEvent(kept, 'no-image', 'the artifact is no pkg:oci');
    const { host, path, tag, digest } = image;
    const other = this.otherRegistry([host]);
    if (other !== undefined) return ignoredEvent(kept, other.code, other.text);
    const repository = this.imageOf(path);
    // Without a tag the digest says nothing about which tags may be new.
    return announcedEvent(kept, tag ? { repository, tag, digest } : { repository, tag: null });
  }
}

/** What a CloudEvent in structured form carries; anything else as it is. */
function eventIn(json: unknown): unknown {
  const isAround = typeof json === 'object' && json !== null && 'data' in json;
  return isAround && !('context' in json) ? json.data : json;
}
