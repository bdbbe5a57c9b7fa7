import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { DAY } from '../tagging/stage';
import type { StoredManifest, TestRepository } from '../tagging/test-repository';
import { type Digests, withFixtureR } from './fixture-r';
import {
  pin,
  planFor,
  restore,
  restoreTagFor,
  run,
  statesOf,
  verdictsOf,
  withRetention,
} from './pruning';
import { digestAt, livesOn, prunedOf, readAt } from './record';
import { describeOnThreeRegistries, useCleanStage, useProxiedStage } from './three-registries';

const WINDOW = 'delete: { restoreWindow: 14d }';
const BUILDS =
  'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { movedWithin: 3d } ] } } ]';
const P0 =
  'rules: [ { class: release, keep: { any: [ { newestPatches: 1, per: minor }, { newest: 3 }, { movedWithin: 30d } ] } } ]';
const ON_I = ['2', '2.0', '2.0.1', 'latest'];

describeOnThreeRegistries('builds of fixture R', (start, { byTag }) => {
  const stage = useCleanStage(start, withRetention([BUILDS]));
  const lookForDue = (): Promise<void> => stage.service().app.get(RetentionSchedule).lookForDue();

  it('go, and their digests where nothing else needs them (rows 31 and 33)', async () => {
    const { repository, digests } = await withFixtureR(stage);
    const { 'sha-aaa': shared, 'sha-bbb': alone, ...kept } = await repository.tags();
    const planned = stage.clock.now();
    const plan = await planFor(repository);
    stage.clock.advance(1);

    const ended = await run(repository, plan);

    expect([shared, alone]).toEqual([digests.I, digests.J]);
    expect(verdictsOf(plan)).toMatchObject({
      'sha-aaa': byTag ? 'delete by tag' : 'delete by batch-dummy',
      'sha-bbb': byTag ? 'delete by tag' : 'delete by digest',
    });
    expect(plan.unreachable).toEqual([digests.J]);
    expect(statesOf(ended)).toEqual({ 'sha-aaa': 'pruned', 'sha-bbb': 'pruned' });
    expect(await repository.tags()).toEqual(kept);
    expect(await repository.statusOf(digests.I)).toBe(200);
    expect(await repository.statusOf(digests.J)).toBe(byTag ? 200 : 404);
    expect(await livesOn(repository, digests.I)).toEqual(
      [...ON_I.map((tag) => `${tag} open`), 'sha-aaa ended'].sort(),
    );
    expect(await livesOn(repository, digests.J)).toEqual(['sha-bbb ended']);
    expect(await digestAt(repository, 'sha-bbb', planned)).toBe(digests.J);
    expect(await digestAt(repository, 'sha-bbb', stage.clock.now())).toBeNull();
  });

  it('stay restorable for a window, and are released then (rows 32 and 35)', async () => {
    await stage.restart(withRetention([WINDOW, BUILDS]));
    const { repository, digests } = await withFixtureR(stage);
    const { 'sha-aaa': _shared, 'sha-bbb': _alone, ...kept } = await repository.tags();
    const plan = await planFor(repository);

    await run(repository, plan);
    const during = await repository.tags();
    const then = await repository.statusOf(digests.J);
    stage.clock.advance(14 * DAY);
    await lookForDue();

    const form = byTag ? 'delete by tag' : 'delete by batch-dummy';
    expect(verdictsOf(plan)).toMatchObject({ 'sha-aaa': form, 'sha-bbb': form });
    expect(during).toEqual({ ...kept, [restoreTagFor(digests.J)]: digests.J });
    expect(then).toBe(200);
    expect(await repository.tags()).toEqual(kept);
    expect(await repository.statusOf(digests.J)).toBe(byTag ? 200 : 404);
    expect(await prunedOf(repository)).toEqual(['sha-aaa', 'sha-bbb']);
    expect(await livesOn(repository, digests.J)).toEqual(['sha-bbb ended']);
  });
});

describeOnThreeRegistries('builds of fixture R where deletes are off', (start) => {
  const stage = useProxiedStage(start, withRetention([WINDOW, BUILDS]), { deletes: false });

  it('are blocked, and nothing is written (row 34)', async () => {
    const { repository } = await withFixtureR(stage);
    const before = await repository.tags();
    const known = new Set([...Object.keys(before), ...Object.values(before)]);
    stage.proxy().forgetRequests();

    const plan = await planFor(repository);
    const ended = await run(repository, plan);

    expect(verdictsOf(plan)).toMatchObject({
      'sha-aaa': 'blocked delete-disabled',
      'sha-bbb': 'blocked delete-disabled',
    });
    expect(ended).toMatchObject({ status: 'done', items: [] });
    expect(await repository.tags()).toEqual(before);
    expect(await prunedOf(repository)).toEqual([]);
    // Probes delete names that nobody has.
    const writes = stage.proxy().requests.filter(({ method }) => !/^(?:GET|HEAD)$/.test(method));
    const touched = writes.filter(
      ({ method, path }) => method !== 'DELETE' || known.has(path.split('/').at(-1) ?? ''),
    );
    expect(touched).toEqual([]);
  });
});

describeOnThreeRegistries('releases of fixture R', (start, { byTag }) => {
  const stage = useCleanStage(start, withRetention([WINDOW, P0]));
  const lookForDue = (): Promise<void> => stage.service().app.get(RetentionSchedule).lookForDue();

  it('stay when they are pinned after the plan (row 41)', async () => {
    const { repository, digests } = await withFixtureR(stage);
    const plan = await planFor(repository);
    await pin(repository, '1.5.0');
    await pin(repository, digests.B);

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({
      ...{ '1.4.0': 'pruned', '1.4.1': 'skipped protected', '1.5.0': 'skipped protected' },
    });
    const { '1.4.0': pruned, '1.4.1': byDigest, '1.5.0': byName } = await repository.tags();
    expect({ pruned, byDigest, byName }).toEqual({
      ...{ pruned: undefined, byDigest: digests.B, byName: digests.D },
    });
    expect(await prunedOf(repository)).toEqual(['1.4.0']);
  });

  it('come back on day 20 only where the registry still has them (row 46)', async () => {
    const { repository, digests } = await withFixtureR(stage);
    await run(repository, await planFor(repository));
    stage.clock.advance(20 * DAY);
    await lookForDue();
    await repository.remove(digests.B);

    const [left, collected] = [
      await restore(repository, '1.4.0'),
      await restore(repository, '1.4.1'),
    ];

    expect(left.status).toBe(byTag ? 200 : 410);
    expect(collected).toMatchObject({ status: 410, json: { code: 'restore-window-over' } });
    const { '1.4.0': back, '1.4.1': lost } = await repository.tags();
    expect([back, lost]).toEqual([byTag ? digests.A : undefined, undefined]);
    expect(await digestAt(repository, '1.4.0', stage.clock.now())).toBe(byTag ? digests.A : null);
    expect(await digestAt(repository, '1.4.1', stage.clock.now())).toBeNull();
  });

  describe('on day 3', () => {
    let repository: TestRepository;
    let digests: Digests;
    let before: StoredManifest;
    let prunedAt: number;

    /** Each test has a tag of its own. */
    beforeAll(async () => {
      ({ repository, digests } = await withFixtureR(stage));
      before = await repository.manifest('1.4.0');
      const ended = await run(repository, await planFor(repository));
      if (ended.status !== 'done') throw new Error(`the run ended as ${ended.status}`);
      prunedAt = stage.clock.now();
      stage.clock.advance(3 * DAY);
    });

    it('come back with the same bytes (row 44)', async () => {
      const answer = await restore(repository, '1.4.0');

      expect(answer).toMatchObject({ status: 200, json: { digest: digests.A, reversion: true } });
      expect(await repository.manifest('1.4.0')).toEqual(before);
      expect(await readAt(repository, '1.4.0', stage.clock.now())).toMatchObject({
        ...{ digest: digests.A, reversion: true, until: null },
      });
      expect(await digestAt(repository, '1.4.0', prunedAt)).toBeNull();
      expect(await livesOn(repository, digests.A)).toEqual([
        ...['1 ended', '1.4 ended', '1.4.0 ended', '1.4.0 open', 'latest ended'],
      ]);
    });

    it('are not put over what was pushed meanwhile (row 45)', async () => {
      const pushed = await repository.push('1.4.1', 'built again');

      const answer = await restore(repository, '1.4.1');

      expect(answer).toMatchObject({ status: 409, json: { code: 'tag-exists' } });
      expect(JSON.stringify(answer.json)).toContain(digests.B);
      expect(JSON.stringify(answer.json)).toContain(pushed);
      expect((await repository.tags())['1.4.1']).toBe(pushed);
      expect(await repository.moves('&kind=restored&tag=1.4.1')).toEqual([]);
    });

    it('live again when they are pushed again, also after the window (row 47)', async () => {
      await repository.push('1.5.0');
      const pushedAt = stage.clock.now();
      await repository.announce('1.5.0', { digest: digests.D });
      stage.clock.advance(14 * DAY);

      await lookForDue();

      expect(await repository.tags()).toMatchObject({ '1.5.0': digests.D });
      expect(await repository.tagNames()).not.toContain(restoreTagFor(digests.D));
      expect(await repository.statusOf(digests.D)).toBe(200);
      expect(await livesOn(repository, digests.D)).toEqual([
        ...['1 ended', '1.5 ended', '1.5.0 ended', '1.5.0 open', 'latest ended'],
      ]);
      expect(await readAt(repository, '1.5.0', stage.clock.now())).toMatchObject({
        ...{ since: new Date(pushedAt).toISOString(), until: null, reversion: false },
      });
      const { decisions } = await planFor(repository);
      expect(decisions.filter(({ verdict }) => verdict === 'delete')).toEqual([]);
    });
  });
});
