import { requestTo } from './faulty-proxy';
import { useScenes } from './scene';

const PATH = 'gallery/ui';
const setScene = useScenes();

describe('kill -9 at a named moment', () => {
  it('finds that a write which never reached the registry did not happen, and makes it', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('before', requestTo('PUT', PATH));

    const delivery = await scene.announce(PATH, '1.1.0');
    const { path } = await held.reached;
    await scene.kill();
    const client = await scene.start();

    expect(await client.settled(delivery)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await scene.brokenLaws()).toEqual([]);
    const tag = path.split('/').at(-1);
    const earlier = tag === '1.1' ? 0 : 1;
    expect(await scene.database.moves(tag)).toEqual({ failed: 1, applied: earlier + 1 });
  });

  it('finds that a write whose answer never came did happen, and does not repeat it', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('after', requestTo('PUT', PATH));

    const delivery = await scene.announce(PATH, '1.1.0');
    const { path, method } = await held.reached;
    await scene.kill();
    const before = scene.proxy.log.length;
    const client = await scene.start();

    expect(await client.settled(delivery)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await scene.brokenLaws()).toEqual([]);
    const later = scene.proxy.log.slice(before);
    expect(later.filter((one) => one.method === method && one.path === path)).toEqual([]);
    expect(await scene.database.moves()).not.toHaveProperty('intended');
  });

  it('works on a delivery that was accepted and had not been looked at', async () => {
    const scene = await setScene();
    await scene.start();
    await scene.release(PATH, '1.0.0');
    const held = scene.proxy.holdNext('before', requestTo('GET', PATH));

    const delivery = await scene.announce(PATH, '1.1.0');
    await held.reached;
    await scene.kill();
    const movesBefore = await scene.database.moves();
    const pendingBefore = await scene.database.deliveries();
    const client = await scene.start();

    expect(movesBefore).toEqual({ applied: 4 });
    expect(pendingBefore).toEqual({ done: 1, pending: 1 });
    expect(await client.settled(delivery)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('takes in a repository that it was killed at while it met it', async () => {
    const scene = await setScene();
    await scene.publish(PATH, '1.0.0');
    await scene.publish(PATH, '1.1.0');
    await scene.start();
    const held = scene.proxy.holdNext('after', requestTo('PUT', `${PATH}/manifests/latest`));

    const delivery = await scene.announce(PATH, '1.0.1');
    await held.reached;
    await scene.kill();
    const client = await scene.start();

    expect(await client.settled(delivery)).toMatchObject({ status: 'done' });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('says duplicate to a sender that repeats what it got no answer to', async () => {
    const scene = await setScene();
    await scene.start();
    const digest = await scene.publish(PATH, '1.0.0');
    const release = { repository: PATH, tag: '1.0.0', digest };
    const id = 'msg_repeated';
    await scene.client.webhook(release, { id });
    await scene.kill();
    const client = await scene.start();

    const again = await client.webhook(release, { id });

    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ deliveries: [{ status: 'duplicate' }] });
    expect(await client.settled(1)).toMatchObject({ status: 'done', duplicates: 1 });
    expect(await scene.brokenLaws()).toEqual([]);
  });
});
