import { SimulatedClock } from '../../../src/runtime/clock';
import { registryErrorOf, tag } from '../../support/fake-registry-client';
import { answerWith, hang, json, page, resetAtOnce } from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import type { ProxiedAnswer } from '../../support/proxied-exchange';
import { expectNoHarm, expectRecovery, outcomeOf } from './outcomes';
import { describeBehindProxy, type Scene } from './scene';

const STABLE = tag('stable');
const NOW = Date.parse('2026-07-01T10:00:00Z');
const MINUTE = 60_000;

const work = {
  HEAD: ({ client, repository }: Scene) => client.findManifest(repository, STABLE),
  GET: ({ client, repository }: Scene) => client.getManifest(repository, STABLE),
  list: ({ client, repository }: Scene) => client.listTags(repository),
  PUT: ({ client, repository, wanted }: Scene) => client.putManifest(repository, STABLE, wanted),
  DELETE: ({ client, repository, wanted }: Scene) =>
    client.deleteManifest(repository, wanted.digest),
} as const;
const ALL = ['HEAD', 'GET', 'list', 'PUT', 'DELETE'] as const;

function limited(headers: Readonly<Record<string, string>>, status = 429): ProxiedAnswer {
  return { status, headers };
}

/** How a registry says that it wants to be left alone for a minute. */
const FORMS: readonly (readonly [name: string, answer: ProxiedAnswer])[] = [
  ['seconds', limited({ 'retry-after': '60' })],
  ['a date', limited({ 'retry-after': new Date(NOW + MINUTE).toUTCString() })],
  ['Unix time', limited({ 'x-retry-after': `${(NOW + MINUTE) / 1_000}` })],
  ['a 503', limited({ 'retry-after': '60' }, 503)],
];

describeBehindProxy('a registry that limits', (stage) => {
  it.each(FORMS.flatMap(([name, answer]) => ALL.map((what) => [what, name, answer] as const)))(
    'a %s for a minute (%s) is not asked meanwhile',
    async (what, _name, answer) => {
      const clock = new SimulatedClock(NOW);
      const scene = await stage.write({ clock });
      scene.proxy.misbehave(requestTo('*'), answerWith(answer));

      const error = await registryErrorOf(work[what](scene));
      clock.advance(MINUTE / 2);
      const others = await Promise.all(ALL.map((one) => outcomeOf(work[one](scene))));

      expect(error).toMatchObject({ retryable: true, retryAfterMs: MINUTE });
      expect(error.code).toBe(answer.status === 429 ? 'rate-limited' : 'server-error');
      expect(new Set(others)).toEqual(new Set(['rate-limited?']));
      expect(scene.proxy.requests).toHaveLength(1);
      clock.advance(MINUTE / 2);
      await expectNoHarm(scene);
    },
  );

  it.each([
    ['nothing', {}],
    ['rubbish', { 'retry-after': 'soon' }],
    ['a negative number', { 'retry-after': '-60' }],
    ['a date that is over', { 'retry-after': new Date(NOW - MINUTE).toUTCString() }],
    ['rubbish for Unix time', { 'x-retry-after': 'x' }],
  ])('and says %s of how long is asked three times at most', async (_name, headers) => {
    const scene = await stage.write({ clock: new SimulatedClock(NOW) });
    scene.proxy.misbehave(requestTo('*'), answerWith(limited(headers)));

    expect(await outcomeOf(work.PUT(scene))).toBe('rate-limited?');
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(3);
    await expectNoHarm(scene);
  });

  it('for a hundred years is asked again after a day', async () => {
    const clock = new SimulatedClock(NOW);
    const scene = await stage.write({ clock });
    scene.proxy.misbehave(requestTo('*'), answerWith(limited({ 'retry-after': '9'.repeat(30) })));

    expect(await outcomeOf(work.PUT(scene))).toBe('rate-limited?');
    clock.advance(24 * 60 * MINUTE);
    await expectNoHarm(scene);
  });

  it('as a token service is left alone, too, and so is the registry', async () => {
    const clock = new SimulatedClock(NOW);
    const scene = await stage.write({ clock });
    const { proxy } = scene;
    const headers = { 'www-authenticate': `Bearer realm="${proxy.url}/token"` };
    proxy.misbehave(requestTo('*', '/v2/'), answerWith({ status: 401, headers }));
    proxy.misbehave(requestTo('*', '/token'), answerWith(limited({ 'retry-after': '60' })));

    expect(await registryErrorOf(work.PUT(scene))).toMatchObject({
      ...{ code: 'rate-limited', retryable: true, retryAfterMs: MINUTE },
    });
    expect(await outcomeOf(work.GET(scene))).toBe('rate-limited?');
    expect(proxy.requests).toHaveLength(2);
    clock.advance(MINUTE);
    await expectNoHarm(scene);
  });
});

describeBehindProxy('a registry that fails', (stage) => {
  /** What happens, and how often in a row it does until nothing is sent any more. */
  const FAILURES: readonly (readonly [name: string, times: number, Misbehaviour, string])[] = [
    ['reset', 5, resetAtOnce, 'unreachable?'],
    ['500', 5, answerWith(page(500)), 'server-error?'],
    ['522', 5, answerWith(page(522)), 'server-error?'],
    // Each takes a second.
    ['silence', 2, hang('before'), 'timeout?'],
  ];

  it.each(FAILURES)('by %s %d times is given time', async (_name, times, act, outcome) => {
    const patience = times === 5 ? {} : { headersTimeoutMs: 20, maxFailuresInARow: times };
    const scene = await stage.write({ tuning: { circuitOpenMs: MINUTE, ...patience } });
    const { proxy } = scene;
    proxy.misbehave(requestTo('*'), act);

    expect(await outcomeOf(work.GET(scene))).toBe(outcome);
    expect(proxy.requests).toHaveLength(times);
    for (const what of ALL) {
      const error = await registryErrorOf(work[what](scene));
      expect(error).toMatchObject({ retryable: true });
      expect(error.retryAfterMs).toBeLessThanOrEqual(MINUTE);
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    expect(proxy.requests).toHaveLength(times);
    expect(await scene.tags()).toMatchObject({ stable: 'old', '2.0.0': 'wanted' });
  });

  it('and recovers is tried by one request, and then by all', async () => {
    const scene = await stage.write({ tuning: { circuitOpenMs: 0, maxTries: 1 } });
    const { proxy } = scene;
    proxy.misbehave(requestTo('*'), resetAtOnce);
    for (let tries = 0; tries < 5; tries += 1) await outcomeOf(work.GET(scene));
    proxy.behave();
    proxy.forgetRequests();
    const passed: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    proxy.misbehave(requestTo('*'), async (exchange) => {
      passed.push(exchange.method);
      await gate;
      exchange.answer(await exchange.forward());
    });

    const all = Promise.all([work.HEAD(scene), work.GET(scene), work.list(scene)]);
    while (passed.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toHaveLength(1);
    release();

    await all;
    await expectNoHarm(scene);
  });

  it.each([
    ['a limit', answerWith({ status: 429 })],
    ['a refusal', answerWith(page(403))],
    ['an absence', answerWith(page(404))],
    ['a web page', answerWith(page())],
    ['no list', answerWith(json({}))],
  ])('by %s five times is not given time', async (_name, act) => {
    const scene = await stage.read({ tuning: { circuitOpenMs: MINUTE } });
    scene.proxy.misbehave(requestTo('*'), act);
    for (let times = 0; times < 5; times += 1) await outcomeOf(work.list(scene));

    await expectRecovery(scene);
  });

  it('for long is asked little more than it would be anyway', async () => {
    const scene = await stage.read({ tuning: { maxFailuresInARow: Number.POSITIVE_INFINITY } });
    scene.proxy.misbehave(requestTo('*'), answerWith({ status: 500 }));
    for (let times = 0; times < 100; times += 1) await outcomeOf(work.GET(scene));

    // A fifth of all, and what a quiet host may be asked all the same.
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(100 / 0.8 + 20 / 0.8);
    await expectRecovery(scene);
  });
});
