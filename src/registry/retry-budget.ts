/** Requests that pay for one retry: a host in trouble is not asked much more than a healthy one. */
const REQUESTS_PER_RETRY = 5;
/** What a quiet host may be retried all the same. */
const RESERVE = 20;

/** Keeps retries to a fifth of a host's requests, over a reserve that the requests fill up again. */
export class RetryBudget {
  private left = RESERVE;

  /** For each request that is no retry. */
  earn(): void {
    this.left = Math.min(RESERVE, this.left + 1 / REQUESTS_PER_RETRY);
  }

  /** Whether one more retry may be made; it is taken off if so. */
  spend(): boolean {
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
