import type { FakeRequest, Fault, RequestMatch } from './fake-registry-behaviour';

/**
 * - `refuse`: connections are refused.
 * - `error`: 500 to everything. - `limited`: 429 with `Retry-After`. - `silent`: no answer at all.
 */
export type Outage =
  | { readonly kind: 'refuse' | 'error' | 'silent' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

interface Rule {
  readonly match: RequestMatch;
  readonly act: Fault | ((request: FakeRequest) => void | Promise<void>);
  times: number;
}

/** What goes wrong with requests to come. */
export class FakeFaults {
  outage: Outage | undefined;
  private rules: Rule[] = [];

  add(rule: Rule): void {
    this.rules.push(rule);
  }

  forget(): void {
    this.rules = [];
  }

  /** What goes wrong with this request, after everything that had to happen before it. */
  async next(request: FakeRequest): Promise<Fault | undefined> {
    const { outage } = this;
    if (outage?.kind === 'error') return { status: 500 };
    if (outage?.kind === 'silent') return 'hang';
    if (outage?.kind === 'limited') {
      return { status: 429, headers: { 'retry-after': String(outage.retryAfterSeconds) } };
    }
    for (const rule of this.rules) {
      if (!rule.match(request)) continue;
      rule.times -= 1;
      if (rule.times === 0) this.rules = this.rules.filter((one) => one !== rule);
      if (typeof rule.act !== 'function') return rule.act;
      await rule.act(request);
    }
    return undefined;
  }
}
