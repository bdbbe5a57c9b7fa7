import type { RetentionPlanAnswer } from '../../src/retention/retention.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { OPERATE_TOKEN } from '../support/test-config';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { execute, planFor, readPlan, run, statesOf, withPolicy, withReleases } from './pruning';

describeOnRealRegistries('the execution of a retention plan', (start, { name }) => {
  const stage = useStage(start, withPolicy('{ newestPatches: 1, per: minor }'));
  const form = name === 'distribution-3' ? 'tag' : 'digest';
  let repository: TestRepository;
  let plan: RetentionPlanAnswer;

  beforeEach(async () => {
    repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2', '1.1.0']);
    plan = await planFor(repository);
  });

  it('deletes what the plan lets go, and nothing else', async () => {
    const { '1.0.0': _oldest, '1.0.1': _older, ...kept } = await repository.tags();

    const { status, items } = await run(repository, plan);

    expect(status).toBe('done');
    expect(items.map(({ tag, form: by, state }) => [tag, by, state])).toEqual([
      ['1.0.0', form, 'pruned'],
      ['1.0.1', form, 'pruned'],
    ]);
    expect(await repository.tags()).toEqual(kept);
  });

  it('takes the hash without quotes, too', async () => {
    const answer = await execute(repository, plan.id, plan.planHash);

    expect(answer.status).toBe(202);
  });

  it('marks the plan as executed', async () => {
    const { id } = await run(repository, plan);

    expect((await readPlan(repository, plan.id)).json).toMatchObject({
      ...{ status: 'executed', runId: id },
    });
  });

  it('is recorded as pruned moves, and history answers for before', async () => {
    const before = stage.clock.now();
    const digest = await repository.digestOf('1.0.0');
    stage.clock.advance(DAY / 2);
    await run(repository, plan);
    const path = `repositories/${repository.slug}/tags/1.0.0/at?time=`;

    const [then, now] = [
      await repository.client.get(path + new Date(before).toISOString()),
      await repository.client.get(path + new Date(stage.clock.now()).toISOString()),
    ];

    const moves = await repository.moves('&kind=pruned');
    expect(moves.map(({ tag, from, to, actor }) => [tag, from?.release, to, actor]).sort()).toEqual(
      [
        ['1.0.0', '1.0.0', null, 'token:admin'],
        ['1.0.1', '1.0.1', null, 'token:admin'],
      ],
    );
    expect(then).toMatchObject({ status: 200, json: { digest, release: '1.0.0' } });
    expect(now).toMatchObject({ status: 404, json: { code: 'tag-not-present' } });
  });

  it('is no drift: a sweep afterwards moves and reports nothing', async () => {
    await run(repository, plan);
    const before = { tags: await repository.tags(), moves: await repository.moves() };

    const { drift, counts } = await repository.reconcile();

    expect(drift).toEqual([]);
    expect(counts.releases).toBe(2);
    expect({ tags: await repository.tags(), moves: await repository.moves() }).toEqual(before);
  });

  it('leaves nothing for the next plan', async () => {
    await run(repository, plan);

    const { decisions } = await planFor(repository);

    expect(new Set(decisions.map(({ verdict }) => verdict))).toEqual(new Set(['keep']));
  });

  it('skips a tag that was pushed again since the plan', async () => {
    const digest = await repository.push('1.0.0', 'built again');

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ '1.0.0': 'skipped moved', '1.0.1': 'pruned' });
    expect(await repository.tags()).toMatchObject({ '1.0.0': digest });
  });

  it('skips a tag that a moving tag came to since the plan', async () => {
    await repository.retag('1.0', '1.0.0');

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ '1.0.0': 'skipped protected', '1.0.1': 'pruned' });
    expect(await repository.tagNames()).toContain('1.0.0');
  });

  it('finds no fault in a tag that somebody else deleted since the plan', async () => {
    repository.removeTag('1.0.0');

    const ended = await run(repository, plan);

    expect(ended.status).toBe('done');
    expect(statesOf(ended)).toEqual({ '1.0.0': 'already-absent', '1.0.1': 'pruned' });
  });

  it('does not take what could go by now but was not planned', async () => {
    await repository.publish('1.1.1');
    stage.clock.advance(DAY / 2);

    await run(repository, plan);

    expect(await repository.tagNames()).toContain('1.1.0');
  });

  describe('is refused', () => {
    let tags: Record<string, string>;

    beforeEach(async () => {
      tags = await repository.tags();
    });

    it('without If-Match', async () => {
      const answer = await execute(repository, plan.id);

      expect(answer).toMatchObject({ status: 428, json: { code: 'precondition-missing' } });
      expect(await repository.tags()).toEqual(tags);
    });

    it.each(['0'.repeat(64), '*', 'W/"x"', ''])('with the stale If-Match "%s"', async (ifMatch) => {
      const answer = await execute(repository, plan.id, ifMatch);

      expect(answer).toMatchObject({ status: 412, json: { code: 'plan-stale' } });
      expect(await repository.tags()).toEqual(tags);
    });

    it('without the scope of an administrator', async () => {
      const answer = await execute(repository, plan.id, plan.planHash, OPERATE_TOKEN);

      expect(answer).toMatchObject({ status: 403, json: { code: 'scope-missing' } });
      expect(await repository.tags()).toEqual(tags);
    });

    it('after the plan has expired', async () => {
      stage.clock.advance(DAY);

      const answer = await execute(repository, plan.id, plan.planHash);

      expect(answer).toMatchObject({ status: 410, json: { code: 'plan-expired' } });
      expect((await readPlan(repository, plan.id)).json).toMatchObject({ status: 'expired' });
      expect(await repository.tags()).toEqual(tags);
    });

    it('the second time', async () => {
      await run(repository, plan);

      const answer = await execute(repository, plan.id, plan.planHash);

      expect(answer).toMatchObject({ status: 409, json: { code: 'plan-not-executable' } });
    });

    it('of a plan that does not exist', async () => {
      const answer = await execute(repository, 999_999, plan.planHash);

      expect(answer).toMatchObject({ status: 404, json: { code: 'plan-unknown' } });
    });
  });

  it('answers 404 for a run that does not exist', async () => {
    const answer = await repository.client.get('retention-runs/999999');

    expect(answer).toMatchObject({ status: 404, json: { code: 'run-unknown' } });
  });
});
