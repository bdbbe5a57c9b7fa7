/** How several tags in one PUT (`manifests/<digest>?tag=a&tag=b`) are answered. */
type MultiTag =
  /** 201, and no tag is created: Distribution, crane registry serve. */
  | 'ignored'
  /** Each tag is created and named in an `OCI-Tag` field of its own: zot. */
  | 'works'
  /** The same, and `OCI-Tag` on a PUT by tag, too: olareg. */
  | 'works-and-echoes'
  /** All names in one `OCI-Tag` field. */
  | 'joined'
  /** Only the first tag is created and named. */
  | 'partial'
  /** 400 UNSUPPORTED. */
  | 'refused';

/** How a DELETE of a tag is answered; each is what some product does. */
type TagDelete =
  /** 202, and the tag is gone; 404 for one that is not there. */
  | 'works'
  /** 400 DIGEST_INVALID: Distribution 2.8. */
  | 'digest-invalid'
  /** 400 UNSUPPORTED: Harbor. */
  | 'unsupported'
  /** 405 UNSUPPORTED: Distribution with deletes off, Docker Hub. */
  | 'disabled'
  /** 403 DENIED. */
  | 'denied'
  /** 404 for a tag that is not there, 403 DENIED or 409 for one that is. */
  | 'protected-403'
  | 'protected-409';

type DigestDelete =
  /** 202, and every tag of the digest is gone with it. */
  | 'works'
  /** 202, but the tags stay and go on answering: crane registry serve. */
  | 'leaves-tags'
  /** 404 unless a tag points at it: Quay. */
  | 'tagged-only'
  /** 405 UNSUPPORTED. */
  | 'disabled'
  /** 403 DENIED. */
  | 'denied'
  /** 400 GOOGLE_MANIFEST_DANGLING_TAG while a tag points at it. */
  | 'dangling-tag'
  /** 405 DENIED while an index refers to it: zot. */
  | 'protects-children'
  /** 412 while an index refers to it: Harbor. */
  | 'protects-children-412';

type Paging =
  /** Pages of `pageSize` with a quoted `Link`. */
  | 'link'
  /** The same, `rel=next` without quotes: olareg. */
  | 'link-unquoted'
  /** The same with an absolute URL on this origin. */
  | 'link-absolute'
  /** `Link` to another host. */
  | 'link-off-origin'
  /** `Link` to the page itself. */
  | 'link-loop'
  /** Pages of `pageSize`, continued by `last`, without a `Link`: crane registry serve. */
  | 'none'
  /** The whole list, unsorted, whatever is asked: Distribution 2.8. */
  | 'ignored';

export interface RateLimit {
  /** Every so manieth request gets a 429 and is not carried out. */
  readonly every: number;
  readonly form: 'seconds' | 'date' | 'x-retry-after' | 'none';
  /** What the answer asks to wait; 0 is legal. */
  readonly seconds: number;
}

interface WriteSwitches {
  multiTag: MultiTag;
  /** More `tag=` than this get `multiTagCapStatus`, and nothing is written. */
  multiTagCap: number;
  multiTagCapStatus: 414 | 431;
  /** 400 MANIFEST_BLOB_UNKNOWN on PUT of an index whose child is not there. */
  checksChildren: boolean;
  /** 400 MANIFEST_INVALID on PUT of an index that lists nothing. */
  refusesEmptyIndex: boolean;
  /** 409 or 412 for a PUT that would move a tag. */
  immutableTags: 409 | 412 | undefined;
  /** What only a digest holds: stays, or goes with `letUntaggedExpire()` (Quay's temporary tag). */
  digestPut: 'stays' | 'expires';
  /** Whether an answer to a PUT says where the manifest is. */
  locationHeader: boolean;
  /** Media types of manifests that get a 415; zot does so to those of Docker. */
  refusedMediaTypes: readonly string[];
}

interface ReadSwitches {
  /** 404 for an index when `Accept` does not name its type: Distribution 2.8. */
  indexNeedsAccept: boolean;
  digestHeader: 'right' | 'missing' | 'wrong';
  /** Where blobs are got: here, or at a URL on another host to which a 307 leads. */
  blobStorage: 'here' | { readonly url: string };
  /** GET of a manifest answers with other bytes than those of the digest. */
  wrongBytes: boolean;
  /** An `ETag` on reads, and 304 to an `If-None-Match` with it: Distribution, Harbor. */
  conditionalReads: boolean;
  /**
   * A PUT of a manifest that is there already takes so many milliseconds, and reads of it get 500
   * meanwhile: the race of Distribution 2.8. Undefined where nothing of the kind happens.
   */
  rePutWindowMs: number | undefined;
  /**
   * What a 200 to a GET has for a body: what it should, a web page, a byte now and then (`slow`),
   * bytes for ever (`endless`), or 9 MiB.
   */
  body: 'whole' | 'html' | 'slow' | 'endless' | 'oversize';
}

interface ListSwitches {
  paging: Paging;
  pageSize: number;
  /** Without `n` the whole list comes: Distribution 3. */
  wholeWithoutN: boolean;
  /** What an `n` over `pageSize` gets: a page of `pageSize`, or 413 (Quay). */
  largePage: 'clamped' | 'refused';
  /** A `last` that is not there: as if it were, 404 (zot), or one tag too many is left out. */
  vanishedLast: 'goes-on' | 'not-found' | 'skips-one';
  /** A full last page has a `Link` to an empty one: Distribution 3. */
  emptyLastPage: boolean;
  /** What a listing of an unknown repository gets: 404 NAME_UNKNOWN, or 200 with `[]` (olareg). */
  unknownRepository: 'not-found' | 'empty';
  /** An empty listing says `tags: null`. */
  nullTags: boolean;
  /** The referrers API; 404 as an OCI error, or as plain text (Gitea). */
  referrers: 'api' | 'not-found' | 'plain-text-404';
  /** Whether `?artifactType=` is heeded, and `OCI-Filters-Applied` says so. */
  filtersReferrers: boolean;
}

interface DeleteSwitches {
  tagDelete: TagDelete;
  digestDelete: DigestDelete;
  /** What goes with a tag: nothing else, or its manifest with every tag of it (old zot, GHCR). */
  tagDeleteTakes: 'tag' | 'manifest';
  /** The manifest goes with the last tag that points at it: ECR. */
  lastTagTakesImage: boolean;
  /** A DELETE in an unknown repository gets 404 NAME_UNKNOWN, or 400 with this code (zot). */
  deleteInUnknownRepository: 'not-found' | 'bad-request';
}

interface TrafficSwitches {
  rateLimit: RateLimit | undefined;
  /** Sent as `Warning: 299 - "…"` with every answer. */
  warning: string | undefined;
  /** What answers of 400 and above have for a body. */
  errorBodies: 'oci' | 'html' | 'plain' | 'empty';
  /** Milliseconds before each answer. */
  latencyMs: number;
}

/** What a fake registry does, but for who may do it. A test may change them while it runs. */
export interface Switches
  extends WriteSwitches, ReadSwitches, ListSwitches, DeleteSwitches, TrafficSwitches {}

export const DEFAULT_SWITCHES: Switches = {
  multiTag: 'ignored',
  multiTagCap: Number.POSITIVE_INFINITY,
  multiTagCapStatus: 414,
  checksChildren: true,
  refusesEmptyIndex: false,
  immutableTags: undefined,
  digestPut: 'stays',
  locationHeader: true,
  refusedMediaTypes: [],
  indexNeedsAccept: true,
  digestHeader: 'right',
  blobStorage: 'here',
  wrongBytes: false,
  conditionalReads: false,
  rePutWindowMs: undefined,
  body: 'whole',
  paging: 'ignored',
  pageSize: 100,
  wholeWithoutN: false,
  largePage: 'clamped',
  vanishedLast: 'goes-on',
  emptyLastPage: false,
  unknownRepository: 'not-found',
  nullTags: false,
  referrers: 'not-found',
  filtersReferrers: true,
  tagDelete: 'works',
  digestDelete: 'works',
  tagDeleteTakes: 'tag',
  lastTagTakesImage: false,
  deleteInUnknownRepository: 'not-found',
  rateLimit: undefined,
  warning: undefined,
  errorBodies: 'oci',
  latencyMs: 0,
};
