import type { ApiCall, ApiReply } from './api-server';
import { basic, digestOf, type FakeProduct, TOKEN, USER } from './provider-pair';

type Deletable = Pick<FakeProduct, 'tags' | 'kept'>;

interface Shape {
  readonly kind: FakeProduct['kind'];
  readonly path: string;
  /** What a tag's URL is, before the tag. */
  readonly before: string;
  readonly after?: (tag: string) => string;
  readonly isAuthorised: (call: ApiCall) => boolean;
  readonly done: ApiReply;
  readonly absent: ApiReply;
  readonly kept: ApiReply;
  readonly unauthorised: ApiReply;
}

/** `1.0` and `1.1` on one manifest, `2.0` on another, and `kept`, which is protected. */
function contents(): Deletable {
  const tags = new Map(
    ['1.0', '1.1', '2.0', 'kept'].map((tag) => [tag, digestOf(tag.slice(0, 1))] as const),
  );
  return { tags, kept: new Set(['kept']) };
}

function product(shape: Shape): FakeProduct {
  const held = contents();
  const isDelete = ({ method }: ApiCall): boolean => method === 'DELETE';
  const answer = (call: ApiCall): ApiReply => {
    if (!shape.isAuthorised(call)) return shape.unauthorised;
    for (const tag of [...held.tags.keys(), 'gone']) {
      const isThis = call.path === `${shape.before}${tag}${shape.after?.(tag) ?? ''}`;
      if (!isThis || !isDelete(call)) continue;
      if (held.kept.has(tag)) return shape.kept;
      return held.tags.delete(tag) ? shape.done : shape.absent;
    }
    return { status: 404, json: { message: `no route for ${call.method} ${call.path}` } };
  };
  return { kind: shape.kind, path: shape.path, ...held, isDelete, answer };
}

/** goharbor/harbor, api/v2.0/swagger.yaml: deleteTag. */
export function fakeHarbor(path = 'shop/gallery/ui', repository = 'gallery%252Fui'): FakeProduct {
  const error = (status: number, code: string): ApiReply => ({
    status,
    json: { errors: [{ code, message: `about ${TOKEN}` }] },
  });
  return product({
    kind: 'harbor',
    path,
    before: `/api/v2.0/projects/shop/repositories/${repository}/artifacts/`,
    after: (tag) => `/tags/${tag}`,
    isAuthorised: ({ headers }) => headers.authorization === basic(USER, TOKEN),
    done: { status: 200 },
    absent: error(404, 'NOT_FOUND'),
    kept: error(412, 'PRECONDITION'),
    unauthorised: error(401, 'UNAUTHORIZED'),
  });
}

/** docs.quay.io, API: deleteFullTag. */
export function fakeQuay(
  path = 'shop/ui',
  before = '/api/v1/repository/shop/ui/tag/',
): FakeProduct {
  const error = (status: number, type: string): ApiReply => ({
    status,
    json: { detail: `about ${TOKEN}`, error_type: type, status, title: type },
  });
  return product({
    kind: 'quay',
    path,
    before,
    isAuthorised: ({ headers }) => headers.authorization === `Bearer ${TOKEN}`,
    done: { status: 204 },
    absent: error(404, 'not_found'),
    kept: error(409, 'tag_immutable'),
    unauthorised: error(401, 'invalid_token'),
  });
}

export interface HubOptions {
  readonly path?: string;
  readonly before?: string;
  /** Of the tokens that it gives out; no JWT unless given. */
  readonly claims?: () => object;
}

export interface FakeHub extends FakeProduct {
  /** From now on no token serves that was given out before. */
  readonly endTokens: () => void;
}

/** docs.docker.com, Docker Hub API 2: AuthCreateAccessToken; DELETE of a tag as Harbor's adapter. */
export function fakeHub(options: HubOptions = {}, secret = TOKEN): FakeHub {
  const { path = 'shop/ui', before = '/v2/repositories/shop/ui/tags/', claims } = options;
  const good = new Set<string>();
  let given = 0;
  const login = (body: string): ApiReply => {
    if (body !== JSON.stringify({ identifier: USER, secret })) {
      return { status: 401, json: { detail: `about ${secret}` } };
    }
    given += 1;
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = claims
      ? `${part({ alg: 'RS256' })}.${part(claims())}.signature${given}`
      : `hub-token-${given}`;
    good.add(`Bearer ${token}`);
    return { status: 200, json: { access_token: token } };
  };
  const tags = product({
    kind: 'docker-hub',
    path,
    before,
    after: () => '/',
    isAuthorised: ({ headers }) => good.has(headers.authorization ?? ''),
    done: { status: 204 },
    absent: { status: 404, json: { message: 'httperror 404: object not found', errinfo: {} } },
    kept: { status: 403, json: { detail: `about ${TOKEN}` } },
    unauthorised: { status: 401, json: { detail: 'token expired' } },
  });
  return {
    ...tags,
    endTokens: () => {
      good.clear();
    },
    answer: (call) => {
      const isLogin = call.method === 'POST' && call.path === '/v2/auth/token';
      return isLogin ? login(call.body) : tags.answer(call);
    },
  };
}
