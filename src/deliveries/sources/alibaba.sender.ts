import { z } from 'zod';
import { announcedEvent } from './announced';
import { bodyKey, ignoredEvent, ProductSender } from './sender';
import type { IncomingWebhook, Reason, SourceEvent } from './source';

/** `pushed_at` is a local time without its zone, so it is no time: only the same text is the same. */
const Push = z.object({
  push_data: z.object({
    tag: z.string(),
    digest: z.unknown().optional(),
    pushed_at: z.string().optional(),
  }),
  repository: z.object({
    repo_full_name: z.string(),
    region: z.string().max(100).optional(),
  }),
});

/** Pushes to Alibaba Cloud, which signs nothing: repository and tag only say what to look at. */
export class AlibabaSender extends ProductSender {
  readonly kind = 'alibaba';

  protected readBody(json: unknown, { body }: IncomingWebhook): readonly SourceEvent[] {
    const { push_data, repository } = Push.parse(json);
    const { tag, digest, pushed_at } = push_data;
    const { repo_full_name: path, region } = repository;
    const isDated = pushed_at !== undefined;
    const kept = {
      dedupeKey: isDated ? bodyKey(path, tag, JSON.stringify(digest), pushed_at) : null,
      body: body.toString('utf8'),
      occurredAt: null,
    };
    const other = this.otherRegion(region);
    if (other !== undefined) return [ignoredEvent(kept, other.code, other.text)];
    return [announcedEvent(kept, { repository: this.imageOf(path), tag })];
  }

  /** All hosts of Alibaba have their region as a part; a domain of one's own says nothing of it. */
  private otherRegion(region: string | undefined): Reason | undefined {
    const { id, url } = this.context.registry;
    const parts = url.hostname.split('.');
    const isSilent = region === undefined || !url.hostname.endsWith('.aliyuncs.com');
    if (isSilent || parts.includes(region)) return undefined;
    const text = `the push was in ${JSON.stringify(region)}, but the registry ${id} is ${url.host}`;
    return { code: 'other-registry', text };
  }
}
