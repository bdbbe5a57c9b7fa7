import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret';
import type { IncomingWebhook } from './source';

/** https://www.standardwebhooks.com, symmetric signatures (`v1`). */

const WINDOW_MS = 300_000;
const MOST_SIGNATURES = 10;
/** What a `webhook-id` may be. No dot, since the signed text is joined with dots. */
export const WEBHOOK_ID = /^[A-Za-z0-9_:-]{1,128}$/;
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE_BYTES = 32;

/** When a request was signed, as it says (UTC milliseconds); undefined when it does not. */
export function signedAt({ headers }: IncomingWebhook): number | undefined {
  const timestamp = headers['webhook-timestamp'] ?? '';
  return TIMESTAMP.test(timestamp) ? Number(timestamp) * 1_000 : undefined;
}

/** Both are UTC milliseconds. */
export function isWithinWindow(sentAt: number, now: number): boolean {
  return Math.abs(now - sentAt) <= WINDOW_MS;
}

/**
 * Whether a request carries a signature of its raw bytes by the secret, made at most five minutes
 * from now (UTC milliseconds). Never throws; compares in constant time.
 */
export function hasValidSignature(
  { headers, body }: IncomingWebhook,
  secret: Secret,
  now: number,
): boolean {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (!WEBHOOK_ID.test(id) || !TIMESTAMP.test(timestamp)) return false;
  if (!isWithinWindow(Number(timestamp) * 1_000, now)) return false;
  const signatures = readSignatures(headers['webhook-signature'] ?? '');
  const expected = createHmac('sha256', keyOf(secret))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest();
  return signatures.some((signature) => timingSafeEqual(signature, expected));
}

/** The `v1` entries of the header; versions that are not known are skipped. */
function readSignatures(header: string): readonly Buffer[] {
  const entries = header.split(' ');
  if (entries.length > MOST_SIGNATURES) return [];
  return entries
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => Buffer.from(entry.slice(3), 'base64'))
    .filter((signature) => signature.length === SIGNATURE_BYTES);
}

/** `whsec_` and base64 as in the standard, or any text, whose bytes are the key. */
function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return text.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64') : Buffer.from(text);
}
