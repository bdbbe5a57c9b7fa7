import { CircuitBreaker } from '../../src/registry/circuit-breaker';
import { RegistryError } from '../../src/registry/registry-error';
import { DEFAULT_TUNING } from '../../src/registry/registry-tuning';
import { RetryBudget } from '../../src/registry/retry-budget';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';

const UI = repo('local/gallery/ui');
const { pair } = useFakes();

const down = (): Promise<never> =>
  Promise.reject(new RegistryError('unreachable', 'it is down', { retryable: true }));
const denied = (): Promise<never> => Promise.reject(new RegistryError('denied', 'no'));

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await registryErrorOf(breaker.run(down));
}

describe('CircuitBreaker', () => {
  const breaker = (circuitOpenMs = 60_000): CircuitBreaker =>
    new CircuitBreaker('local', { ...DEFAULT_TUNING, maxFailuresInARow: 5, circuitOpenMs });

  it('sends nothing after five failures in a row, and says what the last one was', async () => {
    const one = breaker();
    await fail(one, 5);
    let sent = 0;

    const error = await registryErrorOf(
      one.run(() => {
        sent += 1;
        return Promise.resolve();
      }),
    );

    expect(sent).toBe(0);
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.message).toContain('it is down');
  });

  it.each([
    ['a success', () => Promise.resolve()],
    ['an answer, though a refusal', denied],
  ])('counts anew after %s', async (_what, work) => {
    const one = breaker();
    await fail(one, 4);
    await one.run(work).catch(() => undefined);
    await fail(one, 4);

    expect(await one.run(() => Promise.resolve('sent'))).toBe('sent');
  });

  it('lets one try after a while and the others wait for it', async () => {
    const one = breaker(0);
    await fail(one, 5);
    let answer: (value: string) => void = () => undefined;
    const trial = one.run(() => new Promise<string>((resolve) => (answer = resolve)));
    let sent = 0;
    const others = [1, 2, 3].map(() =>
      one.run(() => {
        sent += 1;
        return Promise.resolve('sent');
      }),
    );
    await Promise.resolve();
    const sentMeanwhile = sent;

    answer('back');

    expect(await Promise.all([trial, ...others])).toEqual(['back', 'sent', 'sent', 'sent']);
    expect(sentMeanwhile).toBe(0);
  });

  it('keeps requests from a registry that is down, and finds it when it is back', async () => {
    const tuning = { maxFailuresInARow: 3, circuitOpenMs: 0, maxTries: 1 };
    const { fake, client } = await pair({ tuning });
    fake.pushImage('gallery/ui', '1.0');
    await fake.goDown({ kind: 'error' });
    for (let time = 0; time < 3; time += 1) await registryErrorOf(client.listTags(UI));

    await fake.comeBack();

    expect(await client.listTags(UI)).toEqual(['1.0']);
    expect(await client.findManifest(UI, tag('1.0'))).toBeDefined();
  });
});

describe('RetryBudget', () => {
  it('allows a fifth of the requests once its reserve is used up', () => {
    const budget = new RetryBudget();
    while (budget.spend());
    let retries = 0;

    for (let request = 0; request < 1_000; request += 1) {
      budget.earn();
      if (budget.spend()) retries += 1;
    }

    expect(retries).toBeLessThanOrEqual(200);
    expect(retries).toBeGreaterThan(190);
  });
});
