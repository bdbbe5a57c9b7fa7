import { describeOnRealRegistries } from '../support/real-registries';
import { PlanAnswer } from '../../src/tagging/tagging.schema';
import { useStage } from './stage';
import type { TestRepository } from './test-repository';

describeOnRealRegistries('a sweep', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeEach(async () => {
    repository = stage.repository();
    await repository.publish('1.0.0', '1.0.1');
  });

  const plan = async (): Promise<Record<string, string>> => {
    const answer = await repository.client.post('plans', { repository: repository.name });
    const { decisions } = PlanAnswer.parse(answer.json);
    return Object.fromEntries(decisions.map(({ tag, reason }) => [tag, reason.code]));
  };

  it('moves tags to releases whose webhooks were lost', async () => {
    await repository.push('1.0.2');
    await repository.push('1.1.0');
    await repository.push('0.9.9');

    const { counts } = await repository.reconcile();

    expect(await repository.movingTags()).toEqual({
      ...{ '0.9': '0.9.9', '1.0': '1.0.2', '1.1': '1.1.0', '1': '1.1.0', latest: '1.1.0' },
    });
    expect(counts.releases).toBe(5);
    const [move] = await repository.moves('&tag=latest');
    expect(move).toMatchObject({ kind: 'released', actor: 'tagward', deliveryId: null });
  });

  it('records releases and other tags that appeared as observed', async () => {
    await repository.push('1.0.2');
    await repository.push('nightly');

    await repository.reconcile();

    const observed = await repository.moves('&kind=observed');
    expect(observed.map(({ tag, to }) => [tag, to?.release])).toEqual(
      expect.arrayContaining([
        ['1.0.2', '1.0.2'],
        ['nightly', null],
      ]),
    );
  });

  it('writes nothing when there is nothing to do', async () => {
    const before = { tags: await repository.tags(), moves: await repository.moves() };

    await repository.reconcile();
    await repository.reconcile();

    expect(await repository.tags()).toEqual(before.tags);
    expect(await repository.moves()).toEqual(before.moves);
  });

  describe('after a release was deleted', () => {
    let owner: string;

    beforeEach(async () => {
      owner = await repository.digestOf('1.0.1');
      repository.removeTag('1.0.1');
      await repository.reconcile();
    });

    it('leaves the tags on it where they are', async () => {
      expect(await repository.tags()).toMatchObject({ '1.0': owner, '1': owner, latest: owner });
      expect(await plan()).toEqual({
        ...{ '1.0': 'manifest-missing', '1': 'manifest-missing', latest: 'manifest-missing' },
      });
      expect(await repository.read()).toMatchObject({ counts: { releases: 1 }, drift: [] });
    });

    it('does not count it when another line comes', async () => {
      await repository.publish('0.9.0');

      expect(await repository.tags()).toMatchObject({ '1.0': owner, '1': owner, latest: owner });
    });

    it('moves on to a higher release', async () => {
      await repository.publish('1.0.2');

      expect(await repository.movingTags()).toEqual({
        ...{ '1.0': '1.0.2', '1': '1.0.2', latest: '1.0.2' },
      });
    });

    it('takes it back when it is pushed again', async () => {
      await repository.push('1.0.1');

      const { counts } = await repository.reconcile();

      expect(counts.releases).toBe(2);
      expect(await plan()).toEqual({
        ...{ '1.0': 'already-right', '1': 'already-right', latest: 'already-right' },
      });
    });
  });

  it('reports tags as drift that went away together with their manifest', async () => {
    const owner = { digest: await repository.digestOf('1.0.1'), release: '1.0.1' };
    await repository.remove(owner.digest);

    const { drift } = await repository.reconcile();

    expect(await repository.tagNames()).toEqual(['1.0.0']);
    expect(drift.map(({ tag }) => tag).sort()).toEqual(['1', '1.0', 'latest']);
    expect(drift).toEqual(drift.map((one) => ({ ...one, recorded: owner, found: null })));
  });
});
