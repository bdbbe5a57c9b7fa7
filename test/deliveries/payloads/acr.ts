import { randomUUID } from 'node:crypto';
import { digestOf } from '../distribution-events';
import { HOST } from '../senders/sender-stage';

type Fields = Readonly<Record<string, unknown>>;

export interface AcrEvent {
  readonly id?: unknown;
  readonly action?: unknown;
  readonly target?: Fields;
  readonly host?: unknown;
}

/** A push of an image, or another action of the same fields. */
export function acrEvent(event: AcrEvent = {}): Fields {
  const { id = randomUUID(), action = 'push', target = {}, host = HOST } = event;
  return {
    ...{ id, timestamp: '2026-07-03T10:00:00.343145347Z', action },
    target: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      ...{ size: 524, digest: digestOf('2.4.1'), length: 524 },
      ...{ repository: 'team/api', tag: '2.4.1' },
      ...target,
    },
    request: {
      ...{ id: randomUUID(), host, method: action === 'delete' ? 'DELETE' : 'PUT' },
      useragent: 'docker/28.0.1 go/go1.24',
    },
  };
}

/** What the test button sends. */
export function acrPing(): Fields {
  const id = randomUUID();
  return { id, timestamp: '2026-07-03T10:00:00Z', action: 'ping', target: null, request: null };
}
