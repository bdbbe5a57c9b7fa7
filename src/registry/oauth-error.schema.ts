import { z } from 'zod';
import { parseJsonText } from './credentials/json-text';

/** RFC 6749, 5.2. */
const OAuthError = z.object({ error: z.string() });

/** The code of an OAuth error; undefined when the body is none. */
export function readOAuthError(body: Buffer): string | undefined {
  return OAuthError.safeParse(parseJsonText(body.toString('utf8'))).data?.error;
}
