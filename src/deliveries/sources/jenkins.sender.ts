import { z } from 'zod';
import { announcedEvent } from './announced';
import { readImageReference } from './image-reference';
import { bodyKey, ignoredEvent, type KeptFacts, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

const Parameters = z.object({
  IMAGE_REPO: z.string().optional(),
  IMAGE_TAG: z.string().optional(),
});

const Notification = z.object({
  name: z.string(),
  build: z.object({
    number: z.number(),
    phase: z.string(),
    full_url: z.string().optional(),
    /** Not there while it runs. */
    status: z.string().optional(),
    timestamp: z.string().max(60).optional(),
    parameters: Parameters.optional(),
  }),
});
type Notification = z.infer<typeof Notification>;

/**
 * The Notification plugin of Jenkins, which signs nothing: repository and tag only say what to look
 * at, and `IMAGE_DIGEST` is not read.
 */
export class JenkinsSender extends ProductSender {
  readonly kind = 'jenkins';

  protected readBody(json: unknown, { body }: IncomingWebhook): readonly SourceEvent[] {
    const notification = Notification.parse(json);
    const { phase, status, timestamp } = notification.build;
    const kept = {
      dedupeKey: keyOf(notification),
      body: body.toString('utf8'),
      occurredAt: timeOf(timestamp),
    };
    if (phase !== 'FINALIZED') {
      const named = JSON.stringify(phase.slice(0, 100));
      return [ignoredEvent(kept, 'type-unknown', `Tagward waits for FINALIZED: this is ${named}`)];
    }
    if (status !== 'SUCCESS') {
      const ended = JSON.stringify(status?.slice(0, 100) ?? null);
      return [ignoredEvent(kept, 'not-successful', `the build ended as ${ended}`)];
    }
    return [this.readImage(notification, kept)];
  }

  private readImage({ name, build }: Notification, kept: KeptFacts): SourceEvent {
    const { IMAGE_REPO: named, IMAGE_TAG } = build.parameters ?? {};
    const image = named ? readImageReference(named) : undefined;
    const other = this.otherRegistry([image?.host]);
    if (other !== undefined) return ignoredEvent(kept, other.code, other.text);
    const repository = image === undefined ? this.imageOfProject(name) : this.imageOf(image.path);
    // Jenkins has empty texts for parameters that nobody has filled in.
    const tag = [IMAGE_TAG, image?.tag].find(Boolean) ?? null;
    return announcedEvent(kept, { repository, tag });
  }
}

/** A build ends once. What came before its end must not be taken for the end. */
function keyOf({ name, build }: Notification): string {
  const { number, phase, full_url, parameters } = build;
  const { IMAGE_REPO, IMAGE_TAG } = parameters ?? {};
  return bodyKey(phase, full_url ?? name, number, IMAGE_REPO, IMAGE_TAG);
}
