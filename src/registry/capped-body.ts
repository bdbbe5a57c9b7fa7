import type { Readable } from 'node:stream';

export interface ReadBody {
  readonly bytes: Buffer;
  /** Whether there was more than the cap allows; the rest is not read. */
  readonly cut: boolean;
}

/** Thrown when a body drips for longer than it may as a whole. */
class BodyTooSlow extends Error {
  readonly code = 'BODY_TOO_SLOW';
}

/**
 * Reads a body up to the cap. A longer one is dropped together with its connection, since to read
 * on would let the server decide how much memory and time it costs. By events: the iterator of a
 * stream costs more than the rest of a small request.
 */
export function readCapped(body: Readable, capBytes: number, timeoutMs: number): Promise<ReadBody> {
  const deadline = performance.now() + timeoutMs;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(size > capBytes ? chunk.subarray(0, chunk.length - (size - capBytes)) : chunk);
      if (size > capBytes) {
        resolve({ bytes: Buffer.concat(chunks), cut: true });
        body.destroy();
      } else if (performance.now() > deadline) {
        body.destroy(new BodyTooSlow('the body took too long'));
      }
    });
    body.once('end', () => {
      const [only] = chunks;
      resolve({ bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks), cut: false });
    });
    // Stays for what a destroyed body still has to say.
    body.on('error', reject);
  });
}
