import { createHmac, randomUUID } from 'node:crypto';

export interface WebhookRelease {
  readonly registry?: string;
  readonly repository?: string;
  readonly tag: string;
  readonly digest?: string;
  readonly prerelease?: boolean;
  readonly runUrl?: string;
}

export interface SigningOptions {
  readonly id?: string;
  /** UTC milliseconds. */
  readonly now?: number;
  readonly secret: string;
}

/** The body of the generic source for a release of `local/gallery/ui`. */
export function releaseBody(release: WebhookRelease, now = Date.now()): string {
  const data = { registry: 'local', repository: 'gallery/ui', ...release };
  return JSON.stringify({
    type: 'image.published',
    timestamp: new Date(now).toISOString(),
    data,
  });
}

/** The headers of Standard Webhooks for a body. */
export function signedHeaders(
  body: string | Buffer,
  { id = randomUUID(), now = Date.now(), secret }: SigningOptions,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000));
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const signature = createHmac('sha256', key)
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
