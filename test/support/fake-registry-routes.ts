import {
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';
import { answerBlob } from './fake-registry-blobs';
import { FakeDeletes } from './fake-registry-deletes';
import { FakeLists } from './fake-registry-lists';
import { readManifest } from './fake-registry-reads';
import type { FakeStorage } from './fake-registry-storage';
import { FakeWrites } from './fake-registry-writes';

/** What the paths under `/v2/` do to the storage, as the switches say. */
export class FakeRoutes {
  private readonly writes: FakeWrites;
  private readonly deletes: FakeDeletes;
  private readonly lists: FakeLists;

  constructor(
    readonly storage: FakeStorage,
    readonly behaviour: Behaviour,
  ) {
    this.writes = new FakeWrites(storage, behaviour);
    this.deletes = new FakeDeletes(storage, behaviour);
    this.lists = new FakeLists(storage, behaviour);
  }

  /** `rest` is the path behind `/v2/`. */
  answer(request: FakeRequest, rest: string, origin: string): FakeAnswer {
    if (rest === '') return { status: 200, body: {} };
    const [, path = '', kind = '', reference = ''] =
      /^(.+?)\/(manifests|tags|blobs|referrers)\/(.+)$/.exec(rest) ?? [];
    if (kind === 'tags' && reference === 'list') return this.lists.tags(request, { path, origin });
    if (kind === 'blobs') return answerBlob(this, request, { path, reference });
    if (kind === 'referrers') return this.lists.referrers(request, path, reference);
    if (kind !== 'manifests') return { status: 404, body: '404 page not found\n' };
    return this.manifest(request, path, reference);
  }

  private manifest(request: FakeRequest, path: string, reference: string): FakeAnswer {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return readManifest(this, request, { path, reference });
      case 'PUT':
        return this.writes.write(request, path, reference);
      case 'DELETE':
        return this.deletes.remove(path, reference);
      default:
        return errorAnswer(405, 'UNSUPPORTED');
    }
  }
}
