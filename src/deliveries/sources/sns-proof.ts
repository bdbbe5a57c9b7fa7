import { verify, X509Certificate } from 'node:crypto';
import { parseJson } from '../../http/json-body';
import type { Clock } from '../../runtime/clock';
import type { RemoteProof } from './authentication';
import { unavailable } from './fetch-document';
import type { SnsEndpoints } from './sns-endpoints';
import { signedText, SnsMessage } from './sns-message';
import { refusal } from './refusal';
import type { IncomingWebhook, Proof } from './source';

/** SNS goes on trying for an hour at most, with the time of the first attempt. */
const WINDOW_MS = 3_600_000;
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[0-9a-f]{8,64}\.pem$/;
const TYPE_HEADER = 'x-amz-sns-message-type';
/** There is one at a time, and another one for a while when it is renewed. */
const MOST_CERTIFICATES = 8;
/** Whoever makes up addresses of certificates makes us ask for one in so long. */
const PAUSE_MS = 5_000;

/** The signature that Amazon SNS puts into the body of what it sends for one topic. */
export class SnsProof implements RemoteProof {
  /** The only host that is ever asked; from the configured topic. */
  private readonly host: string;
  /** By URL. */
  private readonly certificates = new Map<string, X509Certificate>();
  /** When one was asked for that did not come. */
  private failedAt = -Infinity;

  constructor(
    private readonly topic: string,
    private readonly endpoints: SnsEndpoints,
    private readonly clock: Clock,
  ) {
    const [, partition, , region = ''] = topic.split(':');
    this.host = `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
  }

  /** A path with a secret is the address of a source that has one. */
  isCarriedBy({ headers, urlSecret }: IncomingWebhook): boolean {
    return urlSecret === undefined && headers[TYPE_HEADER] !== undefined;
  }

  /** Confirms the subscription, too, when that is what the message asks for. */
  async verify({ headers, body }: IncomingWebhook): Promise<Proof> {
    const message = readMessage(body);
    this.refuseForeign(message, headers[TYPE_HEADER]);
    const certificate = await this.certificateAt(this.ownUrl(message.SigningCertURL));
    if (!isValidAt(certificate, this.clock.now())) throw refusal('certificate-invalid');
    if (!isSigned(message, certificate)) throw refusal('signature-wrong');
    if (message.Type === 'SubscriptionConfirmation') await this.confirm(message);
    return { form: 'sns', sentAt: Date.parse(message.Timestamp) };
  }

  /** Whatever can be seen without a certificate is looked at before one is fetched. */
  private refuseForeign(message: SnsMessage, type: string | undefined): void {
    const age = Math.abs(this.clock.now() - Date.parse(message.Timestamp));
    const isOwn = message.Type === type && message.TopicArn === this.topic && age <= WINDOW_MS;
    const { pathname, search } = this.ownUrl(message.SigningCertURL);
    if (!isOwn || !CERTIFICATE_PATH.test(pathname) || search !== '') throw refusal('message-other');
  }

  /** A URL of the topic's own region; anything else in a message leads nowhere. */
  private ownUrl(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.origin !== `https://${this.host}`) throw refusal('message-other');
    if (url.username !== '' || url.password !== '' || url.hash !== '')
      throw refusal('message-other');
    return url;
  }

  private async certificateAt(url: URL): Promise<X509Certificate> {
    const known = this.certificates.get(url.href);
    if (known !== undefined) return known;
    const now = this.clock.now();
    if (now >= this.failedAt && now - this.failedAt < PAUSE_MS) {
      throw unavailable('a certificate of Amazon SNS could not be had a moment ago');
    }
    this.failedAt = now;
    const certificate = await this.fetchCertificate(url);
    this.failedAt = -Infinity;
    this.remember(url, certificate);
    return certificate;
  }

  private async fetchCertificate(url: URL): Promise<X509Certificate> {
    const { status, body } = await this.endpoints.get(url);
    if (status === 429 || status >= 500) throw unavailable(`${url.origin} answered ${status}`);
    if (status !== 200) throw refusal('certificate-invalid');
    return readCertificate(body);
  }

  private remember(url: URL, certificate: X509Certificate): void {
    const [oldest] = this.certificates.keys();
    if (oldest !== undefined && this.certificates.size >= MOST_CERTIFICATES) {
      this.certificates.delete(oldest);
    }
    this.certificates.set(url.href, certificate);
  }

  private async confirm({ SubscribeURL, Token }: SnsConfirmation): Promise<void> {
    const url = this.ownUrl(SubscribeURL);
    const isRight =
      url.pathname === '/' &&
      url.searchParams.get('Action') === 'ConfirmSubscription' &&
      url.searchParams.get('TopicArn') === this.topic &&
      url.searchParams.get('Token') === Token;
    if (!isRight) throw refusal('message-other');
    const { status } = await this.endpoints.get(url);
    if (status !== 200) throw unavailable(`${url.origin} answered ${status} to the confirmation`);
  }
}

type SnsConfirmation = Extract<SnsMessage, { Type: 'SubscriptionConfirmation' }>;

function readMessage(body: Buffer): SnsMessage {
  try {
    return SnsMessage.parse(parseJson(body));
  } catch (error) {
    throw refusal('message-invalid', { cause: error });
  }
}

function readCertificate(pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unavailable('Amazon SNS offers no certificate where it should', error);
  }
}

function isValidAt({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

function isSigned(message: SnsMessage, { publicKey }: X509Certificate): boolean {
  if (publicKey.asymmetricKeyType !== 'rsa') return false;
  const signature = Buffer.from(message.Signature, 'base64');
  return verify('sha256', Buffer.from(signedText(message)), publicKey, signature);
}
