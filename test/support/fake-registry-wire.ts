import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, FakeAnswer, FakeRequest } from './fake-registry-behaviour';

const DRIP_MS = 20;
const CHUNK = Buffer.alloc(64 * 1024, ' ');
/** More than a client reads of a manifest. */
const OVERSIZE = Buffer.alloc(9 * 1024 * 1024, ' ');
const HTML: FakeAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Sign in</title>\n',
};

export interface Exchange {
  readonly request: FakeRequest;
  readonly response: ServerResponse;
  readonly behaviour: Behaviour;
  /** Whether the answer is that of the token service. */
  readonly isToken: boolean;
}

export async function readRequest(incoming: IncomingMessage, origin: string): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const url = new URL(incoming.url ?? '/', origin);
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    from: `${incoming.socket.remoteAddress ?? ''}:${incoming.socket.remotePort ?? 0}`,
  };
}

/** Sends an answer, or what the switches make of it. */
export async function sendAnswer(exchange: Exchange, answer: FakeAnswer): Promise<void> {
  const { request, response, behaviour, isToken } = exchange;
  if (behaviour.warning !== undefined) {
    response.setHeader('warning', `299 - "${behaviour.warning}"`);
  }
  const isRead = request.method === 'GET' && answer.status === 200 && !isToken;
  const body = isRead ? behaviour.body : 'whole';
  if (body === 'html') sendWhole(exchange, HTML);
  else if (body === 'oversize') sendWhole(exchange, { ...answer, body: OVERSIZE });
  else if (body === 'whole')
    sendWhole(exchange, answer.status < 400 ? answer : broken(exchange, answer));
  else await sendSlowly(response, answer, body);
}

function sendWhole({ request, response }: Exchange, answer: FakeAnswer): void {
  const bytes = begin(response, answer);
  response.setHeader('content-length', Buffer.byteLength(bytes));
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Sets the status and the headers; answers the body. */
function begin(response: ServerResponse, answer: FakeAnswer): Buffer | string {
  const { status, headers = {}, body = '' } = answer;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  return JSON.stringify(body);
}

/** The error as a registry sends it that has other words for it, or none. */
function broken({ behaviour }: Exchange, answer: FakeAnswer): FakeAnswer {
  const { headers = {} } = answer;
  switch (behaviour.errorBodies) {
    case 'oci':
      return answer;
    case 'html':
      return { ...HTML, status: answer.status, headers: { ...headers, ...HTML.headers } };
    case 'plain':
      return { status: answer.status, headers, body: 'not today\n' };
    case 'empty':
      return { status: answer.status, headers };
  }
}

/** A body that comes a byte at a time, or that never ends. */
async function sendSlowly(
  response: ServerResponse,
  answer: FakeAnswer,
  body: 'slow' | 'endless',
): Promise<void> {
  const bytes = Buffer.from(begin(response, answer));
  const isGone = (): boolean => response.destroyed;
  if (body === 'endless') {
    while (!isGone()) {
      if (!response.write(CHUNK))
        await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    return;
  }
  for (const byte of bytes) {
    if (isGone()) return;
    response.write(Buffer.of(byte));
    await delay(DRIP_MS);
  }
  response.end();
}
