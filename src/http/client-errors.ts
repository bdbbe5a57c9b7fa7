import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError, type DomainErrorCode } from '../core/domain-error';
import { PROBLEM_MEDIA_TYPE, toProblem } from './problem';

const SENTENCES = {
  'request-malformed': 'this is no request that HTTP/1.1 allows',
  'request-timeout': 'the request was not sent in the time that it may take',
  'headers-too-large': 'the headers are over the limit of 16 kB',
} as const satisfies Partial<Record<DomainErrorCode, string>>;

const CODES: Readonly<Record<string, keyof typeof SENTENCES>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
};

/**
 * Answers what the parser of HTTP refuses, before there is a request: a problem like all others, and
 * the end of the connection, since nobody knows where the next request would begin.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = CODES[error.code ?? ''] ?? 'request-malformed';
  const requestId = randomUUID();
  const problem = toProblem(new DomainError(code, SENTENCES[code]), requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: private, no-cache',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
}
