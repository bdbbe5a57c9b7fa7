import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envelope, eventHeaders, push, tagDelete } from '../deliveries/distribution-events';
import { receiptOf, receiptsOf } from '../deliveries/delivery-list';
import type { HttpAnswer } from '../support/service';
import { releaseBody, signedHeaders, type WebhookRelease } from '../support/signed-webhook';
import { EVENTS_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { acceptedId, type Scene, useScenes } from './scene';

const PATH = 'gallery/ui';
const setScene = useScenes();

async function sceneWithRelease(): Promise<Scene> {
  const scene = await setScene();
  await scene.start();
  await scene.release(PATH, '1.0.0');
  return scene;
}

function notify(scene: Scene, ...events: readonly unknown[]): Promise<HttpAnswer> {
  return scene.client.send('POST', '/webhooks/events', eventHeaders(), envelope(...events));
}

describe('a delivery that comes again', () => {
  it('100 times at once is one row, one effect and 99 duplicates', async () => {
    const scene = await sceneWithRelease();
    const digest = await scene.publish(PATH, '1.1.0');
    const release = { repository: PATH, tag: '1.1.0', digest };

    const answers = await Promise.all(
      Array.from({ length: 100 }, () => scene.client.webhook(release, { id: 'msg_same' })),
    );

    const receipts = answers.map(receiptOf);
    const [id = 0, ...others] = [...new Set(receipts.map((receipt) => receipt.id))];
    expect(others).toEqual([]);
    expect(receipts.filter(({ status }) => status === 'duplicate')).toHaveLength(99);
    expect(await scene.client.settled(id)).toMatchObject({ status: 'done', duplicates: 99 });
    expect(await scene.client.moves('&tag=latest')).toHaveLength(2);
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('after it was given up is taken up again, across a kill -9', async () => {
    const scene = await sceneWithRelease();
    const release = { repository: PATH, tag: '1.1.0' };
    const id = acceptedId(await scene.client.webhook(release, { id: 'msg_dead' }));
    const dead = await scene.client.settled(id);
    await scene.kill();
    await scene.start();
    await scene.publish(PATH, '1.1.0');

    const again = await scene.client.webhook(release, { id: 'msg_dead' });

    expect(dead).toMatchObject({ status: 'dead', error: { code: 'manifest-unknown' } });
    expect(again.status).toBe(202);
    expect(receiptOf(again)).toMatchObject({ id, status: 'accepted' });
    expect(await scene.client.settled(id)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('after it was done asks the registry nothing', async () => {
    const scene = await sceneWithRelease();
    const digest = await scene.publish(PATH, '1.1.0');
    const release = { repository: PATH, tag: '1.1.0', digest };
    const id = acceptedId(await scene.client.webhook(release, { id: 'msg_done' }));
    await scene.client.settled(id);
    const asked = scene.proxy.log.length;

    const again = await scene.client.webhook(release, { id: 'msg_done' });

    expect(again.status).toBe(200);
    expect(receiptOf(again)).toMatchObject({ id, status: 'duplicate' });
    // What was queued by it would be reconciled before what comes after it.
    await scene.release('gallery/api', '1.0.0');
    const later = scene.proxy.log.slice(asked).filter(({ path }) => path.includes(PATH));
    expect(later).toEqual([]);
  });
});

describe('an event that says something impossible', () => {
  it('of a deleted tag that nobody had is settled at once, and holds nothing up', async () => {
    const scene = await sceneWithRelease();
    const host = new URL(scene.proxy.url).host;

    const answer = await notify(scene, tagDelete('9.9.9', { host }));
    const { status, attempts } = await scene.client.settled(acceptedId(answer));

    expect(answer.status).toBe(202);
    expect([status, attempts]).toEqual([expect.stringMatching(/^(?:done|ignored)$/), 1]);
    await scene.release(PATH, '1.1.0');
    expect(await scene.brokenLaws()).toEqual([]);
  });

  it('between good ones of its repository ends by itself, and they are done', async () => {
    const scene = await sceneWithRelease();
    const options = { host: new URL(scene.proxy.url).host };
    const good = async (tag: string): Promise<unknown> => {
      const digest = await scene.publish(PATH, tag);
      const event = push(tag, options);
      return { ...event, target: { ...event.target, digest } };
    };
    const poison = [
      push('-rf', options),
      push('7.0.0', { ...options, repository: 'gallery/../ui' }),
      { ...push('7.1.0', options), target: 'no target' },
      { ...push('7.2.0', options), id: 'a\nb' },
      push('8.0.0', options),
    ];
    const events = [await good('1.0.1'), ...poison, await good('1.1.0')];

    const answer = await notify(scene, ...events);

    expect(answer.status).toBe(202);
    const receipts = receiptsOf(answer);
    expect(receipts).toHaveLength(events.length);
    const ends = await Promise.all(receipts.map(({ id }) => scene.client.settled(id)));
    expect(ends.map(({ status }) => status)).toEqual([
      ...['done', 'ignored', 'ignored', 'ignored', 'ignored', 'dead', 'done'],
    ]);
    expect(ends.at(0)).toMatchObject({ attempts: 1 });
    expect(ends.at(-1)).toMatchObject({ attempts: 1 });
    await scene.release(PATH, '1.1.1');
    expect(await scene.brokenLaws()).toEqual([]);
  });
});

describe('a secret that is changed', () => {
  const next = { secret: 'the-next-webhook-secret-of-ci-yes', token: 'the-next-token-of-events' };

  /** Restarts with files of secrets: the old ones, the new ones, or both. */
  async function restartWith(scene: Scene, which: 'both' | 'new'): Promise<void> {
    const { folder, path } = scene.config;
    writeFileSync(join(folder, 'secrets/NEXT_SECRET'), `${next.secret}\n`);
    writeFileSync(join(folder, 'secrets/NEXT_TOKEN'), `${next.token}\n`);
    const text = readFileSync(path, 'utf8');
    const files = (fresh: string, old: string): string =>
      which === 'both' ? `[./secrets/${fresh}, ./secrets/${old}]` : `./secrets/${fresh}`;
    const changed = text
      .replace(
        /secretFile: .*?, allow/,
        `secretFile: ${files('NEXT_SECRET', 'WEBHOOK_SECRET')}, allow`,
      )
      .replace(/(events: .*?tokenFile: ).*?, reg/, `$1${files('NEXT_TOKEN', 'EVENTS_TOKEN')}, reg`);
    writeFileSync(path, changed);
    await scene.service.stop();
    await scene.start();
  }

  function signed(scene: Scene, release: WebhookRelease, secret: string): Promise<HttpAnswer> {
    const body = releaseBody(release);
    return scene.client.send('POST', '/webhooks/ci', signedHeaders(body, { secret }), body);
  }

  it('is taken beside the old one while both are configured, and then alone', async () => {
    const scene = await sceneWithRelease();
    const digest = await scene.publish(PATH, '1.1.0');
    const release = { repository: PATH, tag: '1.1.0', digest };
    const host = new URL(scene.proxy.url).host;
    const event = push('1.1.0', { host });
    const body = envelope({ ...event, target: { ...event.target, digest } });
    const answers = (): Promise<readonly number[]> =>
      Promise.all([
        signed(scene, release, WEBHOOK_SECRET),
        signed(scene, release, next.secret),
        ...[EVENTS_TOKEN, next.token].map((token) =>
          scene.client.send('POST', '/webhooks/events', eventHeaders(undefined, token), body),
        ),
      ]).then((all) => all.map(({ status }) => status));

    const before = await answers();
    await restartWith(scene, 'both');
    const during = await Promise.all(Array.from({ length: 10 }, answers));
    await restartWith(scene, 'new');
    const after = await answers();

    expect(before).toEqual([202, 401, 202, 401]);
    // The event has one id: the first of all deliveries of it is accepted, the others are known.
    expect(during).toEqual(during.map(() => [202, 202, 200, 200]));
    expect(after).toEqual([401, 202, 401, 200]);
    expect(await scene.brokenLaws()).toEqual([]);
    const written = `${scene.service.stdout}${scene.service.stderr}`;
    for (const secret of [...Object.values(next), WEBHOOK_SECRET, EVENTS_TOKEN]) {
      expect(written).not.toContain(secret);
    }
  });
});
