import { randomBytes } from 'node:crypto';
import {
  type BearerAuth,
  type Behaviour,
  errorAnswer,
  type FakeAnswer,
  type FakeRequest,
} from './fake-registry-behaviour';

interface IssuedToken {
  readonly scopes: ReadonlySet<string>;
  readonly endsAt: number;
}

const DEFAULT_LIFE_SECONDS = 60;

/** The door of a fake registry: checks requests and is the token service at `/token`. */
export class FakeAuthority {
  private tokens = new Map<string, IssuedToken>();

  constructor(
    private readonly behaviour: Behaviour,
    private readonly now: () => number,
  ) {}

  /** From now on no token that was issued before is taken. */
  revokeTokens(): void {
    this.tokens = new Map();
  }

  /** The 401 that a request gets; undefined when it may pass. */
  challenge(
    request: FakeRequest,
    path: string | undefined,
    origin: string,
  ): FakeAnswer | undefined {
    const { auth } = this.behaviour;
    if (auth.kind === 'none') return undefined;
    const header = String(request.headers['authorization'] ?? '');
    if (auth.kind === 'basic') {
      return isBasic(header, auth) ? undefined : refusal(['Basic realm="fake"']);
    }
    const action = (auth.needs ?? actionOf)(request.method);
    if (auth.offersBasic === true && isBasic(header, auth)) return undefined;
    if (this.isGranted(header, path, action)) return undefined;
    const realm = auth.realm ?? `${origin}/token`;
    const bearer = `Bearer realm="${realm}",service="fake-registry"${scopeOf(auth, path, action)}`;
    return refusal([auth.offersBasic === true ? `${bearer}, Basic realm="fake"` : bearer]);
  }

  answerToken(request: FakeRequest): FakeAnswer {
    const { auth } = this.behaviour;
    if (auth.kind !== 'bearer') return { status: 404 };
    if (auth.tokenAnswer !== undefined) return auth.tokenAnswer;
    if (request.method === 'POST' && auth.postAnswer !== undefined) return auth.postAnswer;
    if (!isKnown(request, auth)) return errorAnswer(401, 'UNAUTHORIZED');
    const { query, method } = request;
    const form = method === 'POST' ? new URLSearchParams(request.body.toString()) : query;
    const asked = form.getAll('scope').flatMap((scope) => scope.split(' '));
    if (asked.some((scope) => auth.refusesScope?.(scope) === true)) {
      return errorAnswer(400, 'DENIED');
    }
    return this.issue(auth, asked);
  }

  private issue(auth: BearerAuth, asked: readonly string[]): FakeAnswer {
    const token = `token-${randomBytes(12).toString('hex')}`;
    const scopes = new Set(asked.flatMap((scope) => grantsOf(scope, auth)));
    const life = (auth.expiresInSeconds ?? DEFAULT_LIFE_SECONDS) * 1_000;
    this.tokens.set(token, { scopes, endsAt: this.now() + life });
    return {
      status: 200,
      body: {
        [auth.tokenField ?? 'token']: token,
        ...(auth.expiresInSeconds === undefined ? {} : { expires_in: auth.expiresInSeconds }),
        ...(auth.withIssuedAt === true ? { issued_at: new Date(this.now()).toISOString() } : {}),
      },
    };
  }

  private isGranted(header: string, path: string | undefined, actions: string): boolean {
    const issued = this.tokens.get(header.replace(/^Bearer /, ''));
    if (issued === undefined || issued.endsAt <= this.now()) return false;
    if (path === undefined) return true;
    const { scopes } = issued;
    return scopes.has(`${path}:*`) || actions.split(',').every((a) => scopes.has(`${path}:${a}`));
  }
}

function grantsOf(scope: string, auth: BearerAuth): readonly string[] {
  const [, path = '', actions = ''] = scope.split(':');
  const asked = actions.split(',');
  return (auth.grants?.(asked) ?? asked).map((action) => `${path}:${action}`);
}

function scopeOf(auth: BearerAuth, path: string | undefined, action: string): string {
  if (path === undefined) return '';
  const scope =
    auth.challenges === undefined ? `repository:${path}:${action}` : auth.challenges(path);
  return scope === undefined ? '' : `,scope="${scope}"`;
}

/** Whether the token service gives tokens to whoever asks like this. */
function isKnown(request: FakeRequest, auth: BearerAuth): boolean {
  const { username, password, identityToken } = auth;
  const header = String(request.headers['authorization'] ?? '');
  if (request.method === 'POST') {
    const form = new URLSearchParams(request.body.toString());
    const isGrant = form.get('grant_type') === 'refresh_token' && form.get('client_id') !== null;
    return isGrant && form.get('refresh_token') === identityToken;
  }
  if (identityToken !== undefined && isBasic(header, { username, password: identityToken })) {
    return true;
  }
  if (password !== undefined) return isBasic(header, { username, password });
  return identityToken === undefined;
}

/** As Distribution challenges. */
function actionOf(method: string): string {
  if (method === 'GET' || method === 'HEAD') return 'pull';
  return method === 'DELETE' ? 'delete' : 'pull,push';
}

function isBasic(
  header: string,
  auth: { readonly username?: string | undefined; readonly password?: string | undefined },
): boolean {
  const expected = Buffer.from(`${auth.username ?? ''}:${auth.password ?? ''}`).toString('base64');
  return header === `Basic ${expected}`;
}

function refusal(challenges: readonly string[]): FakeAnswer {
  return { ...errorAnswer(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': challenges } };
}
