import { readFileSync, writeFileSync } from 'node:fs';
import type { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { FakeRegistry } from '../support/fake-registry';
import { type FaultyProxy, requestTo } from './faulty-proxy';
import { type Scene, useScenes } from './scene';

const PATH = 'gallery/ui';
const RETRY_AFTER_S = 1;
/** Timers and clocks of two processes may differ by this much. */
const CLOCK_SLACK_MS = 20;
const SLOW = [process.env['TAGWARD_FAULT_SLOW'], process.env['TAGWARD_FAULT_LONG']].includes('1');

const setScene = useScenes();
const others: FakeRegistry[] = [];

afterEach(() => Promise.all(others.splice(0).map((other) => other.stop())));

interface Outage {
  readonly name: string;
  readonly code: string;
  readonly begin: (proxy: FaultyProxy) => Promise<void> | void;
  readonly end: (proxy: FaultyProxy) => Promise<void> | void;
}

const OUTAGES: readonly Outage[] = [
  {
    name: 'refuses connections',
    code: 'unreachable',
    begin: (proxy) => proxy.refuse(),
    end: (proxy) => proxy.accept(),
  },
  {
    name: 'answers 500',
    code: 'server-error',
    begin: (proxy) => {
      proxy.beginTrouble({ kind: 'error' });
    },
    end: (proxy) => {
      proxy.endTrouble();
    },
  },
  {
    name: 'answers 429',
    code: 'rate-limited',
    begin: (proxy) => {
      proxy.beginTrouble({ kind: 'limited', retryAfterSeconds: RETRY_AFTER_S });
    },
    end: (proxy) => {
      proxy.endTrouble();
    },
  },
];

describe('a registry in trouble', () => {
  it.each(OUTAGES)(
    'holds up its own deliveries only while it $name',
    async ({ code, begin, end }) => {
      const { scene, other } = await setSceneWithOther();
      await scene.release(PATH, '1.0.0');
      await begin(scene.proxy);

      const delivery = await scene.announce(PATH, '1.1.0');
      const elsewhere = await releaseElsewhere(scene, other);
      const waiting = await failedOnce(scene, delivery);
      await end(scene.proxy);
      const settled = await scene.client.settled(delivery);

      expect(elsewhere).toMatchObject({ status: 'done', attempts: 1 });
      expect(other.tags(PATH).get('latest')).toBe(other.tags(PATH).get('1.0.0'));
      expect(waiting).toMatchObject({ status: 'pending', error: { code } });
      expect(waiting.notBefore).not.toBeNull();
      expect(settled).toMatchObject({ status: 'done', error: null });
      expect(settled.attempts).toBeGreaterThan(waiting.attempts);
      expect(await scene.brokenLaws()).toEqual([]);
    },
  );

  it('asks nothing of a registry before the time that it asked for is over', async () => {
    const { scene } = await setSceneWithOther();
    await scene.release(PATH, '1.0.0');
    scene.proxy.beginTrouble({ kind: 'limited', retryAfterSeconds: RETRY_AFTER_S });
    // Long enough for all requests of a reconcile to stand in line behind the first one.
    scene.proxy.latency.before = () => 300;

    const delivery = await scene.announce(PATH, '1.1.0');
    const limited = await scene.client.until(
      () => Promise.resolve(limitedRequests(scene.proxy)),
      (requests) => requests.length > 0,
    );
    scene.proxy.endTrouble();
    const settled = await scene.client.settled(delivery);

    expect(limited.length).toBeGreaterThan(0);
    expect(settled).toMatchObject({ status: 'done', attempts: 1 });
    expect(requestsInPause(scene.proxy)).toEqual([]);
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('holds up its own deliveries only while it is silent', async () => {
    const { scene, other } = await setSceneWithOther();
    await scene.release(PATH, '1.0.0');
    scene.proxy.beginTrouble({ kind: 'silent' });
    const before = scene.proxy.log.length;

    const delivery = await scene.announce(PATH, '1.1.0');
    const elsewhere = await releaseElsewhere(scene, other);
    await scene.client.until(
      () => Promise.resolve(scene.proxy.log.length),
      (count) => count > before,
    );
    const waiting = await scene.client.delivery(delivery);
    scene.proxy.endTrouble();

    expect(elsewhere).toMatchObject({ status: 'done', attempts: 1 });
    expect(waiting).toMatchObject({ status: 'pending', attempts: 0 });
    expect(await scene.client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('holds up one repository and lets the others of the registry go on', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('before', requestTo('GET', PATH));

    const delivery = await scene.announce(PATH, '1.1.0');
    await held.reached;
    await scene.release('gallery/api', '1.0.0');
    await scene.release('gallery/api', '1.1.0');
    const waiting = await scene.client.delivery(delivery);
    held.release();

    expect(waiting).toMatchObject({ status: 'pending' });
    expect(await scene.client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('is asked again after a restart in the middle of its trouble', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    await scene.proxy.refuse();
    const delivery = await scene.announce(PATH, '1.1.0');
    const waiting = await failedOnce(scene, delivery);

    await scene.kill();
    await scene.start();
    await scene.client.until(
      () => scene.client.delivery(delivery),
      ({ attempts }) => attempts > waiting.attempts,
    );
    await scene.proxy.accept();

    expect(await scene.client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('records a write that took effect although its connection broke', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('after', requestTo('PUT', `${PATH}/manifests/latest`));

    const delivery = await scene.announce(PATH, '1.1.0');
    await held.reached;
    await scene.proxy.refuse();
    const waiting = await failedOnce(scene, delivery);
    await scene.proxy.accept();

    expect(waiting).toMatchObject({ status: 'pending' });
    expect(await scene.client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  });
});

describe('a registry that is silent for longer than the client waits', () => {
  if (!SLOW) {
    process.stderr.write('skipped the 30 s timeouts: npm run test:faults runs them\n');
    it.todo('lets the delivery wait with the code timeout (with npm run test:faults)');
    return;
  }

  it('lets the delivery wait with the code timeout', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    scene.proxy.beginTrouble({ kind: 'silent' });

    const delivery = await scene.announce(PATH, '1.1.0');
    let waiting = await scene.client.delivery(delivery);
    while (waiting.attempts === 0) waiting = await patiently(scene, delivery);
    scene.proxy.endTrouble();

    expect(waiting).toMatchObject({ status: 'pending', error: { code: 'timeout' } });
    expect(await scene.client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  }, 180_000);
});

/** A scene with a second registry `other` that nothing is wrong with. */
async function setSceneWithOther(): Promise<{
  readonly scene: Scene;
  readonly other: FakeRegistry;
}> {
  const scene = await setScene();
  const other = await FakeRegistry.start();
  others.push(other);
  const text = readFileSync(scene.config.path, 'utf8')
    // One request at a time: none is under way when another one is limited.
    .replace(/^( +)(url: .*)$/m, '$1$2\n$1concurrency: 1')
    .replace(/^registries:$/m, `registries:\n  other: { url: ${other.url} }`)
    .replace(/^repositories:$/m, 'repositories:\n  - match: other/**')
    .replace('allow: [local/gallery/*]', 'allow: [local/gallery/*, other/gallery/*]');
  writeFileSync(scene.config.path, text);
  await scene.start();
  return { scene, other };
}

function releaseElsewhere(scene: Scene, other: FakeRegistry): Promise<DeliveryAnswer> {
  const { digest } = other.pushImage(PATH, '1.0.0');
  return scene.client.release({ registry: 'other', repository: PATH, tag: '1.0.0', digest });
}

/** Waits until a delivery was tried in vain. */
function failedOnce(scene: Scene, delivery: number): Promise<DeliveryAnswer> {
  return scene.client.until(
    () => scene.client.delivery(delivery),
    ({ attempts }) => attempts > 0,
  );
}

/** For what takes longer than a client's patience. */
async function patiently(scene: Scene, delivery: number): Promise<DeliveryAnswer> {
  return failedOnce(scene, delivery).catch(() => scene.client.delivery(delivery));
}

/** Those that were answered with 429: the registry itself gave no answer to them. */
function limitedRequests({ log }: FaultyProxy): readonly FaultyProxy['log'][number][] {
  return log.filter(({ status, answeredAt }) => status === undefined && answeredAt !== undefined);
}

/** Requests that came in the time for which a 429 had asked to be left alone. */
function requestsInPause(proxy: FaultyProxy): readonly string[] {
  const pauses = limitedRequests(proxy).map(({ answeredAt = 0 }) => ({
    from: answeredAt,
    until: answeredAt + RETRY_AFTER_S * 1_000 - CLOCK_SLACK_MS,
  }));
  return proxy.log
    .filter(({ at }) => pauses.some(({ from, until }) => at > from && at < until))
    .map(({ method, path, at }) => {
      const since = pauses.filter(({ from }) => from < at).map(({ from }) => Math.round(at - from));
      return `${method} ${path} came ${Math.min(...since)} ms after a 429`;
    });
}
