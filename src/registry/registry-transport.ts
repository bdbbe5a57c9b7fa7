import type { RegistrySettings } from '../config/settings';
import type { CapabilityMemory } from '../runtime/capability-memory';
import type { Clock } from '../runtime/clock';
import { redactedUrl, type Answer, type BodyCap, type Method, type WireRequest } from './answer';
import { ChunkSize } from './chunk-size';
import { CircuitBreaker } from './circuit-breaker';
import { HostPause } from './host-pause';
import { KnownCapabilities } from './known-capabilities';
import { Limiter } from './limiter';
import { ManifestCache } from './manifest-cache';
import { stoppingError } from './network-errors';
import { followRedirects, type RedirectOptions } from './redirects';
import { type Access, RegistryAuth } from './registry-auth';
import { RegistryError } from './registry-error';
import type { RegistryTuning } from './registry-tuning';
import { RetryBudget } from './retry-budget';
import { retrying } from './retries';
import { isPassingTrouble, statusError } from './status-errors';
import { TokenSource } from './token-source';
import { Wire } from './wire';

export interface RegistryRequest {
  readonly method: Method;
  readonly url: URL;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly cap: BodyCap;
  readonly publicOnly?: boolean;
  /** `left`: a redirect to where a blob is stored is the answer; see {@link RedirectOptions}. */
  readonly storage?: 'left';
}

/**
 * Everything between the protocol and the wire for one registry: authorisation, redirects, the
 * number of requests at a time, the pause that a registry asks for, and trying again.
 */
export class RegistryTransport {
  private readonly wire: Wire;
  private readonly auth: RegistryAuth;
  private readonly limiter: Limiter;
  private readonly hostPause: HostPause;
  private readonly breaker: CircuitBreaker;
  private readonly budget = new RetryBudget();
  private readonly stop = new AbortController();
  /** Origin and base path, without a slash at the end. */
  private readonly root: string;
  /** What the registry has shown that it can do. */
  readonly capabilities: KnownCapabilities;
  readonly manifests = new ManifestCache();
  readonly chunk = new ChunkSize();

  constructor(
    readonly registry: RegistrySettings,
    readonly tuning: RegistryTuning,
    private readonly clock: Clock,
    memory: CapabilityMemory,
  ) {
    const tokens = new TokenSource(
      registry,
      (request) => this.follow(request, { allowed: [] }),
      clock,
      tuning,
    );
    this.wire = new Wire(registry, tuning);
    this.auth = new RegistryAuth(registry, tokens);
    this.limiter = new Limiter(registry.concurrency);
    this.hostPause = new HostPause(clock);
    this.breaker = new CircuitBreaker(registry.id, tuning);
    const { id, url } = registry;
    this.root = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
    this.capabilities = new KnownCapabilities({ id, url: redactedUrl(url) }, memory, clock);
  }

  /** The URL of something in a repository's part of the API, such as `manifests/2.1`. */
  urlOf(path: string, rest: string): URL {
    return new URL(`${this.root}/v2/${path}/${rest}`);
  }

  /** Asks the API's root without credentials, which 401 answers as well as 200. */
  ping(signal?: AbortSignal): Promise<Answer> {
    const url = new URL(`${this.root}/v2/`);
    const cap = { bytes: this.tuning.maxErrorBytes, over: 'cut' } as const;
    return this.wire.send({ method: 'GET', url, headers: {}, cap, signal });
  }

  /**
   * One try, authorised. Answers with any status but those that mean trouble of the registry's own
   * (408, 429, 499, 5xx) and 401, which are errors, as is everything that keeps an answer away.
   */
  async request(request: RegistryRequest): Promise<Answer> {
    this.budget.earn();
    return this.breaker.run(async () => {
      try {
        const answer = await this.send(request);
        if (isPassingTrouble(answer)) throw this.statusError(answer);
        return answer;
      } catch (error) {
        if (error instanceof RegistryError) this.hostPause.begin(error.retryAfterMs ?? 0);
        throw error;
      }
    });
  }

  /** Does work of one or more requests, and again while its error passes within seconds. */
  retrying<T>(work: () => Promise<T>): Promise<T> {
    const { tuning } = this;
    const pause = (ms: number): void => {
      this.hostPause.begin(ms);
    };
    const mayRetry = (): boolean => this.budget.spend();
    return retrying({ tuning, stopping: this.stop.signal, pause, mayRetry }, work);
  }

  statusError(answer: Answer): RegistryError {
    return statusError(this.registry.id, answer, this.clock.now());
  }

  /** Ends waits at once, requests under way within a few seconds. Safe to call twice. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.wire.close();
  }

  /** Credentials are for the registry's own origin; another one gets none, whatever it asks. */
  private send(request: RegistryRequest): Promise<Answer> {
    return request.url.origin === this.registry.url.origin
      ? this.authorised(request)
      : this.limited({ ...request, publicOnly: true }, undefined);
  }

  private async authorised(request: RegistryRequest): Promise<Answer> {
    // Before tokens are fetched, too: their service may be the one that asked for the pause.
    if (this.mustWait()) await this.waitForPause(request.url);
    return this.auth.authorise(request.access, (header) => this.limited(request, header));
  }

  private limited(request: RegistryRequest, header: string | undefined): Promise<Answer> {
    const { method, url, headers = {}, body, cap, publicOnly = false, storage } = request;
    const all = header === undefined ? headers : { ...headers, authorization: header };
    const wired: WireRequest = { method, url, headers: all, body, cap, publicOnly };
    return this.limiter.run(async () => {
      if (this.mustWait()) await this.waitForPause(url);
      const answer = await this.follow(wired, { storage });
      // Before the next request gets this one's place.
      this.pauseAsAsked(answer);
      return answer;
    });
  }

  private pauseAsAsked(answer: Answer): void {
    if (isPassingTrouble(answer)) this.hostPause.begin(this.statusError(answer).retryAfterMs ?? 0);
  }

  private mustWait(): boolean {
    return this.stop.signal.aborted || this.hostPause.remainingMs() > 0;
  }

  private async waitForPause(url: URL): Promise<void> {
    const remaining = this.hostPause.remainingMs();
    if (this.stop.signal.aborted) throw stoppingError(url);
    if (remaining === 0) return;
    if (remaining > this.tuning.maxPauseMs) {
      const { id } = this.registry;
      const sentence = `Registry ${id} has asked for a pause; ${redactedUrl(url)} is asked again in ${Math.ceil(remaining / 1_000)} s.`;
      throw new RegistryError('rate-limited', sentence, {
        retryable: true,
        retryAfterMs: remaining,
      });
    }
    await this.hostPause.over(this.stop.signal).catch((error: unknown) => {
      throw stoppingError(url, error);
    });
  }

  /** A request for a token holds the credential in its body: it is never led elsewhere. */
  private follow(
    request: WireRequest,
    own: Partial<Pick<RedirectOptions, 'allowed' | 'storage'>>,
  ): Promise<Answer> {
    const { id: registryId, redirects: allowed } = this.registry;
    const { maxRedirects } = this.tuning;
    const options = { registryId, maxRedirects, allowed, ...own };
    return followRedirects(request, (one) => this.wire.send(one), options);
  }
}
