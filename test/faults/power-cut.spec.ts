import { appendFileSync, copyFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseFile } from './database-file';
import { faultSeed, Random } from './random';
import { acceptedId, type Scene, useScenes } from './scene';

const PATH = 'gallery/ui';
const DELIVERIES = 8;
const seed = faultSeed();
const setScene = useScenes();

/**
 * The files as they are at one moment, which is the service's last; the shared memory is gone with
 * the power.
 */
async function cutPower(scene: Scene, name: string): Promise<string> {
  const { service, config } = scene;
  const folder = join(config.folder, name);
  mkdirSync(folder);
  const copy = join(folder, 'tagward.db');
  await service.whileStopped(() => {
    copyFileSync(config.databasePath, copy);
    copyFileSync(`${config.databasePath}-wal`, `${copy}-wal`);
    service.signal('SIGKILL');
  });
  await scene.died();
  return copy;
}

function copyOf({ config }: Scene, original: string, name: string): string {
  const folder = join(config.folder, name);
  mkdirSync(folder);
  const copy = join(folder, 'tagward.db');
  copyFileSync(original, copy);
  copyFileSync(`${original}-wal`, `${copy}-wal`);
  return copy;
}

describe(`the database after a power cut (TAGWARD_FAULT_SEED=${seed})`, () => {
  it('holds every acknowledged delivery however much of the log behind it is lost', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.proxy.refuse();
    const wal = `${scene.config.databasePath}-wal`;
    const acknowledged: { readonly id: number; readonly walBytes: number }[] = [];
    for (let patch = 0; patch < DELIVERIES; patch += 1) {
      const id = await scene.announce(PATH, `1.0.${patch}`);
      acknowledged.push({ id, walBytes: statSync(wal).size });
    }
    const whole = await cutPower(scene, 'whole');
    const random = new Random(seed);
    const wholeBytes = statSync(`${whole}-wal`).size;
    const faults: string[] = [];

    for (const [index, { walBytes }] of acknowledged.entries()) {
      const copy = copyOf(scene, whole, `cut-${index}`);
      const keptBytes = walBytes + random.below(wholeBytes - walBytes + 1);
      truncateSync(`${copy}-wal`, keptBytes);
      const database = new DatabaseFile(copy);
      const integrity = await database.integrity();
      const { pending = 0 } = await database.deliveries();
      if (integrity !== 'ok') faults.push(`cut at ${keptBytes}: ${integrity}`);
      if (pending < index + 1) faults.push(`cut at ${keptBytes}: ${pending} of ${index + 1} rows`);
    }

    expect(wholeBytes).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });

  it('is what a service starts from, and works on what was accepted', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.proxy.refuse();
    const ids = [];
    for (const tag of ['1.0.0', '1.1.0', '1.0.1']) ids.push(await scene.announce(PATH, tag));
    const copy = await cutPower(scene, 'copy');
    // The beginning of a frame that was being written.
    appendFileSync(`${copy}-wal`, Buffer.alloc(100, 1));
    await scene.kill();
    await scene.proxy.accept();

    const client = await scene.launch(copy).ready();

    for (const id of ids) {
      expect(await client.settled(id)).toMatchObject({ status: 'done' });
    }
    expect(await new DatabaseFile(copy).integrity()).toBe('ok');
    expect((await client.tags()).get('latest')).toMatchObject({ release: '1.1.0' });
  });

  it('agrees with the registry after a cut at any moment under load', async () => {
    const scene = await setScene();
    const random = new Random(seed);
    scene.proxy.latency.before = () => random.below(20);
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const releases = [];
    for (const tag of ['1.0.1', '1.1.0', '1.1.1', '2.0.0']) {
      releases.push({ repository: PATH, tag, digest: await scene.publish(PATH, tag) });
    }
    const ids = await Promise.all(
      releases.map(async (release) => acceptedId(await scene.client.webhook(release))),
    );
    await scene.proxy.passes(
      random.pick(['before', 'after']),
      ({ method }) => method !== 'GET',
      1 + random.below(4),
    );

    const copy = await cutPower(scene, 'copy');
    await scene.kill();
    copyFileSync(copy, scene.config.databasePath);
    copyFileSync(`${copy}-wal`, `${scene.config.databasePath}-wal`);
    const client = await scene.start();

    for (const id of ids) {
      expect(await client.settled(id)).toMatchObject({ status: 'done' });
    }
    expect(await scene.brokenLaws()).toEqual([]);
  });
});
