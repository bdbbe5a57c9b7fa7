import { Readable } from 'node:stream';
import type { Pool } from 'undici';
import { z } from 'zod';
import type { OidcIssuer } from '../support/oidc-issuer';
import type { Headers } from './corpus';
import type { FuzzInput } from './inputs';
import { proofOf, sentBody } from './proof';

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The server ended the connection before it had read the whole body, so the answer may be lost. */
export const CUT_OFF = 'cut off';

const Coded = z.looseObject({ code: z.string() });
const CUT_OFF_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Sends an input as it says. */
export async function sendInput(
  pool: Pool,
  input: FuzzInput,
  issuer: OidcIssuer,
): Promise<FuzzAnswer | typeof CUT_OFF> {
  const { envelope = {} } = input;
  const proof = await proofOf(input, issuer);
  const body = sentBody(input);
  try {
    const answer = await pool.request({
      method: envelope.method ?? 'POST',
      path: (envelope.path ?? proof.path) + (envelope.query ?? ''),
      headers: { ...headersOf(input), ...proof.headers },
      body: envelope.chunked === true ? Readable.from(partsOf(body)) : body,
    });
    const { statusCode: status, headers } = answer;
    return { status, headers, text: await answer.body.text() };
  } catch (error) {
    if (isCutOff(error)) return CUT_OFF;
    throw error;
  }
}

function headersOf({ headers, envelope = {} }: FuzzInput): Headers {
  const { contentType, contentEncoding } = envelope;
  const { 'content-type': usual = 'application/json', ...others } = headers;
  return {
    ...others,
    ...(contentType === null ? {} : { 'content-type': contentType ?? usual }),
    ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
  };
}

function partsOf(body: Buffer): readonly Buffer[] {
  const size = Math.ceil(body.length / 5);
  return [0, 1, 2, 3, 4]
    .map((part) => body.subarray(part * size, (part + 1) * size))
    .filter(({ length }) => length > 0);
}

/** By its code alone: under Jest an error of Node itself is of another realm, so no `Error` there. */
function isCutOff(error: unknown): boolean {
  return CUT_OFF_CODES.has(Coded.safeParse(error).data?.code ?? '');
}
