import { DEFAULT_SWITCHES, type Switches } from './fake-registry-switches';

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
  /** What a request needs and its challenge asks for; as Distribution does unless given. */
  readonly needs?: (method: string) => string;
  /** The scope that a challenge names, instead of what the request needs. */
  readonly challenges?: (path: string) => string | undefined;
  /** Given out by a login before: taken as `refresh_token` by POST, and as the password of Basic. */
  readonly identityToken?: string;
  /** What a POST gets where the service does not take one. */
  readonly postAnswer?: FakeAnswer;
  /** Answers of the token service instead of a token. */
  readonly tokenAnswer?: FakeAnswer;
}

type FakeAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | BearerAuth;

/** The switches of a fake registry; a test may change them while it runs. */
export interface Behaviour extends Switches {
  auth: FakeAuth;
}

export const DEFAULT_BEHAVIOUR: Behaviour = { ...DEFAULT_SWITCHES, auth: { kind: 'none' } };

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
