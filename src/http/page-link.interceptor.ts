import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, tap } from 'rxjs';

/** Sends `Link: <…>; rel="next"` (RFC 8288) with every list that has a next page. */
@Injectable()
export class PageLinkInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      tap((answer: unknown) => {
        const cursor = nextCursorOf(answer);
        if (cursor === undefined) return;
        const url = new URL(request.url, 'http://localhost');
        url.searchParams.set('cursor', cursor);
        reply.header('Link', `<${url.pathname}${url.search}>; rel="next"`);
      }),
    );
  }
}

function nextCursorOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('nextCursor' in answer)) return undefined;
  return typeof answer.nextCursor === 'string' ? answer.nextCursor : undefined;
}
