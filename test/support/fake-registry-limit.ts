import { type Behaviour, errorAnswer, type FakeAnswer } from './fake-registry-behaviour';
import type { RateLimit } from './fake-registry-switches';

/** Answers 429 to requests, as the switch says. */
export class RequestLimit {
  private count = 0;

  constructor(
    private readonly behaviour: Behaviour,
    private readonly now: () => number,
  ) {}

  /** The 429 that this request gets; undefined when it may pass. */
  refusal(): FakeAnswer | undefined {
    const { rateLimit } = this.behaviour;
    if (rateLimit === undefined) return undefined;
    this.count += 1;
    if (this.count % rateLimit.every !== 0) return undefined;
    return { ...errorAnswer(429, 'TOOMANYREQUESTS'), headers: waitHeader(rateLimit, this.now()) };
  }
}

function waitHeader({ form, seconds }: RateLimit, now: number): Record<string, string> {
  const until = now + seconds * 1_000;
  switch (form) {
    case 'seconds':
      return { 'retry-after': String(seconds) };
    case 'date':
      return { 'retry-after': new Date(until).toUTCString() };
    case 'x-retry-after':
      return { 'x-retry-after': String(Math.floor(until / 1_000)) };
    case 'none':
      return {};
  }
}
