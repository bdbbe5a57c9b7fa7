import { join } from 'node:path';
import { z } from 'zod';
import { SOURCE_KINDS } from '../../src/config/source-kinds';
import { Receipts } from '../../src/deliveries/delivery.schema';
import { Problem } from '../support/service';
import type { FuzzInput } from './inputs';
import { isAuthentic, sentBody } from './proof';
import { secretOf } from './scene';
import { CUT_OFF, type FuzzAnswer } from './sending';

const MIB = 1024 * 1024;
const TAKEN = z.strictObject({
  deliveries: z.array(z.strictObject(Receipts.shape.deliveries.unwrap().element.shape)),
});
const REFUSED = z.strictObject(Problem.shape);
const ROOT = join(__dirname, '../..');
/** A stack, a place in the file system, a product or what it was made with. */
const INSIDES =
  /\n\s+at |node_modules|\.(?:js|ts|cjs|mjs):\d|fastify|nestjs|sqlite|typeorm|undici/i;
export const SECRETS: readonly string[] = SOURCE_KINDS.flatMap((kind) =>
  ['secret', 'token', 'urlSecret'].map((form) => secretOf(kind, form)),
);

/** What is wrong with an answer to an input; undefined when nothing is. */
export function faultOf(input: FuzzInput, answer: FuzzAnswer | typeof CUT_OFF): string | undefined {
  if (answer === CUT_OFF) return mayBeCutOff(input) ? undefined : 'the connection was cut off';
  const { status, headers, text } = answer;
  if (status >= 500) return `status ${status}`;
  if (headers['server'] ?? headers['x-powered-by']) return 'the answer names its server';
  if (isHead(input)) return undefined;
  if (text.includes(ROOT) || INSIDES.test(text)) return 'the answer shows insides';
  if (SECRETS.some((secret) => text.includes(secret))) return 'the answer shows a secret';
  return wrongForm(answer) ?? wrongVerdict(input, status);
}

function wrongForm({ status, headers, text }: FuzzAnswer): string | undefined {
  const isTaken = status < 300;
  const type = isTaken ? 'application/json' : 'application/problem+json';
  const sent = String(headers['content-type']).split(';', 1)[0];
  if (sent !== type) return `the media type is ${String(sent)}, not ${type}`;
  const parsed = (isTaken ? TAKEN : REFUSED).safeParse(jsonIn(text));
  return parsed.success ? undefined : `the answer has another shape: ${parsed.error.message}`;
}

/** Nobody is let in without a proof, and no authentic sender is refused for what it says. */
function wrongVerdict(input: FuzzInput, status: number): string | undefined {
  const { envelope, hasOddHeaders, kind } = input;
  const isOut = envelope?.method !== undefined || envelope?.path !== undefined;
  if (!isAuthentic(input) || isOut) {
    return status < 300 ? 'a request without a proof was taken' : undefined;
  }
  if (envelope !== undefined || hasOddHeaders || sentBody(input).length > mostBytesOf(input)) {
    return undefined;
  }
  const expected = kind === 'generic' ? [200, 202, 403, 422] : [200, 202];
  return expected.includes(status) ? undefined : `an authentic request got ${status}`;
}

/** What is refused before its body is read ends the connection. */
function mayBeCutOff(input: FuzzInput): boolean {
  return input.envelope !== undefined || sentBody(input).length > mostBytesOf(input);
}

function mostBytesOf({ kind }: FuzzInput): number {
  return kind === 'zot' ? 8 * MIB : MIB;
}

function isHead({ envelope }: FuzzInput): boolean {
  return envelope?.method === 'HEAD';
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The ids of the deliveries that an answer says are stored. */
export function storedIds(answer: FuzzAnswer | typeof CUT_OFF): readonly number[] {
  if (answer === CUT_OFF || answer.status >= 300 || answer.text === '') return [];
  const taken = TAKEN.safeParse(jsonIn(answer.text));
  return (taken.data?.deliveries ?? []).map(({ id }) => id);
}
