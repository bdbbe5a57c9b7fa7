import { isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type RateSettings, SETTINGS, type Settings } from '../config/settings';
import { DomainError } from '../core/domain-error';

/** Beyond this many the oldest are let in again before their time. */
const MOST_SHUT_OUT = 10_000;

/**
 * What one address and one source may ask for. Addresses are those of sockets: what a header says of
 * them is the caller's own word. Counted in memory, and forgotten when the window is over.
 */
@Injectable()
export class RateLimits {
  private readonly refused: RateLimiterMemory | undefined;
  private readonly deliveries: RateLimiterMemory | undefined;
  /** Until when an address is refused unseen, by the monotonic clock. */
  private readonly shutOut = new Map<string, number>();

  constructor(@Inject(SETTINGS) { limits }: Settings) {
    this.refused = limiterOf(limits.refusedPerAddress);
    this.deliveries = limiterOf(limits.deliveriesPerSource);
  }

  /** What an address is told that had too many requests refused; undefined for all others. */
  faultOf(address: string | undefined): DomainError | undefined {
    if (this.shutOut.size === 0) return undefined;
    const network = networkOf(address);
    const retryAfterMs = (this.shutOut.get(network) ?? 0) - performance.now();
    if (retryAfterMs > 0) return rateLimited('too many requests of this address', retryAfterMs);
    this.shutOut.delete(network);
    return undefined;
  }

  /** Counts a request that was refused. */
  async countRefused(address: string | undefined): Promise<void> {
    const network = networkOf(address);
    const retryAfterMs = await consume(this.refused, network);
    if (retryAfterMs === undefined) return;
    const [oldest] = this.shutOut.keys();
    if (oldest !== undefined && this.shutOut.size >= MOST_SHUT_OUT) this.shutOut.delete(oldest);
    this.shutOut.set(network, performance.now() + retryAfterMs);
  }

  /** Counts an authentic request of a source. Throws `rate-limited`. */
  async countDelivery(source: string): Promise<void> {
    const retryAfterMs = await consume(this.deliveries, source);
    if (retryAfterMs === undefined) return;
    throw rateLimited(`more requests of the source ${source} than it may send`, retryAfterMs);
  }
}

function limiterOf(rate: RateSettings | undefined): RateLimiterMemory | undefined {
  if (rate === undefined) return undefined;
  return new RateLimiterMemory({ points: rate.count, duration: rate.perSeconds });
}

/** Milliseconds until the next is let in; undefined when this one is. */
async function consume(
  limiter: RateLimiterMemory | undefined,
  key: string,
): Promise<number | undefined> {
  try {
    await limiter?.consume(key);
    return undefined;
  } catch (over) {
    if (over instanceof RateLimiterRes) return over.msBeforeNext;
    throw over;
  }
}

function rateLimited(what: string, retryAfterMs: number): DomainError {
  return new DomainError('rate-limited', `${what}; send it again later`, {
    retryable: true,
    retryAfterMs,
  });
}

/** The address, or the /64 of one of IPv6: whoever has one of those addresses has them all. */
function networkOf(address = ''): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
