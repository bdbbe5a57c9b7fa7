import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret';

/**
 * Whether 64 hex digits are the HMAC-SHA256 of the raw bytes, with the text of the secret as key.
 * Constant time; false for any other text, which never throws.
 */
export function isHmacOf(body: Buffer, hex: string, secret: Secret): boolean {
  const sent = Buffer.from(hex, 'hex');
  const expected = createHmac('sha256', secret.reveal()).update(body).digest();
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}
