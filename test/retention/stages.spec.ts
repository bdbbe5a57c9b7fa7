import { RestoreReleases } from '../../src/retention/restore-releases';
import { RestorationAnswer } from '../../src/retention/restorations.schema';
import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { RetentionAnswer } from '../../src/retention/retention.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import {
  begin,
  pin,
  planFor,
  restore,
  restoreTagFor,
  run,
  statesOf,
  verdictsOf,
  whenEnded,
  withReleases,
  withRetention,
} from './pruning';

const BUILDS = '- { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } }';
const WINDOW = withRetention(['delete: { restoreWindow: 14d }', 'rules:', `  ${BUILDS}`]);

describeOnRealRegistries('a deletion in stages', (start, { name }) => {
  const stage = useStage(start, WINDOW);
  const byTag = name === 'distribution-3';
  let repository: TestRepository;
  let alone: string;
  let shared: string;

  /** Row 31 of the reference: one build on the digest of a release, one on a digest of its own. */
  beforeEach(async () => {
    repository = await withReleases(stage, ['2.0.0', '2.0.1']);
    await repository.retag('sha-aaa', '2.0.1');
    alone = await repository.push('sha-bbb');
    shared = await repository.digestOf('2.0.1');
    await repository.reconcile();
    stage.clock.advance(DAY);
  });

  const lookForDue = (): Promise<void> => stage.service().app.get(RetentionSchedule).lookForDue();
  const status = async (): Promise<RetentionAnswer> => {
    const { json } = await repository.client.get(`repositories/${repository.slug}/retention`);
    return RetentionAnswer.parse(json);
  };

  it('keeps a digest that loses its last tag by a restore tag, and no other', async () => {
    const before = await repository.tags();
    const plan = await planFor(repository);

    const ended = await run(repository, plan);

    const form = byTag ? 'delete by tag' : 'delete by batch-dummy';
    expect(verdictsOf(plan)).toMatchObject({ 'sha-aaa': form, 'sha-bbb': form });
    expect(statesOf(ended)).toEqual({ 'sha-aaa': 'pruned', 'sha-bbb': 'pruned' });
    const { 'sha-aaa': _shared, 'sha-bbb': _alone, ...kept } = before;
    expect(await repository.tags()).toEqual({ ...kept, [restoreTagFor(alone)]: alone });
    expect(await repository.statusOf(alone)).toBe(200);
  });

  it('shows what can be restored, until when', async () => {
    await run(repository, await planFor(repository));

    const untilAt = new Date(stage.clock.now() + 14 * DAY).toISOString();
    expect((await status()).restorable).toEqual([
      { digest: alone, tags: ['sha-bbb'], restoreTag: restoreTagFor(alone), untilAt },
    ]);
  });

  it('neither counts, lists, parses nor prunes the restore tag', async () => {
    await run(repository, await planFor(repository));
    await repository.reconcile();

    const { decisions } = await planFor(repository);
    const { json } = await repository.client.get(`repositories/${repository.slug}/tags`);

    expect(decisions.map(({ tag }) => tag)).not.toContain(restoreTagFor(alone));
    expect(JSON.stringify(json)).not.toContain('tagward-restore');
    expect(await repository.moves('&kind=observed')).not.toContainEqual(
      expect.objectContaining({ tag: restoreTagFor(alone) }),
    );
  });

  it('is put back byte for byte', async () => {
    const { bytes } = await repository.manifest('sha-bbb');
    await run(repository, await planFor(repository));
    stage.clock.advance(3 * DAY);

    const answer = await restore(repository, 'sha-bbb', { reason: 'still needed' });

    expect(RestorationAnswer.parse(answer.json)).toMatchObject({
      ...{ digest: alone, reversion: true, verified: { whole: true, missing: [] } },
    });
    expect((await repository.manifest('sha-bbb')).bytes).toEqual(bytes);
    const [move] = await repository.moves('&kind=restored');
    expect(move).toMatchObject({ tag: 'sha-bbb', to: { digest: alone }, actor: 'token:admin' });
    const now = new Date(stage.clock.now()).toISOString();
    const path = `repositories/${repository.slug}/tags/sha-bbb/at?time=${now}`;
    const at = await repository.client.get(path);
    expect(at.json).toMatchObject({ digest: alone, reversion: true });
  });

  it('makes no move of a restore that finds the tag in place', async () => {
    const answer = await restore(repository, 'sha-bbb');

    expect(answer).toMatchObject({ status: 200, json: { digest: alone, sequence: null } });
    expect(await repository.moves('&kind=restored')).toEqual([]);
  });

  it('refuses to overwrite what was pushed meanwhile, unless it is forced', async () => {
    await run(repository, await planFor(repository));
    const pushed = await repository.push('sha-bbb', 'built again');

    const refused = await restore(repository, 'sha-bbb');
    const found = (await repository.tags())['sha-bbb'];
    const forced = await restore(repository, 'sha-bbb', { force: true });

    expect(refused).toMatchObject({ status: 409, json: { code: 'tag-exists' } });
    expect(JSON.stringify(refused.json)).toContain(alone);
    expect(JSON.stringify(refused.json)).toContain(pushed);
    expect(found).toBe(pushed);
    expect(forced.status).toBe(200);
    expect((await repository.tags())['sha-bbb']).toBe(alone);
  });

  it('releases the restore tag when its window is over', async () => {
    await run(repository, await planFor(repository));
    stage.clock.advance(14 * DAY);

    await lookForDue();

    expect(await repository.tagNames()).not.toContain(restoreTagFor(alone));
    expect((await status()).restorable).toEqual([]);
    expect((await repository.tags())['2.0.1']).toBe(shared);
    expect(await repository.statusOf(alone)).toBe(byTag ? 200 : 404);
  });

  it('restores after the window as long as the digest resolves, else answers 410', async () => {
    await run(repository, await planFor(repository));
    stage.clock.advance(20 * DAY);
    await lookForDue();
    if (byTag) await repository.remove(alone);

    const answer = await restore(repository, 'sha-bbb');

    expect(answer).toMatchObject({ status: 410, json: { code: 'restore-window-over' } });
    expect(JSON.stringify(answer.json)).toContain('window ended');
  });

  it('leaves a digest that was pushed again to its new tag', async () => {
    await run(repository, await planFor(repository));
    await repository.push('sha-ccc', 'sha-bbb');
    stage.clock.advance(14 * DAY);

    await lookForDue();

    expect(await repository.tagNames()).not.toContain(restoreTagFor(alone));
    expect((await repository.tags())['sha-ccc']).toBe(alone);
  });

  it.each(['sha-bbb', 'the digest'])('does not release what a pin on %s keeps', async (target) => {
    await run(repository, await planFor(repository));
    const pinned = target === 'sha-bbb' ? target : alone;
    await pin(repository, pinned);
    stage.clock.advance(15 * DAY);

    await lookForDue();

    expect((await repository.tags())[restoreTagFor(alone)]).toBe(alone);
  });

  it('takes the signature of what is released along', async () => {
    await repository.push(`${alone.replace(':', '-')}.sig`, 'a signature');
    await repository.push(`${shared.replace(':', '-')}.sig`, 'another signature');
    await repository.reconcile();
    stage.clock.advance(DAY);
    await run(repository, await planFor(repository));
    const during = await repository.tagNames();
    stage.clock.advance(14 * DAY);

    await lookForDue();

    const after = await repository.tagNames();
    expect(during).toContain(`${alone.replace(':', '-')}.sig`);
    expect(after).not.toContain(`${alone.replace(':', '-')}.sig`);
    expect(after).toContain(`${shared.replace(':', '-')}.sig`);
  });

  it('has nothing to do when it looks again', async () => {
    await run(repository, await planFor(repository));
    stage.clock.advance(14 * DAY);
    await lookForDue();
    const before = await repository.tags();

    await stage
      .service()
      .app.get(RestoreReleases)
      .releaseDue(() => false);

    expect(await repository.tags()).toEqual(before);
  });

  it('is not for moving tags, nor for those of Tagward', async () => {
    const [moving, internal] = [
      await restore(repository, 'latest'),
      await restore(repository, restoreTagFor(alone)),
    ];

    expect([moving.status, internal.status]).toEqual([422, 422]);
  });

  it('answers 404 for a tag that nobody has ever seen', async () => {
    expect(await restore(repository, 'sha-zzz')).toMatchObject({
      ...{ status: 404, json: { code: 'tag-not-present' } },
    });
  });

  describe('with a window of nothing', () => {
    beforeAll(() => stage.restart(withRetention(['rules:', `  ${BUILDS}`])));
    afterAll(() => stage.restart(WINDOW));

    it('goes at once, by the digest where only digests go', async () => {
      const plan = await planFor(repository);

      await run(repository, plan);

      expect(verdictsOf(plan)).toMatchObject({
        'sha-aaa': byTag ? 'delete by tag' : 'delete by batch-dummy',
        'sha-bbb': byTag ? 'delete by tag' : 'delete by digest',
      });
      expect(await repository.tagNames()).not.toContain(restoreTagFor(alone));
    });
  });

  describe('with a notice', () => {
    const NOTICE = ['delete: { notice: 3d, restoreWindow: 14d }', 'rules:', `  ${BUILDS}`];
    beforeAll(() => stage.restart(withRetention(NOTICE)));
    afterAll(() => stage.restart(WINDOW));

    it('changes nothing before its end, says what is due, and goes then', async () => {
      const before = await repository.tags();
      const runId = await begin(repository, await planFor(repository));
      const { due } = await status();
      await lookForDue();
      const during = await repository.tags();
      stage.clock.advance(3 * DAY);

      await lookForDue();
      const ended = await whenEnded(repository, runId);

      expect(during).toEqual(before);
      expect(due.map(({ tag }) => tag)).toEqual(['sha-aaa', 'sha-bbb']);
      expect(statesOf(ended)).toEqual({ 'sha-aaa': 'pruned', 'sha-bbb': 'pruned' });
    });

    it('is cancelled for a tag that moved, be it there and back', async () => {
      const runId = await begin(repository, await planFor(repository));
      await repository.push('sha-bbb', 'in between');
      await repository.reconcile();
      await repository.retag('sha-bbb', alone);
      await repository.reconcile();
      stage.clock.advance(3 * DAY);

      await lookForDue();

      expect(statesOf(await whenEnded(repository, runId))).toEqual({
        ...{ 'sha-aaa': 'pruned', 'sha-bbb': 'skipped moved' },
      });
    });

    it('is cancelled by a person, for one tag or for all', async () => {
      const runId = await begin(repository, await planFor(repository));
      const path = `retention-runs/${runId}/cancellations`;
      await repository.client.post(path, { tags: ['sha-bbb'], reason: 'needed' });
      await repository.client.post(path, { reason: 'all of it' });
      stage.clock.advance(3 * DAY);

      await lookForDue();

      expect(statesOf(await whenEnded(repository, runId))).toEqual({
        ...{ 'sha-aaa': 'skipped cancelled', 'sha-bbb': 'skipped cancelled' },
      });
      expect(await repository.tagNames()).toEqual(expect.arrayContaining(['sha-aaa', 'sha-bbb']));
    });
  });
});
