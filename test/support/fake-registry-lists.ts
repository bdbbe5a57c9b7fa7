import {
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';
import { OCI_INDEX } from './fake-registry-manifests';
import { descriptorOf, type FakeStorage } from './fake-registry-storage';

/** Where in which repository, and the URL that clients know the registry by. */
interface Place {
  readonly path: string;
  readonly origin: string;
}

/** Lists of tags and of referrers. */
export class FakeLists {
  constructor(
    private readonly storage: FakeStorage,
    private readonly behaviour: Behaviour,
  ) {}

  tags({ query }: FakeRequest, place: Place): FakeAnswer {
    const repository = this.storage.find(place.path);
    const { behaviour } = this;
    if (repository === undefined && behaviour.unknownRepository === 'not-found') {
      return errorAnswer(404, 'NAME_UNKNOWN');
    }
    const stored = [...(repository?.tags.keys() ?? [])];
    if (behaviour.paging === 'ignored') return this.page(place, stored);
    const last = query.get('last');
    if (last !== null && !stored.includes(last) && behaviour.vanishedLast === 'not-found') {
      return errorAnswer(404, 'NAME_UNKNOWN');
    }
    const n = numberOf(query);
    if (n !== undefined && n > behaviour.pageSize && behaviour.largePage === 'refused') {
      return errorAnswer(413, 'TOO_MANY_TAGS_REQUESTED');
    }
    return this.pageOf(place, this.after(stored.sort(), last), this.pageSizeFor(n));
  }

  referrers({ query }: FakeRequest, path: string, digest: string): FakeAnswer {
    switch (this.behaviour.referrers) {
      case 'not-found':
        return errorAnswer(404, 'UNSUPPORTED');
      case 'plain-text-404':
        return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not found.\n' };
      case 'api':
        break;
    }
    const type = query.get('artifactType');
    const isFiltered = type !== null && this.behaviour.filtersReferrers;
    const all = this.storage.referrersOf(path, digest).map(descriptorOf);
    const manifests = isFiltered ? all.filter(({ artifactType }) => artifactType === type) : all;
    const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    const applied = isFiltered ? { 'oci-filters-applied': 'artifactType' } : {};
    return { status: 200, headers: { 'content-type': OCI_INDEX, ...applied }, body };
  }

  private after(sorted: readonly string[], last: string | null): readonly string[] {
    if (last === null) return sorted;
    const rest = sorted.filter((tag) => tag > last);
    const skips = this.behaviour.vanishedLast === 'skips-one' && !sorted.includes(last);
    return skips ? rest.slice(1) : rest;
  }

  private pageSizeFor(n: number | undefined): number {
    const { pageSize, wholeWithoutN } = this.behaviour;
    if (n === undefined) return wholeWithoutN ? Number.POSITIVE_INFINITY : pageSize;
    return Math.min(n, pageSize);
  }

  private pageOf(place: Place, rest: readonly string[], size: number): FakeAnswer {
    const tags = rest.slice(0, size);
    const { paging, emptyLastPage } = this.behaviour;
    const isLast = emptyLastPage ? rest.length < size : rest.length <= size;
    if (isLast || size === 0 || paging === 'none') return this.page(place, tags);
    const last = encodeURIComponent(tags.at(-1) ?? '');
    return this.page(place, tags, `/v2/${place.path}/tags/list?last=${last}&n=${size}`);
  }

  private page(place: Place, tags: readonly string[], next?: string): FakeAnswer {
    const listed = this.behaviour.nullTags && tags.length === 0 ? null : tags;
    const headers = next === undefined ? {} : { link: this.link(next, place) };
    return { status: 200, headers, body: { name: place.path, tags: listed } };
  }

  private link(next: string, { path, origin }: Place): string {
    switch (this.behaviour.paging) {
      case 'link-unquoted':
        return `<${next}>; rel=next`;
      case 'link-absolute':
        return `<${origin}${next}>; rel="next"`;
      case 'link-off-origin':
        return `<http://registry.invalid${next}>; rel="next"`;
      case 'link-loop':
        return `</v2/${path}/tags/list>; rel="next"`;
      case 'link':
      case 'none':
      case 'ignored':
        return `<${next}>; rel="next"`;
    }
  }
}

function numberOf(query: URLSearchParams): number | undefined {
  const text = query.get('n');
  return text === null ? undefined : Number(text);
}
