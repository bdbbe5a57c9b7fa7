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
  | 'denied';

type DigestDelete =
  /** 202, and every tag of the digest is gone with it. */
  | 'works'
  /** 202, but the tags stay listed: crane registry serve. */
  | 'leaves-tags'
  /** 405 UNSUPPORTED. */
  | 'disabled'
  /** 403 DENIED. */
  | 'denied'
  /** 400 GOOGLE_MANIFEST_DANGLING_TAG while a tag points at it. */
  | 'dangling-tag'
  /** 405 DENIED while an index refers to it: zot. */
  | 'protects-children';

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

export interface BearerAuth {
  readonly kind: 'bearer';
  /** Without them tokens are given to anybody. */
  readonly username?: string;
  readonly password?: string;
  /** Instead of the registry's own `/token`. */
  readonly realm?: string;
  /** Left out of the token answer when undefined. */
  readonly expiresInSeconds?: number;
  readonly tokenField?: 'token' | 'access_token';
  /** Says in `issued_at` when the token was issued. */
  readonly withIssuedAt?: boolean;
  /** Adds a Basic challenge to the header, as Gitea does; Basic is then taken, too. */
  readonly offersBasic?: boolean;
  /** The token service refuses a request for this scope (400). */
  readonly refusesScope?: (scope: string) => boolean;
  /** The actions that the service grants out of those asked for. */
  readonly grants?: (actions: readonly string[]) => readonly string[];
  /** Answers of the token service instead of a token. */
  readonly tokenAnswer?: FakeAnswer;
}

type FakeAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | BearerAuth;

/** The switches of a fake registry; a test may change them while it runs. */
export interface Behaviour {
  auth: FakeAuth;
  tagDelete: TagDelete;
  digestDelete: DigestDelete;
  paging: Paging;
  pageSize: number;
  /** 404 for an index when `Accept` does not name its type: Distribution 2.8. */
  indexNeedsAccept: boolean;
  /** 400 MANIFEST_BLOB_UNKNOWN on PUT of an index whose child is not there. */
  checksChildren: boolean;
  /** What a listing of an unknown repository gets: 404 NAME_UNKNOWN, or 200 with `[]` (olareg). */
  unknownRepository: 'not-found' | 'empty';
  /** An empty listing says `tags: null`. */
  nullTags: boolean;
  digestHeader: 'right' | 'missing' | 'wrong';
  /** GET of a manifest answers with other bytes than those of the digest. */
  wrongBytes: boolean;
  /** 409 or 412 for a PUT that would move a tag. */
  immutableTags: 409 | 412 | undefined;
  /** Milliseconds before each answer. */
  latencyMs: number;
}

export const DEFAULT_BEHAVIOUR: Behaviour = {
  auth: { kind: 'none' },
  tagDelete: 'works',
  digestDelete: 'works',
  paging: 'ignored',
  pageSize: 100,
  indexNeedsAccept: true,
  checksChildren: true,
  unknownRepository: 'not-found',
  nullTags: false,
  digestHeader: 'right',
  wrongBytes: false,
  immutableTags: undefined,
  latencyMs: 0,
};

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON. */
  readonly body?: Buffer | string | object;
}

/** One request as the registry got it. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
  /** The client's end of the connection. */
  readonly from: string;
}

export type RequestMatch = (request: FakeRequest) => boolean;

/**
 * What goes wrong with one request.
 * - an answer: sent instead of doing anything.
 * - `reset`: the connection breaks, nothing has happened.
 * - `reset-after-effect`: it has happened, but nobody hears of it.
 * - `hang`, `hang-after-effect`: no answer ever, until the registry stops.
 */
export type Fault = FakeAnswer | 'reset' | 'reset-after-effect' | 'hang' | 'hang-after-effect';

export function errorAnswer(status: number, code: string, message = code): FakeAnswer {
  return { status, body: { errors: [{ code, message }] } };
}
