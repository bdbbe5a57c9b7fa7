import type { Manifest } from '../../src/registry/image-registry';
import {
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';
import { DOCKER_LIST, OCI_INDEX } from './fake-registry-manifests';
import type { FakeStorage } from './fake-registry-storage';

const WRONG_DIGEST = `sha256:${'0'.repeat(64)}`;

/** GET and HEAD of a manifest. */
export function readManifest(
  { storage, behaviour }: { readonly storage: FakeStorage; readonly behaviour: Behaviour },
  request: FakeRequest,
  { path, reference }: { readonly path: string; readonly reference: string },
): FakeAnswer {
  if (storage.find(path) === undefined) return errorAnswer(404, 'NAME_UNKNOWN');
  const manifest = storage.resolve(path, reference);
  if (manifest === undefined || !isAccepted(behaviour, request, manifest)) {
    return errorAnswer(404, 'MANIFEST_UNKNOWN');
  }
  const etag = `"${manifest.digest}"`;
  const { conditionalReads, wrongBytes } = behaviour;
  if (conditionalReads && request.headers['if-none-match'] === etag) return { status: 304 };
  return {
    status: 200,
    headers: {
      'content-type': manifest.mediaType,
      ...digestHeader(behaviour, manifest.digest),
      ...(conditionalReads ? { etag } : {}),
    },
    body: wrongBytes ? Buffer.concat([manifest.bytes, Buffer.from(' ')]) : manifest.bytes,
  };
}

/** `Docker-Content-Digest` as the registry has it. */
export function digestHeader(behaviour: Behaviour, digest: string): Record<string, string> {
  if (behaviour.digestHeader === 'missing') return {};
  return {
    'docker-content-digest': behaviour.digestHeader === 'wrong' ? WRONG_DIGEST : digest,
  };
}

function isAccepted(behaviour: Behaviour, request: FakeRequest, manifest: Manifest): boolean {
  const { mediaType } = manifest;
  const isIndex = mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
  if (!isIndex || !behaviour.indexNeedsAccept) return true;
  return String(request.headers['accept'] ?? '').includes(mediaType);
}
