import { z } from 'zod';
import { isDigest, type RepositoryName } from '../../core/names';
import type { AnnouncedEvent } from '../../tagging/inbox';
import { announcedEvent, hostOfImage, timeOfSeconds } from './announced';
import { bodyKey, ignoredEvent, type KeptFacts, ProductSender, timeOf } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

/** Above it the whole repository is looked at instead of every tag. */
const MOST_RESOURCES = 50;

const EVENTS: ReadonlyMap<string, AnnouncedEvent> = new Map([
  ['PUSH_ARTIFACT', 'published'],
  ['DELETE_ARTIFACT', 'deleted'],
  ['harbor.artifact.pushed', 'published'],
  ['harbor.artifact.deleted', 'deleted'],
]);

const Artifacts = z.object({
  resources: z.array(z.unknown()).min(1),
  repository: z.object({ repo_full_name: z.string() }),
});
type Artifacts = z.infer<typeof Artifacts>;

const Resource = z.object({
  digest: z.string().optional(),
  /** The digest once more for an artifact that was pushed without a tag. */
  tag: z.string().optional(),
  resource_url: z.string().optional(),
});

const Typed = z.object({ type: z.string().max(200), specversion: z.unknown().optional() });

/** What Harbor calls its default format. */
const OwnFormat = z.object({ occur_at: z.number(), event_data: Artifacts });

const VISIBLE = /^[\x21-\x7e]{1,200}$/;
const CloudEvent = z.object({
  id: z.string(),
  source: z.string(),
  time: z.string().max(60).optional(),
  data: Artifacts,
});

/** One event as both formats have it. */
interface ArtifactEvent {
  readonly type: string;
  readonly event: AnnouncedEvent;
  readonly artifacts: Artifacts;
  readonly occurredAt: number | null;
  /** Of the event for all its resources; undefined where the format has none. */
  readonly id: string | undefined;
}

/** Pushes to Harbor and deletions there, in its own format and as structured CloudEvents. */
export class HarborSender extends ProductSender {
  readonly kind = 'harbor';
  override readonly datesEvents = true;
  override readonly repeats = true;

  protected readBody(json: unknown, webhook: IncomingWebhook): readonly SourceEvent[] {
    const body = webhook.body.toString('utf8');
    const { type, specversion } = Typed.parse(json);
    const event = EVENTS.get(type);
    if (event === undefined) {
      const kept = { dedupeKey: bodyKey(body), body, occurredAt: null };
      const text = `Tagward acts on pushed and deleted artifacts, and on no ${JSON.stringify(type)}`;
      return [ignoredEvent(kept, 'type-unknown', text)];
    }
    const facts = specversion === undefined ? readOwnFormat(json) : readCloudEvent(json);
    return this.readArtifacts({ ...facts, type, event }, body);
  }

  private readArtifacts(event: ArtifactEvent, body: string): readonly SourceEvent[] {
    const { resources, repository } = event.artifacts;
    const image = this.imageOf(repository.repo_full_name);
    if (resources.length > MOST_RESOURCES) {
      const kept = { dedupeKey: bodyKey(body), body, occurredAt: event.occurredAt };
      return [announcedEvent(kept, { event: event.event, repository: image, tag: null })];
    }
    return resources.map((json, index) => {
      const dedupeKey = keyOf(event, json, index);
      const kept = { dedupeKey, body, occurredAt: event.occurredAt };
      return this.readResource(json, kept, { event: event.event, repository: image });
    });
  }

  private readResource(
    json: unknown,
    kept: KeptFacts,
    said: { readonly event: AnnouncedEvent; readonly repository: RepositoryName | undefined },
  ): SourceEvent {
    const parsed = Resource.safeParse(json);
    if (!parsed.success) {
      const text = `a resource is none of Harbor: ${z.prettifyError(parsed.error)}`.slice(0, 500);
      return { ...kept, kind: 'rejected', reason: { code: 'event-invalid', text } };
    }
    const { tag = '', digest, resource_url } = parsed.data;
    if (tag === '' || tag === digest || isDigest(tag)) {
      return ignoredEvent(kept, 'untagged', 'the artifact has no tag');
    }
    const other = this.otherRegistry([hostOfImage(resource_url)]);
    if (other !== undefined) return ignoredEvent(kept, other.code, other.text);
    return announcedEvent(kept, { ...said, tag, digest });
  }
}

type FormatFacts = Pick<ArtifactEvent, 'artifacts' | 'occurredAt' | 'id'>;

function readOwnFormat(json: unknown): FormatFacts {
  const { occur_at, event_data } = OwnFormat.parse(json);
  return { artifacts: event_data, occurredAt: timeOfSeconds(occur_at), id: undefined };
}

function readCloudEvent(json: unknown): FormatFacts {
  const { id, source, time, data } = CloudEvent.parse(json);
  const isUsable = VISIBLE.test(id) && VISIBLE.test(source);
  return {
    artifacts: data,
    occurredAt: timeOf(time),
    id: isUsable ? `${source} ${id}` : undefined,
  };
}

/** One event may be about several tags, and each is a delivery. */
function keyOf(event: ArtifactEvent, resource: unknown, index: number): string {
  if (event.id !== undefined) return `${event.id} ${index}`;
  const { type, artifacts, occurredAt } = event;
  const { repo_full_name } = artifacts.repository;
  return bodyKey(type, repo_full_name, occurredAt, JSON.stringify(resource));
}
