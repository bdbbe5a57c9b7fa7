import { createHash, randomUUID } from 'node:crypto';
import { EVENTS_TOKEN } from '../support/test-config';

/** Host of the registry in the test configs of these suites. */
const HOST = '127.0.0.1:1';

const INDEX = 'application/vnd.oci.image.index.v1+json';
export const V1 = 'application/vnd.docker.distribution.events.v1+json';
export const V2 = 'application/vnd.docker.distribution.events.v2+json';

export interface DistributionEvent {
  readonly id: string;
  readonly action: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface EventOptions {
  readonly id?: string;
  readonly repository?: string;
  readonly host?: string;
}

/** The digest of a text, so that each tag of a test has its own. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A manifest that was pushed by its tag. */
export function push(tag: string, options: EventOptions = {}): DistributionEvent {
  return event('push', { ...manifest(tag, options), tag }, options);
}

/** A manifest that was pushed by its digest. */
export function pushOfDigest(seed: string, options: EventOptions = {}): DistributionEvent {
  return event('push', manifest(seed, options), options);
}

export function blobPush(seed: string, options: EventOptions = {}): DistributionEvent {
  return event('push', blob(seed, options), options);
}

export function blobPull(seed: string, options: EventOptions = {}): DistributionEvent {
  return event('pull', blob(seed, options), options);
}

/** A manifest that was pulled by its tag. */
export function pull(tag: string, options: EventOptions = {}): DistributionEvent {
  return event('pull', { ...manifest(tag, options), tag }, options);
}

export function mount(seed: string, options: EventOptions = {}): DistributionEvent {
  return event('mount', { ...blob(seed, options), fromRepository: 'gallery/base' }, options);
}

export function tagDelete(tag: string, options: EventOptions = {}): DistributionEvent {
  // Distribution 3 sends the digest that it does not know as an empty text.
  const target = { digest: '', repository: options.repository ?? 'gallery/ui', tag };
  return event('delete', target, options);
}

export function manifestDelete(seed: string, options: EventOptions = {}): DistributionEvent {
  const target = { digest: digestOf(seed), repository: options.repository ?? 'gallery/ui' };
  return event('delete', target, options);
}

export function envelope(...events: readonly unknown[]): string {
  return JSON.stringify({ events });
}

export function eventHeaders(type = V1, token = EVENTS_TOKEN): Record<string, string> {
  return { 'content-type': type, authorization: `Bearer ${token}` };
}

function manifest(seed: string, options: EventOptions): Record<string, unknown> {
  const { repository = 'gallery/ui', host = HOST } = options;
  const digest = digestOf(seed);
  const url = `http://${host}/v2/${repository}/manifests/${digest}`;
  return { mediaType: INDEX, digest, size: 1312, length: 1312, repository, url };
}

function blob(seed: string, options: EventOptions): Record<string, unknown> {
  const { repository = 'gallery/ui', host = HOST } = options;
  const digest = digestOf(seed);
  const url = `http://${host}/v2/${repository}/blobs/${digest}`;
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return { mediaType, digest, size: 2_811_969, length: 2_811_969, repository, url };
}

function event(
  action: string,
  target: Readonly<Record<string, unknown>>,
  { id = randomUUID(), host = HOST }: EventOptions,
): DistributionEvent {
  return {
    id,
    timestamp: '2026-07-03T10:00:00.123456789Z',
    action,
    target,
    request: {
      id: randomUUID(),
      addr: '10.0.0.7:51234',
      host,
      method: action === 'pull' ? 'GET' : 'PUT',
      useragent: 'docker/28.0.1 go/go1.24',
    },
    actor: { name: 'ci-bot' },
    source: { addr: 'registry:5000', instanceID: '0f7a6b1e-7d7e-4a2b-9a59-2f6b8c1e3d01' },
  };
}
