import { DomainError } from '../../core/domain-error';

/** The part of the global `fetch` that is used, so that tests need no network. */
export type Fetch = (
  url: string,
  init: Pick<RequestInit, 'redirect' | 'signal' | 'headers'>,
) => Promise<Response>;

export interface FetchLimits {
  readonly mostBytes: number;
  /** Ends the whole exchange. */
  readonly signal: AbortSignal;
}

export interface FetchedDocument {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly body: Buffer;
}

/**
 * Fetches a small public document of a trusted host; a redirect is an answer like any other. Throws
 * `issuer-unavailable` when there is no answer within the limits.
 */
export async function fetchDocument(
  url: URL,
  { mostBytes, signal }: FetchLimits,
  fetchIt: Fetch = fetch,
): Promise<FetchedDocument> {
  try {
    const headers = { accept: '*/*', 'user-agent': 'tagward' };
    const answer = await fetchIt(url.href, { redirect: 'manual', signal, headers });
    if (answer.status === 200) return { status: 200, body: await readCapped(answer, mostBytes) };
    await answer.body?.cancel();
    return { status: answer.status, body: Buffer.alloc(0) };
  } catch (error) {
    throw unavailable(`${url.origin} cannot be reached`, error);
  }
}

/** Not the fault of a request that it cannot be verified now; the cause is for the log. */
export function unavailable(what: string, cause?: unknown): DomainError {
  const sentence = `${what}; nothing was stored, send it again later`;
  return new DomainError('issuer-unavailable', sentence, { cause, retryable: true });
}

async function readCapped({ body }: Response, mostBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop by an error cancels the rest.
  for await (const chunk of body ?? []) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
