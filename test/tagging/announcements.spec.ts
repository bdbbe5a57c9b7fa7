import { randomUUID } from 'node:crypto';
import { Receipts, type DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { SECOND, useStage } from './stage';
import type { TestRepository } from './test-repository';

describeOnRealRegistries('an announcement', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeEach(async () => {
    repository = stage.repository();
    await repository.publish('1.0.0');
  });

  /** Waits for a try of a delivery that the registry does not bear out yet. */
  const afterTries = (id: number, tries: number): Promise<DeliveryAnswer> =>
    repository.client.until(
      () => repository.client.delivery(id),
      ({ attempts }) => attempts >= tries,
    );

  const deliver = async (tag: string, facts = {}): Promise<number> => {
    const { deliveries } = Receipts.parse((await repository.webhook(tag, facts)).json);
    return deliveries[0]?.id ?? 0;
  };

  it('of a tag that is not there waits, and is given up after three tries', async () => {
    const before = await repository.tags();
    const id = await deliver('1.0.1');
    const first = await afterTries(id, 1);
    stage.clock.advance(4 * SECOND);
    const second = await afterTries(id, 2);
    stage.clock.advance(8 * SECOND);

    const last = await afterTries(id, 3);

    expect([first, second, last].map(({ status }) => status)).toEqual([
      ...['pending', 'pending', 'dead'],
    ]);
    expect(last).toMatchObject({ attempts: 3, error: { code: 'manifest-unknown' } });
    expect(await repository.tags()).toEqual(before);
  });

  it('of a tag that is not there yet is done when the image comes', async () => {
    const id = await deliver('1.0.1');
    await afterTries(id, 1);
    await repository.push('1.0.1');
    stage.clock.advance(4 * SECOND);

    const delivery = await repository.client.settled(id);

    expect(delivery).toMatchObject({ status: 'done', attempts: 2, error: null });
    expect(await repository.movingTags()).toMatchObject({ latest: '1.0.1' });
  });

  it('that was given up runs again on request', async () => {
    const id = await deliver('1.0.1');
    await afterTries(id, 1);
    stage.clock.advance(4 * SECOND);
    await afterTries(id, 2);
    stage.clock.advance(8 * SECOND);
    await afterTries(id, 3);
    await repository.push('1.0.1');

    const replay = await repository.client.post(`deliveries/${id}/replays`);
    const [receipt] = Receipts.parse(replay.json).deliveries;
    const delivery = await repository.client.settled(receipt?.id ?? 0);

    expect(delivery.status).toBe('done');
    expect(await repository.movingTags()).toMatchObject({ latest: '1.0.1' });
  });

  it('of another digest than the tag has waits until the tag has it', async () => {
    await repository.push('1.0.1', 'not the one that is announced');
    const digest = await repository.push('candidate', '1.0.1');
    const id = await deliver('1.0.1', { digest });
    const waiting = await afterTries(id, 1);
    const meanwhile = await repository.movingTags();
    await repository.retag('1.0.1', digest);
    stage.clock.advance(4 * SECOND);

    const delivery = await repository.client.settled(id);

    expect(waiting).toMatchObject({ status: 'pending', error: { code: 'digest-mismatch' } });
    expect(meanwhile).toMatchObject({ latest: '1.0.0' });
    expect(delivery.status).toBe('done');
    expect((await repository.tags())['latest']).toBe(digest);
  });

  it('of a tag that is no version is ignored, and the tag has a history', async () => {
    const first = await repository.push('nightly', 'monday');
    const delivery = await repository.announce('nightly');
    const second = await repository.push('nightly', 'tuesday');
    await repository.announce('nightly');

    const moves = await repository.moves('&tag=nightly');

    expect(delivery).toMatchObject({ status: 'ignored', outcome: { decisions: [] } });
    expect(moves.map(({ from, to }) => [from?.digest, to?.digest])).toEqual([
      [first, second],
      [undefined, first],
    ]);
    expect(await repository.movingTags()).toMatchObject({ latest: '1.0.0' });
  });

  it('of a tag that is no version may come before the tag, which has a history then', async () => {
    const id = await deliver('nightly');
    const waiting = await afterTries(id, 1);
    const digest = await repository.push('nightly', 'monday');
    stage.clock.advance(4 * SECOND);

    const delivery = await repository.client.settled(id);

    expect(waiting).toMatchObject({ status: 'pending', error: { code: 'manifest-unknown' } });
    expect(delivery).toMatchObject({ status: 'ignored', attempts: 2 });
    const [move] = await repository.moves('&tag=nightly');
    expect(move?.to).toMatchObject({ digest });
  });

  it('of a tag that is no version and does not come is looked at twice, and ignored', async () => {
    const id = await deliver('nightly');
    await afterTries(id, 1);
    stage.clock.advance(4 * SECOND);

    const delivery = await repository.client.settled(id);

    expect(delivery).toMatchObject({ status: 'ignored', attempts: 2 });
    expect(await repository.moves('&tag=nightly')).toEqual([]);
  });

  it('of a moving tag is ignored', async () => {
    const delivery = await repository.announce('latest');

    expect(delivery).toMatchObject({ status: 'ignored', error: { code: 'not-a-release' } });
  });

  it('that is repeated with its id is a duplicate and is not run again', async () => {
    const id = randomUUID();
    const first = Receipts.parse((await repository.webhook('1.0.0', {}, id)).json).deliveries[0];
    await repository.client.settled(first?.id ?? 0);

    const answer = await repository.webhook('1.0.0', {}, id);

    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ deliveries: [{ id: first?.id, status: 'duplicate' }] });
    expect(await repository.client.delivery(first?.id ?? 0)).toMatchObject({
      ...{ attempts: 1, duplicates: 1 },
    });
  });
});
