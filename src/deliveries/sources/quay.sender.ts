import { z } from 'zod';
import { announcedEvent, hostOfImage } from './announced';
import { ignoredEvent, ProductSender } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

/** Above it the whole repository is looked at instead of every tag. */
const MOST_TAGS = 50;

const Notification = z.object({
  repository: z.string(),
  docker_url: z.string().optional(),
  /** A list; old installations send an object with the tags as its keys. */
  updated_tags: z
    .union([
      z.array(z.string()),
      z.record(z.string(), z.unknown()).transform((tags) => Object.keys(tags)),
    ])
    .optional(),
});

/** Notifications of Quay, which signs nothing and numbers nothing: they are hints. */
export class QuaySender extends ProductSender {
  readonly kind = 'quay';

  protected readBody(json: unknown, webhook: IncomingWebhook): readonly SourceEvent[] {
    const { repository, docker_url, updated_tags } = Notification.parse(json);
    const kept = { dedupeKey: null, body: webhook.body.toString('utf8'), occurredAt: null };
    if (updated_tags === undefined) {
      return [ignoredEvent(kept, 'type-unknown', 'only the notification of a push names tags')];
    }
    if (updated_tags.length === 0) return [ignoredEvent(kept, 'untagged', 'no tag was updated')];
    const other = this.otherRegistry([hostOfImage(docker_url)]);
    if (other !== undefined) return [ignoredEvent(kept, other.code, other.text)];
    const image = this.imageOf(repository);
    const tags = [...new Set(updated_tags)];
    if (tags.length > MOST_TAGS) return [announcedEvent(kept, { repository: image, tag: null })];
    return tags.map((tag) => announcedEvent(kept, { repository: image, tag }));
  }
}
