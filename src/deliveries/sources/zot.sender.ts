import { z } from 'zod';
import { DomainError } from '../../core/domain-error';
import { isDigest } from '../../core/names';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { announcedEvent } from './announced';
import { eventKey } from './event-key';
import { bodyKey, ignoredEvent, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

/** Most of it is the manifest, which zot puts whole into the event. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Without the prefix, which the configuration of zot may replace. */
const EVENTS: ReadonlyMap<string, AnnouncedEvent> = new Map([
  ['image.updated', 'published'],
  ['image.deleted', 'deleted'],
]);

const Image = z.object({
  name: z.string(),
  /** What it was pushed or deleted by: a tag or a digest. */
  reference: z.string(),
  digest: z.string().optional(),
});

/** Events of zot: CloudEvents in binary form, with what they are in the headers. */
export class ZotSender extends ProductSender {
  readonly kind = 'zot';
  override readonly datesEvents = true;
  override readonly mostBodyBytes = MOST_BYTES;

  protected readBody(json: unknown, { headers, body }: IncomingWebhook): readonly SourceEvent[] {
    const type = headers['ce-type'];
    if (type === undefined) {
      throw new DomainError('body-invalid', 'the request has no header ce-type');
    }
    const text = body.toString('utf8');
    const kept = {
      dedupeKey:
        eventKey(headers['ce-source'], headers['ce-id']) ?? bodyKey(type, headers['ce-time'], text),
      body: text,
      occurredAt: timeOf(headers['ce-time']),
    };
    const event = EVENTS.get(type.split('.').slice(-2).join('.'));
    if (event === undefined) {
      const named = JSON.stringify(type.slice(0, 100));
      const reason = `Tagward acts on updated and deleted images, and on no ${named}`;
      return [ignoredEvent(kept, 'type-unknown', reason)];
    }
    const { name, reference, digest } = Image.parse(json);
    if (isDigest(reference)) return [ignoredEvent(kept, 'untagged', 'the image has no tag')];
    const repository = this.imageOf(name);
    return [announcedEvent(kept, { event, repository, tag: reference, digest })];
  }
}
