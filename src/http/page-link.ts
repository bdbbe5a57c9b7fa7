import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Sends `Link: <…>; rel="next"` (RFC 8288) with every list that has a next page. A hook, since one
 * interceptor would put every request, webhooks above all, through Nest's observables.
 */
export function addPageLink(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
  done: (error: null, answer: unknown) => void,
): void {
  const cursor = nextCursorOf(answer);
  if (cursor !== undefined) {
    const url = new URL(request.url, 'http://localhost');
    url.searchParams.set('cursor', cursor);
    reply.header('Link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  done(null, answer);
}

function nextCursorOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('nextCursor' in answer)) return undefined;
  return typeof answer.nextCursor === 'string' ? answer.nextCursor : undefined;
}
