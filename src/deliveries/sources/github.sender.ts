import type { Secret } from '../../config/secret';
import { DomainError } from '../../core/domain-error';
import { deliveryId, ForgeSender } from './forge.sender';
import { readGithubEvent } from './github-events';
import { isHmacOf } from './hmac';
import { bodyKey } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** Release, package and workflow events of GitHub, which signs the body and nothing else. */
export class GithubSender extends ForgeSender {
  readonly kind = 'github';

  /** SHA-1 in `X-Hub-Signature` is not looked at. */
  isSigned({ headers, body }: IncomingWebhook, secret: Secret): boolean {
    const [, hex] = SIGNATURE.exec(headers['x-hub-signature-256'] ?? '') ?? [];
    return hex !== undefined && isHmacOf(body, hex, secret);
  }

  protected readBody(json: unknown, { headers, body }: IncomingWebhook): readonly SourceEvent[] {
    const type = headers['x-github-event'];
    if (type === undefined) {
      throw new DomainError('body-invalid', 'the request has no header X-GitHub-Event');
    }
    const text = body.toString('utf8');
    const dedupeKey = deliveryId(headers['x-github-delivery']) ?? bodyKey(type, text);
    return [this.eventOf(readGithubEvent(type, json), { dedupeKey, body: text })];
  }
}
