import { randomUUID } from 'node:crypto';
import { digestOf } from '../distribution-events';
import { HOST } from '../senders/sender-stage';

type Fields = Readonly<Record<string, unknown>>;

export const PURL = `pkg:oci/api@${encodeURIComponent(digestOf('2.4.1'))}?repository_url=${HOST}/team/api&tag=2.4.1`;

/** An artifact that was published; its id is the package URL of an image. */
export function artifactPublished(context: Fields = {}, subjectId: unknown = PURL): Fields {
  return {
    context: {
      ...{ specversion: '0.5.1', id: randomUUID(), source: '/ci/acme' },
      type: 'dev.cdevents.artifact.published.0.3.0',
      timestamp: '2026-07-03T10:00:00.315384Z',
      ...context,
    },
    subject: {
      ...{ id: subjectId, source: '/ci/acme', type: 'artifact' },
      content: { user: 'ci-bot', sbom: { uri: 'https://sbom.test/2.4.1.json' } },
    },
  };
}

/** The same inside a CloudEvent in structured form. */
export function structured(data: unknown, fields: Fields = {}): Fields {
  return {
    ...{ specversion: '1.0', id: randomUUID(), source: '/ci/acme' },
    type: 'dev.cdevents.artifact.published.0.3.0',
    ...{ datacontenttype: 'application/json', time: '2026-07-03T10:00:00.315384Z', data },
    ...fields,
  };
}
