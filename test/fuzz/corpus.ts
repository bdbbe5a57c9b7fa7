import type { SourceKind } from '../../src/config/source-kinds';
import {
  blobPush,
  manifestDelete,
  mount,
  pull,
  push,
  pushOfDigest,
  tagDelete,
} from '../deliveries/distribution-events';
import { acrEvent, acrPing } from '../deliveries/payloads/acr';
import { alibabaPush } from '../deliveries/payloads/alibaba';
import { artifactPublished, structured } from '../deliveries/payloads/cdevents';
import { hubPush } from '../deliveries/payloads/docker-hub';
import { ecrEvent, snsConfirmation, snsMessage } from '../deliveries/payloads/ecr';
import { garChange, pubSub } from '../deliveries/payloads/gar';
import { giteaCreate, giteaPackage, giteaPush, giteaRelease } from '../deliveries/payloads/gitea';
import * as github from '../deliveries/payloads/github';
import * as gitlab from '../deliveries/payloads/gitlab';
import {
  harborCloudEvent,
  harborEvent,
  resource,
  untaggedResource,
} from '../deliveries/payloads/harbor';
import { jenkinsBuild } from '../deliveries/payloads/jenkins';
import { quayBuild, quayPush } from '../deliveries/payloads/quay';
import { zotDeletion, zotHeaders, zotImage } from '../deliveries/payloads/zot';
import type { Random } from '../faults/random';

export type Headers = Readonly<Record<string, string>>;

/** A real event: what its sender puts into headers beside what it proves itself with, and the body. */
export interface RealEvent {
  readonly headers?: Headers;
  readonly body: unknown;
}

const ID = 'aaaaaaaa-0000-4000-8000-000000000000';
const V1 = { 'content-type': 'application/vnd.docker.distribution.events.v1+json' };
const V2 = { 'content-type': 'application/vnd.docker.distribution.events.v2+json' };
const CLOUD_EVENT = { 'content-type': 'application/cloudevents+json' };
const TEXT = { 'content-type': 'text/plain; charset=UTF-8' };

const GITEA = [
  { headers: giteaHeaders('package'), body: giteaPackage() },
  { headers: giteaHeaders('package'), body: giteaPackage({}, 'deleted') },
  { headers: giteaHeaders('release'), body: giteaRelease() },
  { headers: giteaHeaders('create'), body: giteaCreate() },
  { headers: giteaHeaders('push'), body: giteaPush() },
] as const;

const RELEASE = { registry: 'local', repository: 'gallery/ui', tag: '2.4.1' };

/** Real events of each kind of sender; none of them proves who sent it. */
export const CORPUS: Readonly<Record<SourceKind, readonly [RealEvent, ...RealEvent[]]>> = {
  generic: [
    { headers: { 'webhook-id': ID }, body: announced(RELEASE) },
    {
      headers: { 'webhook-id': ID },
      body: announced({ ...RELEASE, prerelease: true, runUrl: 'https://ci.test/runs/7' }),
    },
    { headers: { 'webhook-id': ID }, body: { ...announced(RELEASE), type: 'image.scanned' } },
  ],
  distribution: [
    { headers: V1, body: { events: [push('2.4.1')] } },
    { headers: V2, body: { events: [push('2.4.0'), pull('2.4.1'), blobPush('layer')] } },
    { headers: V2, body: { events: [tagDelete('2.4.1'), manifestDelete('2.4.1')] } },
    { headers: V1, body: { events: [pushOfDigest('2.4.1'), mount('layer')] } },
  ],
  'docker-hub': [{ body: hubPush() }],
  harbor: [
    { body: harborEvent() },
    { body: harborEvent({ type: 'DELETE_ARTIFACT', resources: [resource(), untaggedResource()] }) },
    { headers: CLOUD_EVENT, body: harborCloudEvent(ID) },
  ],
  quay: [
    { body: quayPush() },
    { body: quayPush({ tags: { '2.4.1': 'id', '2.4': 'id' } }) },
    { body: quayBuild() },
  ],
  gitlab: [
    { headers: gitlabHeaders('Tag Push Hook'), body: gitlab.tagPush() },
    { headers: gitlabHeaders('Release Hook'), body: gitlab.release() },
    { headers: gitlabHeaders('Pipeline Hook'), body: gitlab.pipeline() },
    { headers: gitlabHeaders('Tag Push Hook'), body: gitlab.branchPush() },
    { headers: gitlabHeaders('Tag Push Hook'), body: gitlab.tagDeletion() },
  ],
  github: [
    { headers: githubHeaders('release'), body: github.release() },
    { headers: githubHeaders('registry_package'), body: github.registryPackage() },
    { headers: githubHeaders('package'), body: github.packageEvent() },
    { headers: githubHeaders('package'), body: github.npmPackage() },
    { headers: githubHeaders('workflow_run'), body: github.workflowRun() },
    { headers: githubHeaders('ping'), body: github.ping() },
  ],
  gitea: GITEA,
  forgejo: GITEA,
  zot: [
    { headers: zotHeaders({ 'ce-id': ID }), body: zotImage() },
    {
      headers: zotHeaders({ 'ce-id': ID, 'ce-type': 'zotregistry.image.deleted' }),
      body: zotDeletion(),
    },
  ],
  acr: [
    { body: acrEvent() },
    { body: acrEvent({ action: 'delete', target: { tag: undefined } }) },
    { body: acrPing() },
  ],
  ecr: [
    { body: ecrEvent() },
    { body: ecrEvent({ detail: { 'action-type': 'DELETE' } }) },
    { headers: snsHeaders('Notification'), body: snsMessage(ecrEvent()) },
    {
      headers: snsHeaders('SubscriptionConfirmation'),
      body: snsConfirmation('SubscriptionConfirmation'),
    },
  ],
  gar: [
    { body: pubSub(garChange()) },
    { body: garChange({ action: 'DELETE' }) },
    { headers: { 'x-goog-pubsub-message-id': ID }, body: garChange() },
  ],
  alibaba: [{ body: alibabaPush() }],
  jenkins: [{ body: jenkinsBuild() }, { body: jenkinsBuild({ phase: 'COMPLETED' }) }],
  cdevents: [
    { body: artifactPublished() },
    { headers: CLOUD_EVENT, body: structured(artifactPublished()) },
  ],
};

function announced(data: object): object {
  return { type: 'image.published', timestamp: '2026-07-03T10:00:00Z', data };
}

function giteaHeaders(event: string): Headers {
  return { 'x-gitea-event': event, 'x-gitea-delivery': ID, 'x-github-event': event };
}

function gitlabHeaders(event: string): Headers {
  return { 'x-gitlab-event': event, 'idempotency-key': ID, 'webhook-id': ID };
}

function githubHeaders(event: string): Headers {
  return { 'x-github-event': event, 'x-github-delivery': ID };
}

function snsHeaders(type: string): Headers {
  return { ...TEXT, 'x-amz-sns-message-type': type };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** An event with ids of its own, so that it is no repeat: the same ones for the same numbers. */
export function freshEvent(event: RealEvent, random: Random): RealEvent {
  const text = JSON.stringify(event).replaceAll(UUID, () => uuid(random));
  // It was a real event, and only its ids have changed.
  return JSON.parse(text) as RealEvent;
}

function uuid(random: Random): string {
  const hex = Array.from({ length: 4 }, () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  );
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
