import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from './stage';
import { reasonsOf, type TestRepository } from './test-repository';

describeOnRealRegistries('a release', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeEach(() => {
    repository = stage.repository();
  });

  describe('that is a pre-release', () => {
    it('moves nothing when its text says so, not even in an empty repository', async () => {
      const delivery = await repository.publish('1.0.0-rc.1');

      expect(delivery.status).toBe('done');
      expect(reasonsOf(delivery)).toEqual({
        ...{ '1.0': 'prerelease', '1': 'prerelease', latest: 'prerelease' },
      });
      expect(await repository.tagNames()).toEqual(['1.0.0-rc.1']);
    });

    it('moves nothing when only its delivery says so', async () => {
      await repository.publish('1.0.0');
      await repository.push('1.1.0');

      const delivery = await repository.announce('1.1.0', { prerelease: true });

      expect(new Set(Object.values(reasonsOf(delivery)))).toEqual(new Set(['prerelease']));
      expect(await repository.movingTags()).toEqual({
        ...{ '1.0': '1.0.0', '1': '1.0.0', latest: '1.0.0' },
      });
    });

    it('moves its tags once it is announced as none', async () => {
      await repository.push('1.1.0');
      await repository.announce('1.1.0', { prerelease: true });

      await repository.announce('1.1.0', { prerelease: false });

      expect(await repository.movingTags()).toEqual({
        ...{ '1.1': '1.1.0', '1': '1.1.0', latest: '1.1.0' },
      });
    });

    it('stays one in spite of prerelease: false when its text says so', async () => {
      await repository.push('1.1.0-beta.2');

      await repository.announce('1.1.0-beta.2', { prerelease: false });

      expect(await repository.movingTags()).toEqual({});
    });
  });

  describe('that is built again under its tag', () => {
    it('is refused as a conflict, and moves nothing', async () => {
      await repository.publish('1.0.0', '1.0.1');
      const before = await repository.tags();
      const rebuilt = await repository.push('1.0.1', 'built again');

      const delivery = await repository.announce('1.0.1');

      expect(delivery).toMatchObject({ status: 'ignored', error: { code: 'conflict' } });
      expect(delivery.error?.text).toContain(rebuilt);
      expect(delivery.outcome?.decisions.map(({ action }) => action)).not.toContain('move');
      expect(await repository.tags()).toEqual({ ...before, '1.0.1': rebuilt });
    });

    it('is refused when the announcement names the new digest, too', async () => {
      await repository.publish('1.0.0');
      const digest = await repository.push('1.0.0', 'built again');

      const delivery = await repository.announce('1.0.0', { digest });

      expect(delivery).toMatchObject({ status: 'ignored', error: { code: 'conflict' } });
      expect(await repository.movingTags()).toMatchObject({ latest: '1.0.0' });
    });

    it('shows in the history of its own tag', async () => {
      await repository.publish('1.0.0');
      const digest = await repository.push('1.0.0', 'built again');
      await repository.announce('1.0.0');

      const [move] = await repository.moves('&tag=1.0.0');

      expect(move).toMatchObject({ kind: 'observed', to: { digest, release: null } });
    });

    it('moves nothing in a sweep, either', async () => {
      await repository.publish('1.0.0');
      await repository.push('1.0.0', 'built again');

      await repository.reconcile();

      expect(await repository.movingTags()).toEqual({
        ...{ '1.0': '1.0.0', '1': '1.0.0', latest: '1.0.0' },
      });
    });
  });

  describe('with two spellings', () => {
    it('is one release when both have one digest', async () => {
      await repository.publish('v1.0.1');
      await repository.retag('1.0.1', 'v1.0.1');

      const before = await repository.moves();

      const delivery = await repository.announce('1.0.1');

      expect(delivery.status).toBe('done');
      const moves = await repository.moves();
      expect(moves.map(({ tag }) => tag)).toEqual(['1.0.1', ...before.map(({ tag }) => tag)]);
    });

    it('is a conflict when they have two digests: tags stay, and nothing moves to either', async () => {
      await repository.publish('1.0.0', 'v1.0.1');
      await repository.push('1.0.1', 'another build');

      const delivery = await repository.announce('1.0.1');

      expect(reasonsOf(delivery)).toEqual({
        ...{ '1.0': 'conflict', '1': 'conflict', latest: 'conflict' },
      });
      expect(await repository.movingTags()).toEqual({
        ...{ '1.0': 'v1.0.1', '1': 'v1.0.1', latest: 'v1.0.1' },
      });
    });

    it('leaves the tags that it does not have yet to the highest release below', async () => {
      await repository.push('1.0.0');
      await repository.push('v1.0.1');
      await repository.push('1.0.1', 'another build');

      await repository.reconcile();

      expect(await repository.movingTags()).toEqual({
        ...{ '1.0': '1.0.0', '1': '1.0.0', latest: '1.0.0' },
      });
    });

    it('ends the conflict when one of them is deleted', async () => {
      await repository.publish('1.0.0', 'v1.0.1');
      await repository.push('1.0.1', 'another build');
      await repository.announce('1.0.1');
      repository.removeTag('v1.0.1');

      await repository.reconcile();

      expect(await repository.movingTags()).toEqual({
        ...{ '1.0': '1.0.1', '1': '1.0.1', latest: '1.0.1' },
      });
    });
  });
});
