import {
  envelope,
  eventHeaders,
  blobPull,
  blobPush,
  pull,
  push,
} from '../deliveries/distribution-events';
import { faultSeed, Random } from './random';
import { acceptedId, type Scene, useScenes } from './scene';

const PATH = 'gallery/ui';
const WRITE_MS = 250;
const MOST_WRITES = 5;
/** Of 20 events. */
const NOISE = 19;
const MIB = 1024 * 1024;
const seed = faultSeed();
const setScene = useScenes();

describe(`a burst (TAGWARD_FAULT_SEED=${seed})`, () => {
  it('of 50 releases of one repository writes each moving tag a few times, and right', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const tags = Array.from({ length: 50 }, (_, n) => `1.${1 + (n % 5)}.${Math.floor(n / 5)}`);
    const releases = await Promise.all(
      new Random(seed).shuffle(tags).map(async (tag) => {
        return { repository: PATH, tag, digest: await scene.publish(PATH, tag) };
      }),
    );
    scene.proxy.latency.before = ({ method }) => (method === 'PUT' ? WRITE_MS : 0);
    const before = scene.proxy.log.length;

    const answers = await Promise.all(releases.map((release) => scene.client.webhook(release)));
    const ends = await Promise.all(
      answers.map((answer) => scene.client.settled(acceptedId(answer))),
    );

    expect(ends.map(({ status }) => status)).toEqual(releases.map(() => 'done'));
    expect(await scene.brokenLaws()).toEqual([]);
    const writes = countWrites(scene, before);
    expect(writes.size).toBe(5 + 2);
    expect([...writes].filter(([, count]) => count > MOST_WRITES)).toEqual([]);
  });

  it('of 5,000 events, most of them pulls and blobs, stores what counts and keeps no memory', async () => {
    const scene = await setScene();
    await scene.start();
    const digests = new Map<string, string>();
    for (const tag of ['1.0.0', '1.1.0', '2.0.0', '1.0.1', '2.1.0']) {
      digests.set(tag, await scene.publish(PATH, tag));
    }
    const host = new URL(scene.proxy.url).host;
    const bodies = Array.from({ length: 250 }, (_, number) => {
      const [tag = '', digest = ''] = [...digests][number % digests.size] ?? [];
      const options = { repository: PATH, host };
      const noise = Array.from({ length: NOISE }, (__, n) => {
        const make = [pull, blobPull, blobPush][n % 3] ?? pull;
        return make(`${number}-${n}`, options);
      });
      const event = push(tag, options);
      return [...noise, { ...event, target: { ...event.target, digest } }];
    });
    await sendAll(scene, bodies.slice(0, 50));
    const before = await scene.heap();

    await sendAll(scene, bodies.slice(50));

    await scene.client.until(
      () => scene.database.deliveries(),
      (counts) => counts['pending'] === undefined,
    );
    const grown = (await scene.heap()) - before;
    expect(await scene.database.deliveries()).toEqual({ done: 250 });
    expect(await scene.brokenLaws()).toEqual([]);
    expect(grown).toBeLessThan(16 * MIB);
  });
});

/** One event in a request, one request at a time, as Distribution sends them. */
async function sendAll({ client }: Scene, events: readonly (readonly unknown[])[]): Promise<void> {
  for (const event of events.flat()) {
    const answer = await client.send('POST', '/webhooks/events', eventHeaders(), envelope(event));
    if (answer.status !== 202) throw new Error(`an event was answered with ${answer.status}`);
  }
}

function countWrites({ proxy }: Scene, before: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of proxy.log.slice(before).filter(({ method }) => method === 'PUT')) {
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}
