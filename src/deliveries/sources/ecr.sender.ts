import { z } from 'zod';
import { parseJson } from '../../http/json-body';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { announcedEvent } from './announced';
import { eventKey } from './event-key';
import { bodyKey, ignoredEvent, type KeptFacts, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

/** A replication is told in the region that the image has come to, with the same fields. */
const TYPES: ReadonlySet<string> = new Set(['ECR Image Action', 'ECR Replication Action']);

const EVENTS: ReadonlyMap<string, AnnouncedEvent> = new Map([
  ['PUSH', 'published'],
  ['REPLICATE', 'published'],
  ['DELETE', 'deleted'],
]);

/** What SNS puts around a message. */
const SnsEnvelope = z.object({
  Type: z.string(),
  MessageId: z.string(),
  Message: z.string(),
});

const BusEvent = z.object({
  id: z.string(),
  'detail-type': z.string(),
  time: z.string().max(60).optional(),
});
type BusEvent = z.infer<typeof BusEvent>;

const ImageAction = z.object({
  account: z.string().regex(/^\d{12}$/),
  region: z.string().regex(/^[a-z0-9-]{1,40}$/),
  detail: z.object({
    result: z.string(),
    'action-type': z.string(),
    'repository-name': z.string(),
    'image-tag': z.string().optional(),
    'image-digest': z.string().optional(),
  }),
});
type ImageAction = z.infer<typeof ImageAction>;

/** Events of Amazon ECR: as EventBridge sends them, or inside a message of SNS. */
export class EcrSender extends ProductSender {
  readonly kind = 'ecr';
  override readonly datesEvents = true;
  override readonly repeats = true;
  override readonly sendsText = true;

  protected readBody(json: unknown, webhook: IncomingWebhook): readonly SourceEvent[] {
    const body = webhook.body.toString('utf8');
    if (!isSns(json)) return [this.readEvent(json, body)];
    const { Type, MessageId, Message } = SnsEnvelope.parse(json);
    const dedupeKey = eventKey(MessageId) ?? bodyKey(Type, body);
    if (Type === 'Notification') {
      return [this.readEvent(parseJson(Buffer.from(Message)), body, dedupeKey)];
    }
    const kept = { dedupeKey, body, occurredAt: null };
    const text = `the message is about a subscription: ${JSON.stringify(Type.slice(0, 100))}`;
    return [ignoredEvent(kept, 'sns-confirmation', text)];
  }

  private readEvent(json: unknown, body: string, messageKey?: string): SourceEvent {
    const event = BusEvent.parse(json);
    const { id, 'detail-type': type, time } = event;
    const dedupeKey = messageKey ?? eventKey(id) ?? bodyKey(type, body);
    const kept = { dedupeKey, body, occurredAt: timeOf(time) };
    if (TYPES.has(type)) return this.readAction(ImageAction.parse(json), kept);
    return ignoredEvent(kept, 'type-unknown', sentenceOnTypes(event));
  }

  private readAction(action: ImageAction, kept: KeptFacts): SourceEvent {
    const { result, 'action-type': type, 'repository-name': path } = action.detail;
    const { 'image-tag': tag, 'image-digest': digest } = action.detail;
    const event = EVENTS.get(type);
    if (event === undefined) {
      const text = `Tagward acts on PUSH, REPLICATE and DELETE, and on no ${JSON.stringify(type.slice(0, 100))}`;
      return ignoredEvent(kept, 'type-unknown', text);
    }
    if (result !== 'SUCCESS') {
      const text = `the action ended as ${JSON.stringify(result.slice(0, 100))}`;
      return ignoredEvent(kept, 'not-successful', text);
    }
    if (!tag) return ignoredEvent(kept, 'untagged', 'the event names no tag');
    const other = this.otherRegistry(hostsOf(action));
    if (other !== undefined) return ignoredEvent(kept, other.code, other.text);
    return announcedEvent(kept, { event, repository: this.imageOf(path), tag, digest });
  }
}

function isSns(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'Type' in json;
}

function sentenceOnTypes(event: BusEvent): string {
  const named = JSON.stringify(event['detail-type'].slice(0, 100));
  return `Tagward acts on ${[...TYPES].join(' and ')}, and on no ${named}`;
}

/** The names of the registry of an account in a region. */
function hostsOf({ account, region }: ImageAction): readonly string[] {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return [
    `${account}.dkr.ecr.${region}.${domain}`,
    `${account}.dkr.ecr-fips.${region}.${domain}`,
    `${account}.dkr-ecr.${region}.on.${region.startsWith('cn-') ? 'amazonwebservices.com.cn' : 'aws'}`,
  ];
}
