import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Misbehaviour } from './misbehaving-proxy';
import type { ProxiedAnswer } from './proxied-exchange';

const HUGE_BYTES = 200 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, ' ');

/** The connection breaks before the registry has heard anything. */
export const resetAtOnce: Misbehaviour = async (exchange) => {
  await exchange.read();
  exchange.reset();
};

/** The connection breaks when half of the request's body is through. */
export const resetHalfway: Misbehaviour = async (exchange) => {
  await exchange.forwardHalf();
  exchange.reset();
};

/** The registry has carried it out, and nobody hears of it. */
export const loseAnswer: Misbehaviour = async (exchange) => {
  await exchange.forward();
  exchange.reset();
};

/** No answer at all, whether or not the registry has carried the request out. */
export function hang(when: 'before' | 'after'): Misbehaviour {
  return async (exchange) => {
    if (when === 'after') await exchange.forward();
  };
}

/** An answer of the proxy's own; the registry hears nothing. */
export function answerWith(answer: ProxiedAnswer): Misbehaviour {
  return async (exchange) => {
    await exchange.read();
    exchange.answer(answer);
  };
}

/** The registry has carried it out, and the answer is another one. */
export function answerAfterEffect(answer: ProxiedAnswer): Misbehaviour {
  return async (exchange) => {
    await exchange.forward();
    exchange.answer(answer);
  };
}

/** The registry's answer with other header fields; undefined takes one away. */
export function withHeaders(fields: Readonly<Record<string, string | undefined>>): Misbehaviour {
  return async (exchange) => {
    const answer = await exchange.forward();
    const headers = Object.fromEntries(
      Object.entries({ ...answer.headers, ...fields }).filter(([, value]) => value !== undefined),
    );
    exchange.answer({ ...answer, headers });
  };
}

/** The registry's answer with another body; its length is right. */
export function withBody(body: Buffer | string): Misbehaviour {
  return async (exchange) => {
    const { status, headers: { 'content-length': _length, ...headers } = {} } =
      await exchange.forward();
    exchange.answer({ status, headers, body });
  };
}

export function page(status = 200): ProxiedAnswer {
  const body = '<!doctype html><title>Sign in</title>';
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

export function json(
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ProxiedAnswer {
  const body = JSON.stringify(value);
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body };
}

export function redirect(status: number, location: string): ProxiedAnswer {
  return { status, headers: { location } };
}

/**
 * Half of the answer's body. `early`: the length says that there is more, and the connection ends.
 * `short`: the length is that of the half. `overlong`: so it is, but all is sent.
 */
export function truncate(how: 'early' | 'short' | 'overlong'): Misbehaviour {
  return async (exchange) => {
    const { status, headers, body } = bytesOf(await exchange.forward());
    const half = body.subarray(0, body.length / 2);
    if (how === 'early') {
      await exchange.write(headOf(status, headers));
      await exchange.write(half);
      exchange.end();
      return;
    }
    exchange.answer({
      status,
      headers: { ...headers, 'content-length': `${half.length}` },
      body: half,
    });
    if (how === 'overlong') await exchange.write(body.subarray(half.length));
  };
}

/** Half of the answer's body, and then nothing any more. */
export const hangHalfway: Misbehaviour = async (exchange) => {
  const { status, headers, body } = bytesOf(await exchange.forward());
  await exchange.write(headOf(status, headers));
  await exchange.write(body.subarray(0, body.length / 2));
};

/** The answer's body, a byte at a time, until the client has had enough. */
export const drip: Misbehaviour = async (exchange) => {
  const { status, headers } = bytesOf(await exchange.forward());
  await exchange.write(headOf(status, { ...headers, 'content-length': String(HUGE_BYTES) }));
  while (await exchange.write(' ')) await delay(5);
};

/** Header fields, one byte at a time, until the client has had enough. */
export const dripHeaders: Misbehaviour = async (exchange) => {
  await exchange.read();
  await exchange.write('HTTP/1.1 200 OK\r\nx-slow: ');
  while (await exchange.write('x')) await delay(5);
};

/** An interim answer now and then, and never a final one. */
export const interimForEver: Misbehaviour = async (exchange) => {
  await exchange.read();
  while (await exchange.write('HTTP/1.1 103 Interim\r\n\r\n')) await delay(5);
};

/** The size of a chunk with an extension that goes on for as long as the client reads. */
export const dripChunk: Misbehaviour = async (exchange) => {
  await exchange.read();
  await exchange.write(headOf(200, { 'transfer-encoding': 'chunked' }));
  await exchange.write('1;');
  while (await exchange.write('x')) await delay(5);
};

/** 200 MB in step with the client, with a length or in chunks. */
export function flood(how: 'length' | 'chunked', status = 200, start = ''): Misbehaviour {
  return async (exchange) => {
    await exchange.read();
    const framing =
      how === 'length'
        ? { 'content-length': String(HUGE_BYTES) }
        : { 'transfer-encoding': 'chunked' };
    const piece = how === 'length' ? PIECE : chunkOf(PIECE);
    await exchange.write(headOf(status, { 'content-type': 'application/json', ...framing }));
    if (start !== '') await exchange.write(how === 'length' ? start : chunkOf(Buffer.from(start)));
    while (exchange.sentBytes < HUGE_BYTES && (await exchange.write(piece)));
  };
}

/** What is no HTTP; the request's own authorization is echoed, as debugging pages do. */
export const garbage: Misbehaviour = async (exchange) => {
  await exchange.read();
  await exchange.write(`SSH-2.0-OpenSSH_9.2 ${exchange.authorization ?? ''}\r\n\r\n`);
  exchange.end();
};

/** The registry's answer as HTTP/1.0 sent it: the end of the connection ends the body. */
export const oldHttp: Misbehaviour = async (exchange) => {
  const { status, headers, body } = bytesOf(await exchange.forward());
  const { 'content-length': _length, ...others } = headers;
  await exchange.write(headOf(status, { ...others, connection: 'close' }, 'HTTP/1.0'));
  if (exchange.method !== 'HEAD') await exchange.write(body);
  exchange.end();
};

/** Interim answers before the registry's own. */
export function interim(status: 100 | 103, times = 1): Misbehaviour {
  return async (exchange) => {
    const answer = await exchange.forward();
    for (let sent = 0; sent < times; sent += 1) {
      if (!(await exchange.write(`HTTP/1.1 ${status} Interim\r\n\r\n`))) return;
    }
    exchange.answer(answer);
  };
}

/** The registry's answer with a header field of 64 KiB. */
export const hugeHeaders = withHeaders({ 'x-huge': 'x'.repeat(64 * 1024) });

/** A body where HTTP has none, in the answer to a HEAD; it looks like the answer to what follows. */
export const bodyAfterHead: Misbehaviour = async (exchange) => {
  exchange.answer(await exchange.forward());
  await exchange.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
};

/** 201 to a write that is not carried out. */
export const pretend: Misbehaviour = async (exchange) => {
  const hash = createHash('sha256').update(await exchange.read());
  const headers = { 'docker-content-digest': `sha256:${hash.digest('hex')}` };
  exchange.answer({ status: 201, headers });
};

/** Misbehaves in turn, and with the last one from then on. */
export function inTurn(...all: readonly Misbehaviour[]): Misbehaviour {
  return (exchange, turn) => all[Math.min(turn, all.length - 1)]?.(exchange, turn);
}

function bytesOf({ status, headers = {}, body = '' }: ProxiedAnswer): {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
} {
  return { status, headers, body: Buffer.from(body) };
}

function headOf(
  status: number,
  headers: Readonly<Record<string, unknown>>,
  version = 'HTTP/1.1',
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `${version} ${status} Status\r\n${lines.join('')}\r\n`;
}

function chunkOf(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}
