import { z } from 'zod';
import { parseJson } from '../../http/json-body';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { announcedEvent } from './announced';
import { eventKey } from './event-key';
import { readImageReference } from './image-reference';
import { bodyKey, ignoredEvent, type KeptFacts, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, Proof, SourceEvent } from './source';

const EVENTS: ReadonlyMap<string, AnnouncedEvent> = new Map([
  ['INSERT', 'published'],
  ['DELETE', 'deleted'],
]);

/** What Pub/Sub puts around a message unless it is told not to. */
const Wrapper = z.object({
  message: z.object({
    data: z.base64(),
    messageId: z.string(),
    publishTime: z.string().max(60).optional(),
  }),
});

const Change = z.object({
  action: z.string(),
  /** `europe-docker.pkg.dev/project/repository/image:tag`, and the same with `@` and the digest. */
  tag: z.string().nullish(),
  digest: z.string().nullish(),
});
type Change = z.infer<typeof Change>;

/** Changes of images in Google Artifact Registry, pushed by Pub/Sub. */
export class GarSender extends ProductSender {
  readonly kind = 'gar';
  override readonly datesEvents = true;
  override readonly repeats = true;

  protected readBody(
    json: unknown,
    { headers, body }: IncomingWebhook,
    proof: Proof,
  ): readonly SourceEvent[] {
    const text = body.toString('utf8');
    if (!isWrapped(json)) {
      const id = eventKey(headers['x-goog-pubsub-message-id']);
      const time = headers['x-goog-pubsub-publish-time'];
      // The same words about the same tag may be another change of it.
      const kept = { dedupeKey: id ?? null, body: text, occurredAt: timeOf(time) };
      return [this.readChange(Change.parse(json), kept, proof)];
    }
    const { data, messageId, publishTime } = Wrapper.parse(json).message;
    const dedupeKey = eventKey(messageId) ?? bodyKey(data, publishTime);
    const kept = { dedupeKey, body: text, occurredAt: timeOf(publishTime) };
    return [this.readChange(Change.parse(parseJson(Buffer.from(data, 'base64'))), kept, proof)];
  }

  private readChange({ action, tag, digest }: Change, kept: KeptFacts, proof: Proof): SourceEvent {
    const event = EVENTS.get(action);
    if (event === undefined) {
      const text = `Tagward acts on INSERT and DELETE, and on no ${JSON.stringify(action.slice(0, 100))}`;
      return ignoredEvent(kept, 'type-unknown', text);
    }
    if (!tag) return ignoredEvent(kept, 'untagged', 'the image has no tag');
    const image = readImageReference(tag);
    const other = this.otherRegistry([image.host]);
    if (other !== undefined) return ignoredEvent(kept, other.code, other.text);
    // Who knows the URL alone has proved nothing about the body.
    const isProved = proof.form !== 'url' && digest;
    return announcedEvent(kept, {
      event,
      repository: this.imageOf(image.path),
      tag: image.tag ?? '',
      digest: isProved ? (readImageReference(digest).digest ?? '') : undefined,
    });
  }
}

function isWrapped(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'message' in json;
}
