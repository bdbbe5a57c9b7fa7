import { z } from 'zod';
import { announcedEvent, timeOfSeconds } from './announced';
import { bodyKey, ProductSender } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

/** `callback_url` is not among them: nothing is ever called that a payload names. */
const Push = z.object({
  push_data: z.object({ tag: z.string(), pushed_at: z.number().optional() }),
  repository: z.object({ repo_name: z.string() }),
});

/** Pushes to Docker Hub, which signs nothing: repository and tag only say what to look at. */
export class DockerHubSender extends ProductSender {
  readonly kind = 'docker-hub';

  protected readBody(json: unknown, { body }: IncomingWebhook): readonly SourceEvent[] {
    const { push_data, repository } = Push.parse(json);
    const { tag, pushed_at } = push_data;
    const named = repository.repo_name;
    const kept = {
      dedupeKey: pushed_at === undefined ? null : bodyKey('push', named, tag, pushed_at),
      body: body.toString('utf8'),
      occurredAt: timeOfSeconds(pushed_at),
    };
    return [announcedEvent(kept, { repository: this.imageOf(named), tag })];
  }
}
