import { randomBytes } from 'node:crypto';
import { Secret } from '../../config/secret';
import type { SourceSettings } from '../../config/settings';
import { DomainError } from '../../core/domain-error';
import { isSameSecret } from '../../http/access.guard';
import { refusal } from './refusal';
import { type IncomingWebhook, type Proof, REFUSAL, type Sender } from './source';
import { hasValidSignature, isWithinWindow, signedAt } from './standard-webhooks';

/** A proof that takes a look at keys elsewhere: a token of an issuer, a signature of SNS. */
export interface RemoteProof {
  /** Whether the request brings something that this proof is about. */
  isCarriedBy(webhook: IncomingWebhook): boolean;

  /**
   * Throws `authentication-failed`, `claim-refused` for a genuine token of somebody else, and
   * `issuer-unavailable` when it cannot be told.
   */
  verify(webhook: IncomingWebhook): Promise<Proof>;
}

/** Decides whether a request is of the sender that a source is configured for. */
export class Authentication {
  constructor(
    private readonly settings: SourceSettings,
    private readonly sender: Sender,
    private readonly remote: readonly RemoteProof[],
  ) {}

  /**
   * Whatever is configured is enough by itself. Throws `authentication-failed` with the same
   * sentence whatever the reason; `now` is in UTC milliseconds.
   */
  check(webhook: IncomingWebhook, now: number): Proof | Promise<Proof> {
    const form = this.localForm(webhook, now);
    if (form === 'secret') return { form, sentAt: signedAt(webhook) };
    if (form !== undefined) return { form };
    const proof = this.remote.find((candidate) => candidate.isCarriedBy(webhook));
    if (proof !== undefined) return proof.verify(webhook);
    throw this.refusalOf(webhook, now);
  }

  private refusalOf(webhook: IncomingWebhook, now: number): DomainError {
    if (webhook.urlSecret !== undefined) return refusal('url-secret-wrong');
    const sentAt = signedAt(webhook);
    if (sentAt !== undefined && this.isSignedAt(webhook, sentAt, now)) {
      return refusal('clock', { sentAt });
    }
    const isSigned = Object.keys(webhook.headers).some((name) => name.includes('signature'));
    if (isSigned && this.settings.auth.secrets.length > 0) return refusal('signature-wrong');
    const hasToken = this.sender.tokensOf(webhook).length > 0;
    return refusal(hasToken ? 'token-wrong' : 'nothing-sent');
  }

  /** Whether the signature would be right if it came when it says: too early or too late. */
  private isSignedAt(webhook: IncomingWebhook, sentAt: number, now: number): boolean {
    if (isWithinWindow(sentAt, now)) return false;
    const { secrets } = this.settings.auth;
    return secrets.some((secret) => this.sender.isSigned?.(webhook, secret, sentAt) === true);
  }

  private localForm(webhook: IncomingWebhook, now: number): Proof['form'] | undefined {
    const { secrets, tokens, urlSecrets } = this.settings.auth;
    if (someIs(webhook.urlSecret === undefined ? [] : [webhook.urlSecret], urlSecrets)) {
      return 'url';
    }
    // A path with a secret is the address of a source that has one, and of no other.
    if (webhook.urlSecret !== undefined) return undefined;
    if (secrets.some((secret) => this.sender.isSigned?.(webhook, secret, now) === true))
      return 'secret';
    return someIs(this.sender.tokensOf(webhook), tokens) ? 'token' : undefined;
  }
}

/** Compares each with each, whether or not one has matched before. */
function someIs(sent: readonly string[], expected: readonly Secret[]): boolean {
  return sent
    .flatMap((text) => expected.map((secret) => isSameSecret(text, secret.reveal())))
    .includes(true);
}

const NOBODYS_SECRET = new Secret(randomBytes(32).toString('hex'));

/** Refuses a request to a source that does not exist, after the work of a wrong signature. */
export function refuseUnknownSource(webhook: IncomingWebhook, now: number): never {
  hasValidSignature(webhook, NOBODYS_SECRET, now);
  throw new DomainError('source-unknown', REFUSAL);
}
