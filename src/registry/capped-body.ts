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
 * on would let the server decide how much memory and time it costs.
 */
export async function readCapped(
  body: AsyncIterable<Buffer>,
  capBytes: number,
  timeoutMs: number,
): Promise<ReadBody> {
  const deadline = performance.now() + timeoutMs;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > capBytes) {
      chunks.push(chunk.subarray(0, chunk.length - (size - capBytes)));
      return { bytes: Buffer.concat(chunks), cut: true };
    }
    chunks.push(chunk);
    if (performance.now() > deadline) throw new BodyTooSlow('the body took too long');
  }
  const [only] = chunks;
  return { bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks), cut: false };
}
