import { pushIndex, type PushedIndex } from '../../scripts/push-image';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import {
  deletionsOf,
  planFor,
  run,
  statesOf,
  verdictsOf,
  withPolicy,
  withReleases,
} from './pruning';

const KEEP = withPolicy('{ newestPatches: 1, per: minor }');

describeOnRealRegistries('the deletion of tags', (start, { name }) => {
  const stage = useStage(start, KEEP);
  const byTag = name === 'distribution-3';

  describe('that share a digest with one that stays', () => {
    let repository: TestRepository;
    let digest: string;

    beforeEach(async () => {
      repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
      digest = await repository.digestOf('1.0.0');
      await repository.retag('customer-x', '1.0.0');
      await repository.reconcile();
    });

    it('goes by tag where the registry can, else by a dummy', async () => {
      expect(verdictsOf(await planFor(repository))).toMatchObject({
        '1.0.0': byTag ? 'delete by tag' : 'delete by batch-dummy',
        '1.0.1': byTag ? 'delete by tag' : 'delete by digest',
        'customer-x': 'keep no-rule',
      });
    });

    it('leaves the sibling and the digest', async () => {
      await run(repository, await planFor(repository));

      const { '1.0.0': doomed, 'customer-x': sibling } = await repository.tags();
      expect([doomed, sibling]).toEqual([undefined, digest]);
      expect(await repository.statusOf(digest)).toBe(200);
    });

    it('counts the digest as reachable', async () => {
      const { unreachable } = await planFor(repository);

      expect(unreachable).not.toContain(digest);
    });

    it('goes by digest once the other is gone, too', async () => {
      repository.removeTag('customer-x');
      await repository.reconcile();

      const ended = await run(repository, await planFor(repository));

      expect(statesOf(ended)).toEqual({ '1.0.0': 'pruned', '1.0.1': 'pruned' });
    });
  });

  it('takes all tags of a digest together when none of them stays', async () => {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1']);
    await repository.retag('v1.0.0', '1.0.0');
    await repository.announce('v1.0.0');
    stage.clock.advance(DAY);

    const ended = await run(repository, await planFor(repository));

    expect(statesOf(ended)).toEqual({ '1.0.0': 'pruned', 'v1.0.0': 'pruned' });
    expect(await repository.tagNames()).toEqual(['1', '1.0', '1.0.1', 'latest']);
    const moves = await repository.moves('&kind=pruned');
    expect(moves.map(({ tag }) => tag).sort()).toEqual(['1.0.0', 'v1.0.0']);
  });

  it('leaves a tag that came to the digest after the plan, and the digest', async () => {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1']);
    const digest = await repository.digestOf('1.0.0');
    const plan = await planFor(repository);
    await repository.retag('customer-x', '1.0.0');

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ '1.0.0': 'pruned' });
    expect(await repository.tags()).toMatchObject({ 'customer-x': digest });
    expect(await repository.statusOf(digest)).toBe(200);
  });

  describe('with indexes', () => {
    let repository: TestRepository;
    let indexes: Record<string, PushedIndex>;

    beforeEach(async () => {
      repository = stage.repository();
      indexes = {};
      for (const tag of ['1.0.0', '1.0.1', '1.0.2']) {
        indexes[tag] = await pushIndex({ ...repository.target, tag, content: tag });
        await repository.announce(tag);
        stage.clock.advance(DAY);
      }
    });

    const childrenOf = (tag: string): readonly string[] =>
      (indexes[tag]?.children ?? []).map(({ digest }) => digest);

    it('leaves every child of an index that stays', async () => {
      await run(repository, await planFor(repository));

      const statuses = await Promise.all(
        childrenOf('1.0.2').map((one) => repository.statusOf(one)),
      );
      expect(await repository.tagNames()).toEqual(['1', '1.0', '1.0.2', 'latest']);
      expect(statuses).toEqual([200, 200]);
      expect(await repository.statusOf('latest')).toBe(200);
    });

    it('names the children of those that go as unreachable', async () => {
      const { unreachable } = await planFor(repository);

      const doomed = ['1.0.0', '1.0.1'].flatMap((tag) => [
        ...[indexes[tag]?.digest ?? '', ...childrenOf(tag)],
      ]);
      expect(new Set(unreachable)).toEqual(new Set(doomed));
    });

    it('keeps a child of an index that stays, though no rule keeps its own tag', async () => {
      const [child = ''] = childrenOf('1.0.2');
      await repository.retag('0.9.0', child);
      await repository.announce('0.9.0');
      await repository.publish('0.9.1');
      stage.clock.advance(DAY);
      const plan = await planFor(repository);

      await run(repository, plan);

      expect(verdictsOf(plan)).toMatchObject({ '0.9.0': 'keep referenced' });
      expect(await repository.tags()).toMatchObject({ '0.9.0': child });
      expect(await repository.statusOf(child)).toBe(200);
    });

    it('lets a child of an index go that goes itself', async () => {
      const [child = ''] = childrenOf('1.0.0');
      await repository.retag('0.9.0', child);
      await repository.announce('0.9.0');
      await repository.publish('0.9.1');
      stage.clock.advance(DAY);

      const plan = await planFor(repository);

      expect(deletionsOf(plan)).toEqual(['0.9.0', '1.0.0', '1.0.1']);
    });
  });
});

describeOnRealRegistries('a registry with deletes switched off', (start) => {
  const stage = useStage(start, KEEP, { deletes: false });

  it('blocks every deletion, and a run deletes nothing', async () => {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
    const before = await repository.tags();
    const plan = await planFor(repository);

    const ended = await run(repository, plan);

    expect(verdictsOf(plan)).toMatchObject({
      ...{ '1.0.0': 'blocked delete-disabled', '1.0.1': 'blocked delete-disabled' },
      '1.0.2': 'keep moving-target kept-by-rule',
    });
    expect(ended).toMatchObject({ status: 'done', items: [] });
    expect(await repository.tags()).toEqual(before);
  });
});
