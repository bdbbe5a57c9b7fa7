import type { ProviderSettings, RegistrySettings } from '../../config/settings';
import type { Clock } from '../../runtime/clock';
import type { Answer, Method, WireRequest } from '../answer';
import { HostPause } from '../host-pause';
import { Limiter } from '../limiter';
import { stoppingError } from '../network-errors';
import { followRedirects } from '../redirects';
import { RegistryError } from '../registry-error';
import type { RegistryTuning } from '../registry-tuning';
import { retrying } from '../retries';
import { RetryBudget } from '../retry-budget';
import { Wire } from '../wire';
import { apiAnswerError, apiNetworkError, apiStatusError, isApiTrouble } from './provider-errors';

const MAX_JSON_BYTES = 1024 * 1024;
const COMMON_HEADERS = { accept: 'application/json', 'user-agent': 'tagward' } as const;

export interface ApiRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
}

/**
 * HTTP to the API of one product: only the origin of `provider.url` is dialled, whatever an answer
 * says, and the pause that the API asks for holds for all requests to it.
 */
export class ProviderHttp {
  private readonly wire: Wire;
  private readonly limiter: Limiter;
  private readonly hostPause: HostPause;
  private readonly budget = new RetryBudget();
  private readonly stop = new AbortController();
  readonly registryId: string;

  constructor(
    registry: RegistrySettings,
    private readonly provider: ProviderSettings,
    private readonly tuning: RegistryTuning,
    private readonly clock: Clock,
  ) {
    this.registryId = registry.id;
    // That any certificate will do was said of the registry's host, not of hub.docker.com.
    const skipVerify = registry.skipVerify && registry.url.hostname === provider.url.hostname;
    this.wire = new Wire({ ...registry, skipVerify }, tuning);
    this.limiter = new Limiter(registry.concurrency);
    this.hostPause = new HostPause(clock);
  }

  /** The URL under `provider.url`; each part is encoded, so a slash in one stays within it. */
  urlOf(parts: readonly (string | number)[], query: Readonly<Record<string, string>> = {}): URL {
    const { origin, pathname } = this.provider.url;
    const path = parts.map((part) => encodeURIComponent(part)).join('/');
    const url = new URL(`${origin}${pathname.replace(/\/+$/, '')}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** One try. Answers with any status but those of passing trouble (408, 429, 499, 5xx). */
  async send(request: ApiRequest): Promise<Answer> {
    const { url } = request;
    if (url.origin !== this.provider.url.origin) throw this.offOrigin();
    return this.limiter.run(async () => {
      await this.waitForPause(url);
      this.budget.earn();
      const answer = await this.exchange(request);
      if (!isApiTrouble(answer)) return answer;
      const error = this.statusError(answer);
      this.hostPause.begin(error.retryAfterMs ?? 0);
      throw error;
    });
  }

  /** Does work of one or more requests, and again while its error passes within seconds. */
  retrying<T>(work: () => Promise<T>): Promise<T> {
    const pause = (ms: number): void => {
      this.hostPause.begin(ms);
    };
    const mayRetry = (): boolean => this.budget.spend();
    const { tuning, stop } = this;
    return retrying({ tuning, stopping: stop.signal, pause, mayRetry }, work);
  }

  statusError(answer: Answer): RegistryError {
    return apiStatusError(this.registryId, answer, this.clock.now());
  }

  unexpected(answer: Pick<Answer, 'url' | 'status'>, what: string): RegistryError {
    return apiAnswerError(this.registryId, answer, what);
  }

  /** Ends waits at once, requests under way within a few seconds. Safe to call twice. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.wire.close();
  }

  private async exchange({ method, url, headers, json }: ApiRequest): Promise<Answer> {
    const content = json === undefined ? {} : { 'content-type': 'application/json' };
    const request: WireRequest = {
      method,
      url,
      headers: { ...COMMON_HEADERS, ...content, ...headers },
      body: json === undefined ? undefined : Buffer.from(JSON.stringify(json)),
      cap: { bytes: MAX_JSON_BYTES, over: 'answer-too-large' },
    };
    const { registryId } = this;
    // What is deleted is named by the path alone: a redirect would put another thing in its place.
    const maxRedirects = method === 'GET' ? this.tuning.maxRedirects : 0;
    const options = { registryId, maxRedirects, allowed: [] };
    try {
      return await followRedirects(request, (one) => this.wire.send(one), options);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (this.stop.signal.aborted) throw stoppingError(url, error);
      throw apiNetworkError(registryId, url, error);
    }
  }

  private async waitForPause(url: URL): Promise<void> {
    if (this.stop.signal.aborted) throw stoppingError(url);
    const remaining = this.hostPause.remainingMs();
    if (remaining === 0) return;
    if (remaining > this.tuning.maxPauseMs) {
      const sentence = `The API of registry ${this.registryId} has asked for a pause; it is asked again in ${Math.ceil(remaining / 1_000)} s.`;
      const options = { retryable: true, retryAfterMs: remaining };
      throw new RegistryError('rate-limited', sentence, options);
    }
    await this.hostPause.over(this.stop.signal).catch((error: unknown) => {
      throw stoppingError(url, error);
    });
  }

  private offOrigin(): RegistryError {
    const { registryId } = this;
    const sentence = `The API of registry ${registryId} says that its list goes on at another host: refused; check registries.${registryId}.provider.url.`;
    return new RegistryError('redirect-refused', sentence);
  }
}
