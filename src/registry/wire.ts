import { setTimeout as delay } from 'node:timers/promises';
import type { RegistrySettings } from '../config/settings';
import { redactedUrl, type Answer, type WireRequest } from './answer';
import { readCapped } from './capped-body';
import { Dispatchers } from './dispatchers';
import { networkError } from './network-errors';
import { RegistryError } from './registry-error';
import type { RegistryTuning } from './registry-tuning';

const MOST_INTERIM_ANSWERS = 5;

/** Thrown when interim answers go on and on. */
class EndlessInterim extends Error {
  readonly code = 'ENDLESS_INTERIM';
}

/**
 * HTTP to one registry: one connection pool per origin, made at the first request to it. Sends what
 * it is told to where it is told to; which origins may be dialled is decided before.
 */
export class Wire {
  private readonly dispatchers: Dispatchers;
  private isClosed = false;

  constructor(
    private readonly registry: RegistrySettings,
    private readonly tuning: RegistryTuning,
  ) {
    this.dispatchers = new Dispatchers(registry, tuning);
  }

  /**
   * One request and its whole answer, whatever its status. Throws `unreachable`, `timeout`,
   * `certificate-untrusted`, `unexpected-answer`, or the code of the cap when a 2xx is over it.
   */
  async send(request: WireRequest): Promise<Answer> {
    const start = performance.now();
    let status: number | undefined;
    try {
      const answer = await this.exchange(request);
      ({ status } = answer);
      return answer;
    } finally {
      const seconds = (performance.now() - start) / 1_000;
      const { id: registry } = this.registry;
      this.tuning.onRequest?.({ registry, method: request.method, status, seconds });
    }
  }

  private async exchange(request: WireRequest): Promise<Answer> {
    const { method, url, headers, body, signal } = request;
    try {
      const dispatcher = this.dispatchers.of(url.origin, request.publicOnly === true);
      const answer = await dispatcher.request({
        origin: url.origin,
        method,
        path: url.pathname + url.search,
        headers,
        body: body ?? null,
        onInfo: this.interimLimit(),
        signal: signal ?? null,
        // undici closes the connection after a HEAD otherwise, which costs a new one each time.
        reset: false,
      });
      const isDone = answer.statusCode < 300;
      const cap = isDone ? request.cap.bytes : this.tuning.maxErrorBytes;
      const read = await readCapped(answer.body, cap, this.tuning.wholeBodyTimeoutMs);
      if (read.cut && isDone) this.refuseCut(request);
      return { method, url, status: answer.statusCode, headers: answer.headers, body: read.bytes };
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      throw networkError(this.registry, url, error);
    }
  }

  /** Lets requests under way end, for a while, then drops them. Safe to call twice. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const patience = new AbortController();
    const closed = this.dispatchers.close();
    const lost = delay(this.tuning.closeTimeoutMs, undefined, { signal: patience.signal }).then(
      () => this.dispatchers.destroy(),
      () => undefined,
    );
    await Promise.race([closed, lost]);
    patience.abort();
  }

  /** Each interim answer (1xx) begins undici's timeouts anew: an error from here ends the exchange. */
  private interimLimit(): () => void {
    let left = MOST_INTERIM_ANSWERS;
    return () => {
      left -= 1;
      if (left < 0) throw new EndlessInterim('interim answers without end');
    };
  }

  private refuseCut({ url, cap }: WireRequest): void {
    if (cap.over === 'cut') return;
    const sentence = `Registry ${this.registry.id} answers with more than ${cap.bytes} bytes at ${redactedUrl(url)}; Tagward reads no more than that.`;
    throw new RegistryError(cap.over, sentence);
  }
}
