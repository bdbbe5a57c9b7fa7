import { randomUUID } from 'node:crypto';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../core/domain-error';
import { answerClientError } from './client-errors';
import { addPageLink } from './page-link';
import { PROBLEM_MEDIA_TYPE, toProblem } from './problem';
import type { RateLimits } from './rate-limits';

/** Bytes; what one request may bring unless its kind is larger by nature. */
export const MOST_BODY_BYTES = 1024 * 1024;
export const WEBHOOKS = '/webhooks/';
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTION_CHECK_MS = 5_000;
/** Tags have up to 128 characters and slugs up to 320; what is longer is refused by its grammar. */
const LONGEST_PARAMETER = 1_024;
const MOST_HEADER_BYTES = 16 * 1024;

/** Includes `application/vnd.docker.distribution.events.v1+json` and `….v2+json`. */
const JSON_TYPES = /^application\/(?:json|[\w.!#$&^-]+\+json)(?:;|$)/i;
const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

export interface ServerOptions {
  /** Bytes that a source of this id may send; undefined for an unknown one. */
  readonly mostBytesOfSource: (source: string) => number | undefined;
  /** Bytes that any of them may send: what does not say its length is cut there. */
  readonly mostWebhookBytes: number;
  readonly limits: Pick<RateLimits, 'faultOf'>;
}

/** The HTTP server: every limit is set here, none is a default that a release may change. */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 0,
    forceCloseConnections: 'idle',
    // Nest's middleware runner, a hook on every request; there is no middleware here.
    skipMiddie: true,
    frameworkErrors: answerBrokenPath,
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
      // Asked for below, where the answer can be a problem.
      requireHostHeader: false,
    },
    genReqId: (request: { headers: Record<string, unknown> }) => {
      const sent = request.headers['x-request-id'];
      return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
    },
  });
}

/** A path that cannot even be decoded reaches no route and no filter. */
function answerBrokenPath(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const broken = new DomainError('path-invalid', 'the path is not a legal URL', { cause: error });
  const problem = toProblem(broken, request.id);
  setCommonHeaders(request, reply);
  reply.status(problem.status).header('Content-Type', PROBLEM_MEDIA_TYPE).send(problem);
}

/**
 * Hands raw bytes to the routes: what is verified and what is parsed are the same bytes. Compressed
 * bodies are refused, since their size is not the size that is read.
 */
export function configureServer(
  app: NestFastifyApplication,
  { mostBytesOfSource, mostWebhookBytes, limits }: ServerOptions,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  // Amazon SNS says that its JSON is text.
  fastify.addContentTypeParser('text/plain', { parseAs: 'buffer' }, ({ url }, body, done) => {
    if (url.startsWith(WEBHOOKS)) done(null, body);
    else done(new DomainError('media-type-unsupported', 'send application/json'), undefined);
  });
  const routes = new RouteTable();
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith(WEBHOOKS)) route.bodyLimit = mostWebhookBytes;
    routes.add(route.url, [route.method].flat());
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    const allowed = routes.methodsInsteadOf(request);
    if (allowed.length > 0) reply.header('Allow', allowed.join(', '));
    const refusal =
      (isLimited(request.url) ? limits.faultOf(request.ip) : undefined) ??
      refusalOf(request, allowed) ??
      refusalOfSize(request, mostBytesOfSource);
    // What follows on this connection would be the body that nobody reads.
    if (refusal !== undefined && (hasBody(request) || !hasHost(request)))
      reply.header('Connection', 'close');
    done(refusal);
  });
  fastify.addHook('preSerialization', addPageLink);
}

/** Answers are data for programs: no page may frame, run or keep them. */
const SAFE_HEADERS = {
  'Cache-Control': 'private, no-cache',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('X-Request-Id', request.id);
  reply.headers(SAFE_HEADERS);
}

function refusalOf(request: FastifyRequest, allowed: readonly string[]): DomainError | undefined {
  if (!hasHost(request)) return new DomainError('request-malformed', 'the request names no host');
  if (allowed.length > 0) {
    const sentence = `this path takes ${allowed.join(' and ')}, not ${request.method}`;
    return new DomainError('method-not-allowed', sentence);
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return undefined;
  const sentence = `send the body without Content-Encoding, not ${encoding}`;
  return new DomainError('encoding-unsupported', sentence);
}

/** Which only HTTP/1.0 may leave out. */
function hasHost({ headers, raw }: FastifyRequest): boolean {
  return headers.host !== undefined || raw.httpVersion === '1.0';
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

/** Probes of orchestrators come from wherever they come from. */
function isLimited(url: string): boolean {
  return url.startsWith(WEBHOOKS) || url.startsWith('/api/');
}

/** Before the body is read, where the sender says how long it is. */
function refusalOfSize(
  { url, headers }: FastifyRequest,
  mostBytesOfSource: ServerOptions['mostBytesOfSource'],
): DomainError | undefined {
  if (!url.startsWith(WEBHOOKS)) return undefined;
  const [source = ''] = url.slice(WEBHOOKS.length).split(/[/?]/, 1);
  const mostBytes = mostBytesOfSource(source) ?? MOST_BODY_BYTES;
  if (!(Number(headers['content-length']) > mostBytes)) return undefined;
  return new DomainError('body-too-large', `the body is over the limit of ${mostBytes} bytes`);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Fastify answers 404 to a known path with another method; this table knows better. */
class RouteTable {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  private readonly literals = new Map<string, readonly string[]>();

  add(url: string, methods: readonly string[]): void {
    const segments = url
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '[^/]+' : escape(segment)));
    const pattern = new RegExp(`^${segments.join('/')}$`);
    this.routes.push({ pattern, methods });
    if (!url.includes(':')) this.literals.set(url, [...(this.literals.get(url) ?? []), ...methods]);
  }

  /** The methods of a path that does not take this one; empty when it does, or is unknown. */
  methodsInsteadOf({ url, method, is404 }: FastifyRequest): readonly string[] {
    const [path = ''] = url.split('?', 1);
    const literal = this.literals.get(path) ?? [];
    // A path that is written out is no value of a parameter, whatever the method.
    if (literal.length > 0) return literal.includes(method) ? [] : [...literal].sort();
    if (!is404) return [];
    const matching = this.routes.filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
  }
}
