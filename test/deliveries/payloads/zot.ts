import { randomUUID } from 'node:crypto';
import { digestOf } from '../distribution-events';

type Fields = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The body of an event of a manifest that was pushed; the manifest stands in it as a text. */
export function zotImage(fields: Fields = {}): Fields {
  const manifest = {
    ...{ schemaVersion: 2, mediaType: MANIFEST_TYPE },
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...{ digest: digestOf('config'), size: 581 },
    },
    layers: [],
  };
  return {
    ...{ name: 'team/api', reference: '2.4.1', digest: digestOf('2.4.1') },
    ...{ mediaType: MANIFEST_TYPE, manifest: JSON.stringify(manifest) },
    actor: { name: 'ci-bot' },
    request: { addr: '10.0.0.7:51234', method: 'PUT', useragent: 'skopeo/1.18.0' },
    ...fields,
  };
}

/** The body of a deletion, which has no manifest. */
export function zotDeletion(fields: Fields = {}): Fields {
  const { manifest: _, ...image } = zotImage();
  return { ...image, ...fields };
}

/** The headers of a CloudEvent in binary form, as the Go SDK sends it. */
export function zotHeaders(headers: Headers = {}): Headers {
  return {
    'ce-specversion': '1.0',
    'ce-type': 'zotregistry.image.updated',
    'ce-source': 'zotregistry.dev',
    'ce-id': randomUUID(),
    'ce-time': '2026-07-03T10:00:00.123456789Z',
    'user-agent': 'Go-http-client/1.1',
    ...headers,
  };
}
