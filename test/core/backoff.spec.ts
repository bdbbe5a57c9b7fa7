import {
  type FailedTry,
  MAX_DELIVERY_TRIES,
  MAX_MISSING_MANIFEST_TRIES,
  nextTryAfterMs,
} from '../../src/core/backoff';

const NEARLY_ONE = 1 - Number.EPSILON;

function waitAfter(tries: number, changes: Partial<FailedTry> = {}): number | undefined {
  return nextTryAfterMs({
    tries,
    retryable: true,
    missingManifest: false,
    retryAfterMs: undefined,
    random: 0,
    ...changes,
  });
}

describe(nextTryAfterMs.name, () => {
  it.each`
    tries | wait
    ${1}  | ${1_000}
    ${2}  | ${2_000}
    ${3}  | ${4_000}
    ${4}  | ${8_000}
    ${11} | ${1_024_000}
    ${12} | ${undefined}
    ${13} | ${undefined}
  `('waits $wait ms after try $tries', ({ tries, wait }: { tries: number; wait?: number }) => {
    expect(waitAfter(tries)).toBe(wait);
  });

  it('makes 12 tries in all', () => {
    const waits = Array.from({ length: 20 }, (_, index) => waitAfter(index + 1));

    expect(waits.indexOf(undefined) + 1).toBe(12);
    expect(MAX_DELIVERY_TRIES).toBe(12);
  });

  it('adds up to a fifth of jitter', () => {
    expect(waitAfter(1, { random: 0.5 })).toBeCloseTo(1_100);
    expect(waitAfter(3, { random: NEARLY_ONE })).toBeCloseTo(4_800);
    expect(waitAfter(3, { random: NEARLY_ONE })).toBeLessThanOrEqual(4_800);
  });

  it.each([0, 0.5, NEARLY_ONE])(
    'has the fourth try within 15 s of the first with jitter %d',
    (random) => {
      const waits = [1, 2, 3].map((tries) => waitAfter(tries, { random }) ?? Infinity);

      expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(15_000);
    },
  );

  it('does not try again what another try cannot help', () => {
    expect(waitAfter(1, { retryable: false })).toBeUndefined();
    expect(waitAfter(1, { retryable: false, retryAfterMs: 5_000 })).toBeUndefined();
  });

  it.each`
    retryAfterMs  | wait
    ${0}          | ${4_000}
    ${3_999}      | ${4_000}
    ${4_001}      | ${4_001}
    ${30_000}     | ${30_000}
    ${86_400_000} | ${86_400_000}
  `(
    'waits $wait ms when the registry asks for $retryAfterMs',
    ({ retryAfterMs, wait }: { retryAfterMs: number; wait: number }) => {
      expect(waitAfter(3, { retryAfterMs })).toBe(wait);
    },
  );

  it.each`
    tries | wait
    ${1}  | ${3_000}
    ${2}  | ${6_000}
    ${3}  | ${undefined}
    ${4}  | ${undefined}
  `(
    'waits $wait ms after try $tries for a manifest that is not there',
    ({ tries, wait }: { tries: number; wait?: number }) => {
      const changes = { missingManifest: true };

      expect(waitAfter(tries, { ...changes, retryable: false })).toBe(wait);
      expect(waitAfter(tries, { ...changes, retryable: true })).toBe(wait);
    },
  );

  it('looks for a missing manifest 3 times over about 10 s', () => {
    const waits = [1, 2].map((tries) => waitAfter(tries, { missingManifest: true }) ?? 0);

    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBe(9_000);
    expect(MAX_MISSING_MANIFEST_TRIES).toBe(3);
  });

  it('honours the registry for a missing manifest, too', () => {
    expect(waitAfter(1, { missingManifest: true, retryAfterMs: 7_000 })).toBe(7_000);
  });
});
