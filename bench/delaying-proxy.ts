import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { z } from 'zod';
import { answerParent } from './child';

/**
 * Stands between a client and a registry and hands on every byte after a while, in both directions:
 * a longer way, not a slower server. Counts the requests that pass. A process of its own, so that
 * it takes no time from what is measured.
 */
const Question = z.union([
  z.object({ target: z.string(), delayMs: z.number() }),
  z.object({ counts: z.literal('since the last time') }),
]);

const REQUEST_LINE = /^(GET|HEAD|PUT|POST|PATCH|DELETE) \/v2\/\S* HTTP\/1\.1\r$/gm;

let counts = new Map<string, number>();

/** Hands bytes on so many milliseconds after they came, in their order. */
function handOn(from: Socket, to: Socket, delayMs: number): void {
  const later = (act: () => void): void => {
    if (delayMs === 0) act();
    else setTimeout(act, delayMs);
  };
  from.on('data', (chunk: Buffer) => {
    later(() => {
      if (to.writable) to.write(chunk);
    });
  });
  from.on('end', () => {
    later(() => to.end());
  });
  from.on('error', () => {
    to.destroy();
  });
  from.on('close', () => {
    later(() => {
      to.destroySoon();
    });
  });
}

/** A request's head comes in one piece: clients write it at once. */
function count(chunk: Buffer): void {
  for (const [, method = ''] of chunk.toString('latin1').matchAll(REQUEST_LINE)) {
    counts.set(method, (counts.get(method) ?? 0) + 1);
  }
}

async function start(target: URL, delayMs: number): Promise<object> {
  const server = createServer((client) => {
    const registry = connect(Number(target.port), target.hostname);
    client.setNoDelay(true);
    registry.setNoDelay(true);
    client.on('data', count);
    handOn(client, registry, delayMs);
    handOn(registry, client, delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return { url: `http://127.0.0.1:${address.port}` };
}

answerParent(Question, async (question) => {
  if ('target' in question) return start(new URL(question.target), question.delayMs);
  const passed = Object.fromEntries(counts);
  counts = new Map();
  return { passed };
});
