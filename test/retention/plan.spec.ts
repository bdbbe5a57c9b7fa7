import { describeOnRealRegistries } from '../support/real-registries';
import { bearer } from '../support/service';
import { READ_TOKEN } from '../support/test-config';
import { useStage } from '../tagging/stage';
import { deletionsOf, planFor, readPlan, verdictsOf, withPolicy, withReleases } from './pruning';

const RELEASES = ['1.0.0', '1.0.1', '1.0.2', '1.1.0', '1.1.1', '2.0.0'];

describeOnRealRegistries('a retention plan', (start, { name }) => {
  const stage = useStage(start, withPolicy('{ newestPatches: 1, per: minor }'));
  const form = name === 'distribution-3' ? 'tag' : 'digest';

  it.each([
    { keep: '{ newestPatches: 1, per: minor }', deletions: ['1.0.0', '1.0.1', '1.1.0'] },
    { keep: '{ newestPatches: 2, per: minor }', deletions: ['1.0.0'] },
    { keep: '{ newestMinors: 1, per: major }', deletions: ['1.0.0', '1.0.1'] },
    { keep: '{ movedWithin: 50d }', deletions: ['1.0.0'] },
    { keep: '{ newest: 0 }', deletions: ['1.0.0', '1.0.1', '1.1.0'] },
    { keep: '{ movedWithin: 30d }, { newestPatches: 2, per: minor }', deletions: ['1.0.0'] },
  ])('that keeps $keep lets $deletions go', async ({ keep, deletions }) => {
    await stage.restart(withPolicy(keep));
    const repository = await withReleases(stage, RELEASES);

    const plan = await planFor(repository);

    expect(plan).toMatchObject({ outcome: 'planned', status: 'open', runId: null });
    expect(deletionsOf(plan)).toEqual(deletions);
  });

  describe('of a usual repository', () => {
    beforeAll(() => stage.restart(withPolicy('{ newestPatches: 2, per: minor }')));

    it('has a verdict with a reason for every tag', async () => {
      const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2', '1.1.0-rc.1']);
      await repository.push('nightly');
      await repository.push('0.9.0');

      const plan = await planFor(repository);

      expect(verdictsOf(plan)).toEqual({
        '1.0.0': `delete by ${form}`,
        '1.0.1': 'keep kept-by-rule',
        '1.0.2': 'keep moving-target kept-by-rule',
        '1.1.0-rc.1': 'keep no-rule',
        '0.9.0': 'keep first-observed kept-by-rule',
        ...{ nightly: 'keep first-observed no-rule', latest: 'keep moving-tag' },
        ...{ '1': 'keep moving-tag', '1.0': 'keep moving-tag' },
      });
      const texts = plan.decisions.flatMap(({ reasons }) => reasons.map(({ text }) => text));
      expect(texts).toContain('kept: target of latest, 1 and 1.0');
    });

    it('writes nothing to the registry', async () => {
      const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
      const before = { tags: await repository.tags(), moves: await repository.moves() };

      const plan = await planFor(repository);

      expect(deletionsOf(plan)).toEqual(['1.0.0']);
      expect({ tags: await repository.tags(), moves: await repository.moves() }).toEqual(before);
    });

    it('names the digests that nothing reaches afterwards', async () => {
      const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);

      const { unreachable } = await planFor(repository);

      expect(unreachable).toEqual([await repository.digestOf('1.0.0')]);
    });

    it('is kept for reading, and lasts a day', async () => {
      const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
      const plan = await planFor(repository);

      const answer = await readPlan(repository, plan.id);

      expect(answer).toMatchObject({ status: 200, json: plan });
      expect(Date.parse(plan.expiresAt) - Date.parse(plan.createdAt)).toBe(86_400_000);
    });

    it('keeps a release that somebody pushed again since', async () => {
      const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
      await repository.push('1.0.0', 'built again');

      const plan = await planFor(repository);

      expect(verdictsOf(plan)).toMatchObject({ '1.0.0': 'keep first-observed' });
    });

    it('keeps the target of a moving tag that somebody put on an old release', async () => {
      const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
      await repository.retag('1', '1.0.0');

      const plan = await planFor(repository);

      expect(verdictsOf(plan)).toMatchObject({
        ...{ '1.0.0': 'keep moving-target', '1.0.2': 'keep moving-target kept-by-rule' },
      });
    });

    it('keeps both of two tags that name one version with different digests', async () => {
      const repository = await withReleases(stage, ['1.0.0', 'v1.0.0', '1.0.1', '1.0.2']);

      const plan = await planFor(repository);

      expect(verdictsOf(plan)).toMatchObject({
        ...{ '1.0.0': 'keep version-conflict', 'v1.0.0': 'keep version-conflict' },
      });
    });

    it('wants the scope to operate', async () => {
      const repository = await withReleases(stage, ['1.0.0']);
      const path = `repositories/${repository.slug}/retention-plans`;

      const answer = await repository.client.post(path, {}, bearer(READ_TOKEN));

      expect(answer.status).toBe(403);
    });
  });

  it.each([
    { why: 'names no policy', options: {}, code: 'policy-missing' },
    {
      why: 'names a policy that is off',
      options: withPolicy('{ newest: 1 }', { mode: 'off' }),
      code: 'policy-off',
    },
  ])('is refused for a repository that $why', async ({ options, code }) => {
    await stage.restart(options);
    const repository = await withReleases(stage, ['1.0.0']);

    const answer = await repository.client.post(`repositories/${repository.slug}/retention-plans`);

    expect(answer).toMatchObject({ status: 409, json: { code } });
  });
});
