import { parseRepositoryName } from '../../src/core/names';
import { JobRunStore } from '../../src/database/job-run.store';
import { RetentionPlanner } from '../../src/retention/retention-planner';
import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { RetentionSlots } from '../../src/retention/retention-slots';
import { RetentionAnswer, RetentionPlanAnswer } from '../../src/retention/retention.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import {
  deletionsOf,
  planFor,
  readPlan,
  run,
  whenEnded,
  withPolicy,
  withReleases,
  withRetention,
} from './pruning';

const MINUTE = 60_000;

describeOnRealRegistries('scheduled retention', (start) => {
  const stage = useStage(start);

  /** The policy in a mode, on a database of its own: its first plan is number 1. */
  const inMode = async (mode: string): Promise<TestRepository> => {
    await stage.restart(withPolicy('{ newestPatches: 1, per: minor }', { mode }));
    return withReleases(stage, ['1.0.0', '1.0.1']);
  };

  const runSlot = (): Promise<void> => stage.service().app.get(RetentionSchedule).runSlot();
  const statusOf = async ({ client, slug }: TestRepository): Promise<RetentionAnswer> =>
    RetentionAnswer.parse((await client.get(`repositories/${slug}/retention`)).json);

  it('tells what the next slot would let go', async () => {
    const rules = '- { class: release, keep: { any: [ { movedWithin: 30d } ] } }';
    await stage.restart(withRetention(['rules:', `  ${rules}`], '0 0 1 1 *'));
    const repository = await withReleases(stage, ['1.0.0', '1.0.1']);
    const path = `repositories/${repository.slug}/retention`;

    const { json } = await repository.client.get(`${path}/next`);

    const { nextSlotAt } = await statusOf(repository);
    expect(json).toMatchObject({ at: nextSlotAt, outcome: 'planned' });
    expect(nextSlotAt).toMatch(/-01-01T00:00:00\.000Z$/);
    const now = deletionsOf(await planFor(repository));
    const next = deletionsOf(RetentionPlanAnswer.partial().parse(json) as RetentionPlanAnswer);
    expect({ now, next }).toEqual({ now: [], next: ['1.0.0'] });
  });

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

  it.each(['dry-run', 'enforce'])('only plans in %s before a person has approved', async (mode) => {
    const repository = await inMode(mode);
    const before = await repository.tags();

    await runSlot();

    const plan = RetentionPlanAnswer.parse((await readPlan(repository, 1)).json);
    expect(plan).toMatchObject({ status: 'open', runId: null });
    expect(deletionsOf(plan)).toEqual(['1.0.0']);
    expect(await repository.tags()).toEqual(before);
    const why = mode === 'enforce' ? 'not-approved' : 'mode';
    expect(await statusOf(repository)).toMatchObject({ enforced: false, why });
  });

  it('executes in enforce what a person has approved once', async () => {
    const repository = await inMode('enforce');
    await run(repository, await planFor(repository));
    await repository.publish('1.0.2');
    stage.clock.advance(DAY);

    await runSlot();

    expect(await statusOf(repository)).toMatchObject({ enforced: true });
    const plan = RetentionPlanAnswer.parse((await readPlan(repository, 2)).json);
    const ended = await whenEnded(repository, plan.runId ?? 0);
    expect(ended).toMatchObject({ status: 'done', actor: 'schedule' });
    expect(await repository.tagNames()).toEqual(['1', '1.0', '1.0.2', 'latest']);
    const [move] = await repository.moves('&kind=pruned');
    expect(move).toMatchObject({ tag: '1.0.1', actor: 'schedule' });
  });

  it('wants another approval when the policy was edited, and none for its mode', async () => {
    const repository = await inMode('dry-run');
    const { policyRevision } = await planFor(repository);

    await stage.restart(withPolicy('{ newestPatches: 1, per: minor }', { mode: 'enforce' }));
    const switched = await planFor(await withReleases(stage, ['1.0.0']));
    await stage.restart(withPolicy('{ newestPatches: 2, per: minor }', { mode: 'enforce' }));
    const edited = await planFor(await withReleases(stage, ['1.0.0']));

    expect(switched.policyRevision).toBe(policyRevision);
    expect(edited.policyRevision).not.toBe(policyRevision);
  });

  describe('whose process died in the middle of a slot', () => {
    /** What such a process leaves: a slot that was begun. */
    const beginSlot = async (): Promise<void> => {
      const now = stage.clock.now();
      await stage
        .service()
        .app.get(JobRunStore)
        .claim('retention', now - (now % MINUTE), now, 0);
    };
    const resume = (): Promise<void> => stage.service().app.get(RetentionSlots).resume();

    it('is planned by whoever finds it, once', async () => {
      const repository = await inMode('dry-run');
      await beginSlot();

      await resume();
      const early = (await readPlan(repository, 1)).status;
      stage.clock.advance(3 * MINUTE);
      await Promise.all([resume(), resume()]);
      await resume();

      expect(early).toBe(404);
      expect((await readPlan(repository, 1)).status).toBe(200);
      expect((await readPlan(repository, 2)).status).toBe(404);
    });

    it('has the plan executed that was made before', async () => {
      const repository = await inMode('enforce');
      await run(repository, await planFor(repository));
      await repository.publish('1.0.2');
      stage.clock.advance(DAY);
      await beginSlot();
      const { app } = stage.service();
      const id = await app
        .get(RetentionPlanner)
        .plan(parseRepositoryName(repository.name), 'schedule');

      stage.clock.advance(3 * MINUTE);
      await resume();

      const plan = RetentionPlanAnswer.parse((await readPlan(repository, id)).json);
      expect(await whenEnded(repository, plan.runId ?? 0)).toMatchObject({ status: 'done' });
      expect((await readPlan(repository, id + 1)).status).toBe(404);
      expect(await repository.tagNames()).toEqual(['1', '1.0', '1.0.2', 'latest']);
    });
  });

  it('forgets after 90 days what a plan kept, and never what was deleted', async () => {
    const repository = await inMode('dry-run');
    const open = await planFor(repository);
    const executed = await planFor(repository);
    await run(repository, executed);
    stage.clock.advance(91 * DAY);

    await runSlot();

    const [forgotten, kept, last] = await Promise.all(
      [open.id, executed.id, executed.id + 1].map(async (id) => {
        const plan = RetentionPlanAnswer.parse((await readPlan(repository, id)).json);
        return plan.decisions.map(({ tag, verdict }) => `${verdict} ${tag}`);
      }),
    );
    expect({ forgotten, kept }).toEqual({ forgotten: [], kept: ['delete 1.0.0'] });
    expect(last).toContain('keep 1.0.1');
  });

  it('does nothing when the policy is off', async () => {
    const repository = await inMode('off');

    await runSlot();

    expect((await readPlan(repository, 1)).status).toBe(404);
  });
});
