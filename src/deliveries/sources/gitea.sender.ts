import type { SourceKind } from '../../config/source-kinds';
import type { Secret } from '../../config/secret';
import { DomainError } from '../../core/domain-error';
import { deliveryId, ForgeSender } from './forge.sender';
import { readGiteaEvent } from './gitea-events';
import { isHmacOf } from './hmac';
import { bodyKey } from './sender';
import type { IncomingWebhook, SourceEvent } from './source';

const HEX = /^[0-9a-f]{64}$/i;
const PREFIXED = /^sha256=([0-9a-f]{64})$/i;

/** Package, release and tag events of Gitea, which come with the headers of GitHub as well. */
export class GiteaSender extends ForgeSender {
  readonly kind: SourceKind = 'gitea';

  /** SHA-1 in `X-Hub-Signature` is not looked at. */
  isSigned({ headers, body }: IncomingWebhook, secret: Secret): boolean {
    const [, prefixed] = PREFIXED.exec(headers['x-hub-signature-256'] ?? '') ?? [];
    return [headers['x-forgejo-signature'], headers['x-gitea-signature'], prefixed]
      .flatMap((hex) => (hex !== undefined && HEX.test(hex) ? [hex] : []))
      .some((hex) => isHmacOf(body, hex, secret));
  }

  protected readBody(json: unknown, { headers, body }: IncomingWebhook): readonly SourceEvent[] {
    const type = headers['x-forgejo-event'] ?? headers['x-gitea-event'];
    if (type === undefined) {
      throw new DomainError('body-invalid', 'the request has no header X-Gitea-Event');
    }
    const text = body.toString('utf8');
    const id = deliveryId(headers['x-forgejo-delivery']) ?? deliveryId(headers['x-gitea-delivery']);
    return [
      this.eventOf(readGiteaEvent(type, json), {
        dedupeKey: id ?? bodyKey(type, text),
        body: text,
      }),
    ];
  }
}

/** Forgejo sends Gitea's headers, and its own beside them. */
export class ForgejoSender extends GiteaSender {
  override readonly kind = 'forgejo';
}
