import { digestOf } from '../distribution-events';
import { HOST } from '../senders/sender-stage';

export interface HarborResource {
  readonly tag?: unknown;
  readonly digest?: unknown;
  readonly host?: string;
}

export interface HarborEvent {
  readonly type?: unknown;
  readonly repository?: unknown;
  /** Seconds since 1970. */
  readonly occurredAt?: unknown;
  readonly resources?: unknown;
}

/** An artifact under a tag. */
export function resource({
  tag = '2.4.1',
  digest = digestOf('2.4.1'),
  host = HOST,
}: HarborResource = {}): Record<string, unknown> {
  return { digest, tag, resource_url: `${host}/team/api:${String(tag)}` };
}

/** An artifact that was pushed by its digest, which Harbor puts where the tag would be. */
export function untaggedResource(): Record<string, unknown> {
  const digest = digestOf('untagged');
  return { digest, tag: digest, resource_url: `${HOST}/team/api@${digest}` };
}

function artifacts({ repository = 'team/api', resources = [resource()] }: HarborEvent) {
  return {
    resources,
    repository: {
      date_created: 1_747_000_000,
      name: 'api',
      namespace: 'team',
      repo_full_name: repository,
      repo_type: 'private',
    },
  };
}

/** An event in Harbor's default format. */
export function harborEvent(event: HarborEvent = {}): Record<string, unknown> {
  const { type = 'PUSH_ARTIFACT', occurredAt = 1_763_800_000 } = event;
  return {
    type,
    occur_at: occurredAt,
    operator: 'robot$team+ci',
    event_data: artifacts(event),
  };
}

/** The same as a structured CloudEvent. */
export function harborCloudEvent(
  id: unknown,
  event: HarborEvent & { readonly source?: string } = {},
): Record<string, unknown> {
  const { type = 'harbor.artifact.pushed', source = '/projects/2/webhook/policies/9' } = event;
  return {
    specversion: '1.0',
    requestid: '5b2a9f0e-6f1c-4c7c-a1f5-0a9b9a0f7e11',
    id,
    source,
    type,
    datacontenttype: 'application/json',
    time: '2026-07-03T10:00:00Z',
    operator: 'robot$team+ci',
    data: artifacts(event),
  };
}
