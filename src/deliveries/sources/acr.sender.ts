import { z } from 'zod';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { announcedEvent } from './announced';
import { eventKey } from './event-key';
import { bodyKey, ignoredEvent, type KeptFacts, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

const EVENTS: ReadonlyMap<string, AnnouncedEvent> = new Map([
  ['push', 'published'],
  ['delete', 'deleted'],
]);

const Event = z.object({
  id: z.string(),
  timestamp: z.string().max(60).optional(),
  action: z.string(),
});

const Image = z.object({
  target: z.object({
    repository: z.string(),
    tag: z.string().nullish(),
    digest: z.string().nullish(),
  }),
  request: z.object({ host: z.string().optional() }).nullish(),
});

/** Webhooks of Azure Container Registry. */
export class AcrSender extends ProductSender {
  readonly kind = 'acr';
  override readonly datesEvents = true;

  protected readBody(json: unknown, { body }: IncomingWebhook): readonly SourceEvent[] {
    const { id, timestamp, action } = Event.parse(json);
    const text = body.toString('utf8');
    const dedupeKey = eventKey(id) ?? bodyKey(action, text);
    const kept = { dedupeKey, body: text, occurredAt: timeOf(timestamp) };
    if (action === 'ping') return [ignoredEvent(kept, 'ping', 'Azure has tried the webhook')];
    const event = EVENTS.get(action);
    if (event === undefined) {
      const named = JSON.stringify(action.slice(0, 100));
      const reason = `Tagward acts on "push" and "delete", and on no ${named}`;
      return [ignoredEvent(kept, 'type-unknown', reason)];
    }
    return [this.readImage(event, Image.parse(json), kept)];
  }

  private readImage(
    event: AnnouncedEvent,
    { target, request }: z.infer<typeof Image>,
    kept: KeptFacts,
  ): SourceEvent {
    const { repository, tag, digest } = target;
    if (!tag) return ignoredEvent(kept, 'untagged', 'the event names no tag');
    const other = this.otherRegistry([request?.host]);
    if (other !== undefined) return ignoredEvent(kept, other.code, other.text);
    const image = this.imageOf(repository);
    return announcedEvent(kept, { event, repository: image, tag, digest: digest ?? undefined });
  }
}
