import type { Secret } from '../../config/secret';
import { deliveryId, ForgeSender } from './forge.sender';
import { readGitlabEvent } from './gitlab-events';
import { bodyKey } from './sender';
import type { IncomingWebhook, Proof, SourceEvent } from './source';
import { hasValidSignature } from './standard-webhooks';

/** Tag, release and pipeline events of GitLab, which name a git tag and never a digest. */
export class GitlabSender extends ForgeSender {
  readonly kind = 'gitlab';

  override tokensOf({ headers }: IncomingWebhook): readonly string[] {
    const token = headers['x-gitlab-token'];
    return token === undefined ? [] : [token];
  }

  /** With a signing token it signs as Standard Webhooks say. */
  isSigned(webhook: IncomingWebhook, secret: Secret, now: number): boolean {
    return hasValidSignature(webhook, secret, now);
  }

  protected readBody(
    json: unknown,
    webhook: IncomingWebhook,
    proof: Proof,
  ): readonly SourceEvent[] {
    const body = webhook.body.toString('utf8');
    const dedupeKey = keyOf(webhook, body, proof);
    return [this.eventOf(readGitlabEvent(json), { dedupeKey, body })];
  }
}

/**
 * GitLab keeps the first two over its retries. `X-Gitlab-Event-UUID` is the same for all events that
 * follow from one webhook, so it counts together with the body.
 */
function keyOf({ headers }: IncomingWebhook, body: string, { form }: Proof): string {
  const signedId = deliveryId(headers['webhook-id']);
  // Of the ids only this one is signed: another header must not make a new event of a repeated one.
  if (form === 'secret' && signedId !== undefined) return signedId;
  const id = deliveryId(headers['idempotency-key']) ?? signedId;
  return id ?? bodyKey(deliveryId(headers['x-gitlab-event-uuid']), body);
}
