import { randomUUID } from 'node:crypto';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DomainError } from '../core/domain-error';

const MOST_BODY_BYTES = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTION_CHECK_MS = 5_000;
const MOST_HEADER_BYTES = 16 * 1024;

/** Includes `application/vnd.docker.distribution.events.v1+json` and `….v2+json`. */
const JSON_TYPES = /^application\/(?:json|[\w.!#$&^-]+\+json)(?:;|$)/i;
const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** The HTTP server: every limit is set here, none is a default that a release may change. */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 0,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    genReqId: (request: { headers: Record<string, unknown> }) => {
      const sent = request.headers['x-request-id'];
      return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
    },
  });
}

/**
 * Hands raw bytes to the routes: what is verified and what is parsed are the same bytes. Compressed
 * bodies are refused, since their size is not the size that is read.
 */
export function configureServer(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    reply.header('X-Content-Type-Options', 'nosniff');
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity') {
      done();
      return;
    }
    const sentence = `send the body without Content-Encoding, not ${encoding}`;
    done(new DomainError('encoding-unsupported', sentence));
  });
}
