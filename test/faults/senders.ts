import { createHmac, randomUUID } from 'node:crypto';
import { OCI_MANIFEST } from '../support/fake-registry-manifests';
import { releaseBody, signedHeaders } from '../support/signed-webhook';
import { EVENTS_TOKEN, OPERATE_TOKEN, WEBHOOK_SECRET } from '../support/test-config';

/** What a sender has to say. */
export interface ReleaseEvent {
  /** A repetition of the event has the same. */
  readonly id: string;
  /** Path in the registry, of two segments. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** UTC milliseconds; a repetition says the same. */
  readonly at: number;
  /** Host and port of the registry as it is configured. */
  readonly host: string;
}

export interface SenderRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SenderKind {
  readonly name: string;
  /** Its line below `sources`; the test config has those of `ci` and `events` already. */
  readonly source?: string;
  /**
   * What it does with an event that is not answered with 2xx. `in-order`: repeats it without end
   * and holds all later ones back, as Distribution does. `each`: repeats it by itself. `never`.
   */
  readonly repeats: 'in-order' | 'each' | 'never';
  /** Whether the same event again is known to be the same. */
  readonly hasIds: boolean;
  request(event: ReleaseEvent): SenderRequest;
}

const TOKEN = 'tokenFile: ./secrets/EVENTS_TOKEN';
const SECRET = 'secretFile: ./secrets/WEBHOOK_SECRET';
const PLACE = 'registry: local, allow: [local/gallery/*]';
const JSON_TYPE = { 'content-type': 'application/json' };
const BEARER = { authorization: `Bearer ${EVENTS_TOKEN}` };

/** Those of the kinds that this list has not yet: an entry with its line of configuration. */
export const SENDER_KINDS: readonly SenderKind[] = [
  {
    name: 'a pipeline that signs',
    ...{ repeats: 'each', hasIds: true },
    request: ({ id, at, repository, tag, digest }: ReleaseEvent): SenderRequest => {
      const body = releaseBody({ repository, tag, digest }, at);
      const headers = signedHeaders(body, { id, now: at, secret: WEBHOOK_SECRET });
      return { path: '/webhooks/ci', headers, body };
    },
  },
  {
    name: 'a pipeline with an API token',
    ...{ repeats: 'each', hasIds: false },
    request: ({ repository, tag, digest }: ReleaseEvent): SenderRequest => ({
      path: '/api/v1/releases',
      headers: { ...JSON_TYPE, authorization: `Bearer ${OPERATE_TOKEN}` },
      body: JSON.stringify({ repository: `local/${repository}`, tag, digest }),
    }),
  },
  distribution('Distribution 2', 'application/vnd.docker.distribution.events.v1+json'),
  distribution('Distribution 3', 'application/vnd.docker.distribution.events.v2+json'),
  {
    name: 'Harbor',
    source: `harbor: { kind: harbor, ${TOKEN}, ${PLACE} }`,
    ...{ repeats: 'each', hasIds: true },
    request: ({ repository, tag, digest, host, at }: ReleaseEvent): SenderRequest => {
      const [namespace = '', name = ''] = repository.split('/');
      const resource = { digest, tag, resource_url: `${host}/${repository}:${tag}` };
      const about = { name, namespace, repo_full_name: repository, repo_type: 'private' };
      const event_data = { resources: [resource], repository: about };
      const occur_at = Math.floor(at / 1_000);
      return {
        path: '/webhooks/harbor',
        headers: { ...JSON_TYPE, authorization: EVENTS_TOKEN },
        body: JSON.stringify({ type: 'PUSH_ARTIFACT', occur_at, operator: 'ci', event_data }),
      };
    },
  },
  {
    name: 'Quay',
    source: `quay: { kind: quay, urlSecretFile: ./secrets/EVENTS_TOKEN, ${PLACE} }`,
    ...{ repeats: 'each', hasIds: false },
    request: ({ repository, tag, host }: ReleaseEvent): SenderRequest => {
      const [namespace = '', name = ''] = repository.split('/');
      const docker_url = `${host}/${repository}`;
      return {
        path: `/webhooks/quay/${EVENTS_TOKEN}`,
        headers: JSON_TYPE,
        body: JSON.stringify({ name, repository, namespace, docker_url, updated_tags: [tag] }),
      };
    },
  },
  {
    name: 'zot',
    source: `zot: { kind: zot, ${TOKEN}, ${PLACE} }`,
    ...{ repeats: 'never', hasIds: true },
    request: ({ id, at, repository, tag, digest }: ReleaseEvent): SenderRequest => ({
      path: '/webhooks/zot',
      headers: {
        ...{ ...JSON_TYPE, ...BEARER, 'ce-specversion': '1.0', 'ce-id': id },
        ...{ 'ce-type': 'zotregistry.image.updated', 'ce-source': 'zotregistry.dev' },
        'ce-time': new Date(at).toISOString(),
      },
      body: JSON.stringify({
        ...{ name: repository, reference: tag, digest, mediaType: OCI_MANIFEST, manifest: '{}' },
      }),
    }),
  },
  {
    name: 'Gitea',
    source: `gitea: { kind: gitea, ${SECRET}, ${PLACE} }`,
    ...{ repeats: 'never', hasIds: true },
    request: ({ id, at, repository, tag }: ReleaseEvent): SenderRequest => {
      const [login = '', name = ''] = repository.split('/');
      const created_at = new Date(at).toISOString();
      const about = { type: 'container', name, version: tag, owner: { login }, created_at };
      const body = JSON.stringify({ action: 'created', package: about, sender: { login: 'ci' } });
      const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
      return {
        path: '/webhooks/gitea',
        headers: {
          ...{ ...JSON_TYPE, 'x-gitea-event': 'package', 'x-gitea-delivery': id },
          'x-gitea-signature': signature,
        },
        body,
      };
    },
  },
];

function distribution(name: string, type: string): SenderKind {
  return {
    name,
    ...{ repeats: 'in-order', hasIds: true },
    request: (event) => ({
      path: '/webhooks/events',
      headers: { ...BEARER, 'content-type': type },
      body: JSON.stringify({ events: [layerOf(event), pushOf(event), pullOf(event)] }),
    }),
  };
}

function pushOf({ id, at, repository, tag, digest, host }: ReleaseEvent): object {
  const url = `http://${host}/v2/${repository}/manifests/${digest}`;
  return {
    ...{ id, timestamp: new Date(at).toISOString(), action: 'push' },
    target: { mediaType: OCI_MANIFEST, digest, size: 500, length: 500, repository, url, tag },
    request: { id: randomUUID(), addr: '10.0.0.7:51234', host, method: 'PUT', useragent: 'skopeo' },
    actor: { name: 'ci' },
  };
}

function layerOf({ at, repository, digest, host }: ReleaseEvent): object {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const url = `http://${host}/v2/${repository}/blobs/${digest}`;
  return {
    ...{ id: randomUUID(), timestamp: new Date(at).toISOString(), action: 'push' },
    target: { mediaType, digest, size: 32, length: 32, repository, url },
  };
}

function pullOf(event: ReleaseEvent): object {
  return { ...pushOf(event), id: randomUUID(), action: 'pull' };
}
