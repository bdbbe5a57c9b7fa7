import { readFileSync, writeFileSync } from 'node:fs';
import { Problem } from '../support/service';
import { requestTo } from './faulty-proxy';
import { acceptedId, useScenes } from './scene';

const PATH = 'gallery/ui';
const setScene = useScenes();

describe('a start', () => {
  it('prints one ready line with the address that answers', async () => {
    const scene = await setScene();
    const client = await scene.start();

    expect(scene.service.stdout.match(/ready/g)).toHaveLength(1);
    expect(client.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect((await client.send('GET', '/readyz')).status).toBe(200);
  });

  it('ends with status 2 and every fault of the configuration with its place', async () => {
    const scene = await setScene();
    const faulty = readFileSync(scene.config.path, 'utf8')
      .replace('listen: 127.0.0.1:0', 'listen: everywhere')
      .replace(/url: .*/, 'url: ftp://registry.example')
      .replace('every: 1h', 'every: soon');
    writeFileSync(scene.config.path, faulty);
    const service = scene.launch();

    const exit = await service.exit;

    const places = ['listen: everywhere', 'url: ftp', 'every: soon'].map((text) => {
      const index = faulty.split('\n').findIndex((line) => line.includes(text));
      return `tagward.yaml:${index + 1}:`;
    });
    const lines = service.stderr.trim().split('\n');
    expect(exit).toEqual({ status: 2, signal: null });
    expect(lines).toHaveLength(3);
    for (const [index, place] of places.entries()) {
      expect(lines[index]).toContain(place);
      expect(lines[index]).toMatch(/tagward\.yaml:\d+:\d+ \S+: \S+/);
    }
    expect(service.stdout).not.toContain('ready');
  });
});

describe('a second process on the same database', () => {
  it('ends with status 1 and a sentence, and the first goes on', async () => {
    const scene = await setScene();
    const first = await scene.start();
    const second = scene.launch();

    const exit = await second.exit;

    expect(exit).toEqual({ status: 1, signal: null });
    expect(second.stderr.trim().split('\n').at(-1)).toBe(
      `another Tagward process uses ${scene.config.databasePath}: stop it, or give this one its own database`,
    );
    expect(second.stdout).not.toContain('ready');
    expect((await first.send('GET', '/readyz')).status).toBe(200);
    await scene.release(PATH, '1.0.0');
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('starts at once when the first was killed', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    await scene.kill();

    await scene.start();

    await scene.release(PATH, '1.1.0');
    expect(await scene.brokenLaws()).toEqual([]);
  });
});

describe('SIGTERM', () => {
  it('makes /readyz fail first, ends what is under way, and ends with status 0', async () => {
    const scene = await setScene();
    const client = await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('before', requestTo('PUT', PATH));
    const delivery = await scene.announce(PATH, '1.1.0');
    await held.reached;

    const stopped = scene.service.stop();
    const ready = await client.until(
      () => client.send('GET', '/readyz'),
      ({ status }) => status !== 200,
    );
    const live = await client.send('GET', '/livez');
    held.release();
    const exit = await stopped;
    const rows = await scene.database.deliveries();

    expect(ready.status).toBe(503);
    expect(Problem.parse(ready.json).code).toBe('stopping');
    expect(live.status).toBe(200);
    expect(exit).toEqual({ status: 0, signal: null });
    expect(rows).toEqual({ done: 2 });
    await scene.start();
    expect(await scene.client.delivery(delivery)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('keeps every delivery that was accepted under load', async () => {
    const scene = await setScene();
    await scene.start();
    const releases = await Promise.all(
      Array.from({ length: 40 }, async (_, number) => {
        const [path, tag] = [`gallery/app-${number % 4}`, `1.${number}.0`];
        return { repository: path, tag, digest: await scene.publish(path, tag) };
      }),
    );
    scene.proxy.latency.before = () => 20;
    const running = scene.client;

    const answers: Promise<number | undefined>[] = [];
    let stopped: ReturnType<typeof scene.service.stop> | undefined;
    for (const [index, release] of releases.entries()) {
      const sent = running.webhook(release);
      answers.push(sent.then(acceptedId).catch(() => undefined));
      if (index % 4 === 3) await answers.at(-1);
      if (index === 20) stopped = scene.service.stop();
    }
    const accepted = (await Promise.all(answers)).filter((id) => id !== undefined);
    const exit = await stopped;
    const rows = await scene.database.deliveries();
    await scene.start();

    expect(exit).toEqual({ status: 0, signal: null });
    expect(accepted.length).toBeGreaterThanOrEqual(20);
    expect((rows['pending'] ?? 0) + (rows['done'] ?? 0)).toBeGreaterThanOrEqual(accepted.length);
    for (const id of accepted) {
      expect(await scene.client.settled(id)).toMatchObject({ status: 'done' });
    }
    expect(await scene.database.integrity()).toBe('ok');
    expect(await scene.database.moves()).not.toHaveProperty('intended');
  });

  it('ends with status 0 when the registry does not answer, and the delivery is still there', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('before', requestTo('PUT', PATH));
    const delivery = await scene.announce(PATH, '1.1.0');
    await held.reached;

    const exit = await scene.service.stop();
    await scene.start();

    expect(exit).toEqual({ status: 0, signal: null });
    expect(await scene.client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  });
});
