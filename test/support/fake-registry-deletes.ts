import { type Behaviour, errorAnswer, type FakeAnswer } from './fake-registry-behaviour';
import { type FakeRepository, type FakeStorage, isChild, isTagged } from './fake-registry-storage';

const MANIFEST_UNKNOWN = errorAnswer(404, 'MANIFEST_UNKNOWN');
const UNSUPPORTED = errorAnswer(405, 'UNSUPPORTED');

/** DELETE of tags and manifests. */
export class FakeDeletes {
  constructor(
    private readonly storage: FakeStorage,
    private readonly behaviour: Behaviour,
  ) {}

  remove(path: string, reference: string): FakeAnswer {
    const repository = this.storage.find(path);
    const isDigest = reference.includes(':');
    const refused = isDigest
      ? this.digestRefusal(repository, reference)
      : this.tagRefusal(repository?.tags.has(reference) === true);
    if (refused !== undefined) return refused;
    if (repository === undefined) return this.unknownRepository();
    const isGone = isDigest
      ? this.removeDigest(repository, reference)
      : this.removeTag(repository, reference);
    return isGone ? { status: 202 } : MANIFEST_UNKNOWN;
  }

  private unknownRepository(): FakeAnswer {
    const isBad = this.behaviour.deleteInUnknownRepository === 'bad-request';
    return errorAnswer(isBad ? 400 : 404, 'NAME_UNKNOWN');
  }

  private removeTag(repository: FakeRepository, tag: string): boolean {
    const digest = repository.tags.get(tag);
    if (digest === undefined) return false;
    if (this.behaviour.tagDeleteTakes === 'manifest') return this.removeDigest(repository, digest);
    repository.tags.delete(tag);
    const isLast = this.behaviour.lastTagTakesImage && !isTagged(repository, digest);
    if (isLast) repository.manifests.delete(digest);
    return true;
  }

  private removeDigest(repository: FakeRepository, digest: string): boolean {
    const { manifests, hidden, tags } = repository;
    if (hidden.has(digest)) return false;
    if (this.behaviour.digestDelete === 'leaves-tags' && isTagged(repository, digest)) {
      hidden.add(digest);
      return true;
    }
    for (const [tag, held] of tags) if (held === digest) tags.delete(tag);
    return manifests.delete(digest);
  }

  private tagRefusal(isThere: boolean): FakeAnswer | undefined {
    switch (this.behaviour.tagDelete) {
      case 'works':
        return undefined;
      case 'digest-invalid':
        return errorAnswer(400, 'DIGEST_INVALID');
      case 'unsupported':
        return errorAnswer(400, 'UNSUPPORTED');
      case 'disabled':
        return UNSUPPORTED;
      case 'denied':
        return errorAnswer(403, 'DENIED');
      case 'protected-403':
        return isThere ? errorAnswer(403, 'DENIED') : undefined;
      case 'protected-409':
        return isThere ? errorAnswer(409, 'TAG_PROTECTED') : undefined;
    }
  }

  private digestRefusal(
    repository: FakeRepository | undefined,
    digest: string,
  ): FakeAnswer | undefined {
    const whileTagged = (answer: FakeAnswer): FakeAnswer | undefined =>
      isTagged(repository, digest) ? answer : undefined;
    const whileChild = (answer: FakeAnswer): FakeAnswer | undefined =>
      isChild(repository, digest) ? answer : undefined;
    switch (this.behaviour.digestDelete) {
      case 'works':
      case 'leaves-tags':
        return undefined;
      case 'tagged-only':
        return isTagged(repository, digest) ? undefined : MANIFEST_UNKNOWN;
      case 'disabled':
        return UNSUPPORTED;
      case 'denied':
        return errorAnswer(403, 'DENIED');
      case 'dangling-tag':
        return whileTagged(errorAnswer(400, 'GOOGLE_MANIFEST_DANGLING_TAG'));
      case 'protects-children':
        return whileChild(errorAnswer(405, 'DENIED'));
      case 'protects-children-412':
        return whileChild(errorAnswer(412, 'PRECONDITION'));
    }
  }
}
