import { z } from 'zod';
import type { Secret } from '../../config/secret';
import { DomainError } from '../../core/domain-error';
import { repositoryNameOf } from '../../core/names';
import { AnnouncedTagField, DigestField } from '../../http/fields';
import { parseJson } from '../../http/json-body';
import { Rfc3339 } from '../../http/time';
import { parseWith } from '../../http/validated';
import type { AnnouncingEvent, IncomingWebhook, Proof, Sender, SourceEvent } from './source';
import { hasValidSignature, WEBHOOK_ID } from './standard-webhooks';

const RELEASE = 'image.published';

/** What a pipeline says about a release; also in the body of `POST /api/v1/releases`. */
export const AnnouncedRelease = z.object({
  tag: AnnouncedTagField,
  digest: DigestField.optional(),
  prerelease: z.boolean().optional(),
  runUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
});

const Envelope = z.object({ type: z.string().max(100) });
const Published = z.object({
  timestamp: Rfc3339,
  data: AnnouncedRelease.extend({ registry: z.string(), repository: z.string() }),
});

/** Own body, signed as Standard Webhooks say: any pipeline can send it with openssl and curl. */
export class GenericSender implements Sender {
  readonly kind = 'generic';
  readonly answersCaller = true;
  readonly repeats = true;
  readonly datesEvents = true;
  readonly mostBodyBytes = 1024 * 1024;
  readonly sendsText = false;

  constructor(private readonly registryIds: ReadonlySet<string>) {}

  isSigned(webhook: IncomingWebhook, secret: Secret, now: number): boolean {
    return hasValidSignature(webhook, secret, now);
  }

  /** A bearer token is one of an issuer, and never a static one. */
  tokensOf(): readonly string[] {
    return [];
  }

  readEvents({ headers, body }: IncomingWebhook, proof: Proof): readonly SourceEvent[] {
    const json = parseJson(body);
    const kept = { dedupeKey: dedupeKeyOf(headers, proof), body: body.toString('utf8') };
    const { type } = parseWith(Envelope, json, 'body-invalid');
    if (type !== RELEASE) {
      const text = `the type ${JSON.stringify(type)} is none that Tagward acts on: send ${RELEASE}`;
      const reason = { code: 'type-unknown', text };
      return [{ ...kept, kind: 'ignored', reason, occurredAt: null }];
    }
    return [this.readRelease(json, kept)];
  }

  private readRelease(json: unknown, { dedupeKey, body }: KeptParts): AnnouncingEvent {
    const { timestamp, data } = parseWith(Published, json, 'body-invalid');
    if (!this.registryIds.has(data.registry)) {
      const known = [...this.registryIds].join(', ');
      const sentence = `data.registry: ${JSON.stringify(data.registry)} is not configured; there is: ${known}`;
      throw new DomainError('registry-unknown', sentence);
    }
    const repository = repositoryNameOf(data.registry, data.repository);
    if (repository === undefined) {
      const sentence = `data.repository: ${JSON.stringify(data.repository)} is no legal repository name, such as gallery/ui`;
      throw new DomainError('body-invalid', sentence);
    }
    const { tag, digest = null, prerelease = null, runUrl = null } = data;
    return {
      kind: 'announcement',
      event: 'published',
      dedupeKey,
      body,
      occurredAt: timestamp,
      repository,
      tag,
      digest,
      prerelease,
      runUrl,
    };
  }
}

/** A token of an issuer signs no id, so one that is none is as good as not sent. */
function dedupeKeyOf(headers: IncomingWebhook['headers'], { dedupeKey }: Proof): string {
  const id = headers['webhook-id'] ?? '';
  return WEBHOOK_ID.test(id) ? id : (dedupeKey ?? '');
}

type KeptParts = Pick<AnnouncingEvent, 'dedupeKey' | 'body'>;
