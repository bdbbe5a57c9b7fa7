import { randomBytes } from 'node:crypto';
import {
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';
import { digestOf } from './fake-registry-manifests';
import type { FakeStorage } from './fake-registry-storage';

/** Enough for clients that push images: no upload is resumed, no range is read. */
export function answerBlob(
  { storage, behaviour }: { readonly storage: FakeStorage; readonly behaviour: Behaviour },
  request: FakeRequest,
  { path, reference }: { readonly path: string; readonly reference: string },
): FakeAnswer {
  const { blobs } = storage.get(path);
  const digest = request.query.get('digest');
  if (!reference.startsWith('uploads/')) {
    const bytes = blobs.get(reference);
    if (bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN');
    if (request.method === 'DELETE') return { status: blobs.delete(reference) ? 202 : 404 };
    if (behaviour.blobStorage !== 'here') {
      return { status: 307, headers: { location: behaviour.blobStorage.url } };
    }
    return { status: 200, headers: { 'docker-content-digest': reference }, body: bytes };
  }
  if (request.method === 'POST' && digest === null) {
    const upload = `/v2/${path}/blobs/uploads/${randomBytes(8).toString('hex')}`;
    return { status: 202, headers: { location: upload } };
  }
  const bytes = Buffer.concat([blobs.get(reference) ?? Buffer.alloc(0), request.body]);
  if (request.method === 'PATCH') {
    blobs.set(reference, bytes);
    return { status: 202, headers: { location: `/v2/${path}/blobs/${reference}` } };
  }
  blobs.delete(reference);
  if (digest !== digestOf(bytes)) return errorAnswer(400, 'DIGEST_INVALID');
  blobs.set(digest, bytes);
  return { status: 201, headers: { location: `/v2/${path}/blobs/${digest}` } };
}
