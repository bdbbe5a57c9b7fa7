import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { DomainError } from '../../core/domain-error';
import { parseJson } from '../../http/json-body';
import type { Clock } from '../../runtime/clock';
import { fetchDocument, unavailable } from './fetch-document';

const TIMEOUT_MS = 5_000;
const MOST_BYTES = 256 * 1024;
/** An issuer that did not answer is left alone for so long, whoever calls. */
const PAUSE_MS = 5_000;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const KeySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) });

/**
 * The public keys of one configured issuer, for the life of the process: fetched when the first
 * token comes, good for ten minutes, asked for again at most every 30 s when a token names a key
 * that is not among them. Where they are is said by the issuer's discovery document, never by a
 * token.
 */
export class IssuerKeys {
  /** For `jwtVerify`. Fails with `issuer-unavailable` when the keys cannot be had. */
  readonly find: JWTVerifyGetKey;
  private readonly discoveryUrl: URL;
  private keysUrl: URL | undefined;
  private failedAt = -Infinity;

  constructor(
    private readonly issuer: string,
    private readonly clock: Clock,
  ) {
    this.discoveryUrl = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    this.find = createRemoteJWKSet(this.discoveryUrl, {
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: (_url, { signal }) => this.fetchKeys(signal),
    });
  }

  private async fetchKeys(signal: AbortSignal): Promise<Response> {
    const now = this.clock.now();
    if (now >= this.failedAt && now - this.failedAt < PAUSE_MS) throw this.unavailable();
    try {
      this.keysUrl ??= await this.discover(signal);
      return Response.json(KeySet.parse(await this.fetchJson(this.keysUrl, signal)));
    } catch (error) {
      this.failedAt = now;
      // They may have moved.
      this.keysUrl = undefined;
      throw this.unavailable(error);
    }
  }

  private async discover(signal: AbortSignal): Promise<URL> {
    const document = Discovery.parse(await this.fetchJson(this.discoveryUrl, signal));
    if (document.issuer !== this.issuer) throw new Error('its discovery document is not its own');
    const url = new URL(document.jwks_uri);
    const isSafe =
      url.protocol === 'https:' ||
      (LOOPBACK.test(url.hostname) && this.discoveryUrl.protocol === 'http:');
    if (!isSafe) throw new Error('its keys are not offered over https');
    return url;
  }

  private async fetchJson(url: URL, signal: AbortSignal): Promise<unknown> {
    const { status, body } = await fetchDocument(url, { mostBytes: MOST_BYTES, signal });
    if (status === 200) return parseJson(body);
    throw new Error(`${url.href} answered ${status}`);
  }

  private unavailable(cause?: unknown): DomainError {
    return unavailable(`the keys of the issuer ${this.issuer} cannot be had now`, cause);
  }
}
