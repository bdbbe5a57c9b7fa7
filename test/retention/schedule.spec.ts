import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { RetentionPlanAnswer } from '../../src/retention/retention.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { deletionsOf, readPlan, whenEnded, withPolicy, withReleases } from './pruning';

describeOnRealRegistries('scheduled retention', (start) => {
  const stage = useStage(start);

  /** The policy in a mode, on a database of its own: its first plan is number 1. */
  const inMode = async (mode: string): Promise<TestRepository> => {
    await stage.restart(withPolicy('{ newestPatches: 1, per: minor }', { mode }));
    return withReleases(stage, ['1.0.0', '1.0.1']);
  };

  const runSlot = (): Promise<void> => stage.service().app.get(RetentionSchedule).runSlot();

  it('makes one plan in a slot, however often the slot is run', async () => {
    const repository = await inMode('dry-run');

    await Promise.all([runSlot(), runSlot()]);
    await runSlot();

    expect((await readPlan(repository, 1)).status).toBe(200);
    expect((await readPlan(repository, 2)).status).toBe(404);
  });

  it('makes another plan in the next slot', async () => {
    const repository = await inMode('dry-run');
    await runSlot();
    stage.clock.advance(DAY);

    await runSlot();

    expect((await readPlan(repository, 2)).status).toBe(200);
  });

  it('only plans in dry-run', async () => {
    const repository = await inMode('dry-run');
    const before = await repository.tags();

    await runSlot();

    const plan = RetentionPlanAnswer.parse((await readPlan(repository, 1)).json);
    expect(plan).toMatchObject({ status: 'open', runId: null });
    expect(deletionsOf(plan)).toEqual(['1.0.0']);
    expect(await repository.tags()).toEqual(before);
  });

  it('executes what it planned in enforce', async () => {
    const repository = await inMode('enforce');

    await runSlot();

    const plan = RetentionPlanAnswer.parse((await readPlan(repository, 1)).json);
    const ended = await whenEnded(repository, plan.runId ?? 0);
    expect(ended).toMatchObject({ status: 'done', actor: 'schedule' });
    expect(await repository.tagNames()).toEqual(['1', '1.0', '1.0.1', 'latest']);
    const [move] = await repository.moves('&kind=pruned');
    expect(move).toMatchObject({ tag: '1.0.0', actor: 'schedule' });
  });

  it('does nothing when the policy is off', async () => {
    const repository = await inMode('off');

    await runSlot();

    expect((await readPlan(repository, 1)).status).toBe(404);
  });
});
