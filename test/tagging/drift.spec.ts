import { Sweep } from '../../src/tagging/sweep';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from './stage';
import { reasonsOf, type TestRepository } from './test-repository';

describeOnRealRegistries('a moving tag that somebody else touched', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeEach(async () => {
    repository = stage.repository();
    await repository.publish('2.1.0', '2.2.0');
    stage.clock.advance(DAY);
  });

  const now = (): string => new Date(stage.clock.now()).toISOString();

  describe('by moving it', () => {
    beforeEach(() => repository.retag('latest', '2.1.0'));

    it('stays there, while the other tags follow a release', async () => {
      const delivery = await repository.publish('2.2.1');

      expect(reasonsOf(delivery)).toEqual({
        ...{ '2.2': 'released', '2': 'released', latest: 'drifted' },
      });
      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.0', '2.2': '2.2.1', '2': '2.2.1', latest: '2.1.0' },
      });
    });

    it('is reported with what was recorded, what was found and since when', async () => {
      const [recorded, found] = [
        { digest: await repository.digestOf('2.2.0'), release: '2.2.0' },
        { digest: await repository.digestOf('2.1.0'), release: '2.1.0' },
      ];

      const { drift } = await repository.reconcile();

      expect(drift).toEqual([{ tag: 'latest', recorded, found, since: now() }]);
    });

    it('keeps the time of its first sighting when it is seen again', async () => {
      const first = await repository.reconcile();

      const second = await repository.reconcile();

      expect(second.drift).toEqual(first.drift);
    });

    it('keeps what was recorded when it is moved by hand once more', async () => {
      await repository.reconcile();
      const foreign = await repository.push('built-by-hand');
      await repository.retag('latest', foreign);

      const { drift } = await repository.reconcile();

      expect(drift).toMatchObject([
        {
          tag: 'latest',
          recorded: { release: '2.2.0' },
          found: { digest: foreign, release: null },
        },
      ]);
    });

    it('has an observed move in its history', async () => {
      await repository.reconcile();

      const [move] = await repository.moves('&tag=latest');

      expect(move).toMatchObject({
        ...{ kind: 'observed', actor: 'tagward', deliveryId: null, at: now() },
        ...{ from: { release: '2.2.0' }, to: { release: '2.1.0' } },
      });
    });

    it("is Tagward's again, and moves on, once it is put back", async () => {
      await repository.publish('2.2.1');
      await repository.retag('latest', '2.2.0');

      const { drift } = await repository.reconcile();

      expect(drift).toEqual([]);
      expect(await repository.movingTags()).toMatchObject({ latest: '2.2.1' });
    });

    it("is Tagward's again once it is put on its owner", async () => {
      await repository.publish('2.2.1');
      await repository.retag('latest', '2.2.1');

      const { drift } = await repository.reconcile();
      await repository.publish('2.2.2');

      expect(drift).toEqual([]);
      expect(await repository.movingTags()).toMatchObject({ latest: '2.2.2' });
    });
  });

  describe('by deleting it', () => {
    beforeEach(() => {
      repository.removeTag('latest');
    });

    it('stays away, while the other tags follow a release', async () => {
      const delivery = await repository.publish('2.2.1');

      expect(reasonsOf(delivery)).toMatchObject({ '2.2': 'released', latest: 'drifted' });
      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.0', '2.2': '2.2.1', '2': '2.2.1' },
      });
    });

    it('is reported as found nowhere, and ends its lifetime', async () => {
      const recorded = { digest: await repository.digestOf('2.2.0'), release: '2.2.0' };

      const { drift } = await repository.reconcile();

      expect(drift).toEqual([{ tag: 'latest', recorded, found: null, since: now() }]);
      const [move] = await repository.moves('&tag=latest');
      expect(move).toMatchObject({ kind: 'observed', from: recorded, to: null });
      expect((await repository.client.tags(repository.slug)).has('latest')).toBe(false);
    });
  });

  it('is found by the periodic sweep', async () => {
    await repository.retag('2', '2.1.0');
    stage.clock.advance(DAY);

    await stage.service().app.get(Sweep).sweepSlot();

    const { drift } = await repository.client.until(
      () => repository.read(),
      (read) => read.drift.length > 0,
    );
    expect(drift).toMatchObject([{ tag: '2', recorded: { release: '2.2.0' }, since: now() }]);
  });
});
