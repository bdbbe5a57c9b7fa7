import type { Misbehaviour } from '../support/misbehaving-proxy';
import { requestTo } from '../support/misbehaving-proxy';
import { ADMIN_TOKEN } from '../support/test-config';
import { DAY } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { ManyImages, numbered } from './many-images';
import { deletionsOf, execute, planFor, run, statesOf, whenEnded, withRetention } from './pruning';
import { ExecutionAnswer } from '../../src/retention/retention.schema';
import { digestAt, prunedOf } from './record';
import { describeOnThreeRegistries, useProxiedStage } from './three-registries';

const KEPT = numbered('keep', 70);
const BUILDS = numbered('sha', 30);
const GOING = 'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } } ]';
const WINDOW = 'delete: { restoreWindow: 14d }';
const DROP = withRetention(['guards: { maxInventoryDropPercent: 10 }', GOING]);
const PERCENT = withRetention(['guards: { maxDeletePercent: 20 }', WINDOW, GOING]);

describeOnThreeRegistries('the guards of a repository of 100 tags', (start) => {
  const stage = useProxiedStage(start, DROP);

  const withHundredTags = async (): Promise<TestRepository> => {
    const repository = stage.repository();
    const images = await ManyImages.start(repository);
    await images.pushTags([...KEPT, ...BUILDS]);
    await repository.reconcile();
    stage.clock.advance(DAY);
    return repository;
  };

  describe('that loses tags on the way', () => {
    let repository: TestRepository;

    beforeAll(async () => {
      repository = await withHundredTags();
    });

    const list = (count: number): void => {
      const match = requestTo('GET', `${repository.path}/tags/list`);
      stage.proxy().misbehave(match, listing(BUILDS, count));
    };

    it('stop a plan and a run that see far fewer tags than are known (row 39)', async () => {
      const before = await repository.tags();
      const open = await planFor(repository);
      list(40);

      const ended = await run(repository, open);
      const plan = await planFor(repository);
      const answer = await execute(repository, plan.id, plan.planHash);

      expect(deletionsOf(open)).toHaveLength(30);
      expect(ended).toMatchObject({ status: 'aborted', reason: { code: 'inventory-drop' } });
      expect(plan).toMatchObject({ outcome: 'aborted', reason: { code: 'inventory-drop' } });
      expect(plan.reason?.text).toContain('lists 40 tags, the ledger knows 100');
      expect(deletionsOf(plan)).toEqual([]);
      expect(answer).toMatchObject({ status: 409, json: { code: 'plan-not-executable' } });
      expect(await repository.tags()).toEqual(before);
      const observed = await repository.moves('&kind=observed');
      expect(observed.filter(({ to }) => to === null)).toEqual([]);
    });

    it.each([
      { listed: 90, outcome: 'planned' },
      { listed: 89, outcome: 'aborted' },
    ])('call a plan that sees $listed of 100 tags $outcome', async ({ listed, outcome }) => {
      list(listed);

      expect(await planFor(repository)).toMatchObject({ outcome });
    });
  });

  it('hold a plan as a whole that deletes too great a part (row 40)', async () => {
    await stage.restart(PERCENT);
    const repository = await withHundredTags();
    const before = await repository.tags();
    const plan = await planFor(repository);

    const refused = await execute(repository, plan.id, plan.planHash);
    const during = await repository.tags();
    const approved = await execute(repository, plan.id, plan.planHash, ADMIN_TOKEN, {
      ...{ override: ['max-delete-percent'], reason: 'old builds' },
    });
    const ended = await whenEnded(repository, ExecutionAnswer.parse(approved.json).run.id);

    expect(plan).toMatchObject({
      ...{ outcome: 'needs-approval', reason: { code: 'max-delete-percent' } },
    });
    expect(deletionsOf(plan)).toHaveLength(30);
    expect(refused).toMatchObject({ status: 409, json: { code: 'approval-missing' } });
    expect(during).toEqual(before);
    expect(ended.status).toBe('done');
    expect(new Set(Object.values(statesOf(ended)))).toEqual(new Set(['pruned']));
    const left = (await repository.tagNames()).filter((tag) => !tag.startsWith('tagward-'));
    expect(left).toEqual([...KEPT].sort());
    expect(await prunedOf(repository)).toEqual([...BUILDS].sort());
    expect(await digestAt(repository, 'sha-7', stage.clock.now() - DAY / 2)).toBe(before['sha-7']);
    expect(await digestAt(repository, 'sha-7', stage.clock.now())).toBeNull();
  });
});

/** Leaves tags out of a listing, and says nothing of a next page; the first of them stay. */
function listing(first: readonly string[], count: number): Misbehaviour {
  return async (exchange) => {
    const { status, headers, body = '' } = await exchange.forward();
    const { name, tags } = JSON.parse(body.toString()) as { name: string; tags: string[] };
    const ordered = [...first, ...tags.filter((tag) => !first.includes(tag))];
    const { link: _next, 'content-length': _length, ...kept } = headers ?? {};
    const shortened = JSON.stringify({ name, tags: ordered.slice(0, count) });
    exchange.answer({ status, headers: kept, body: shortened });
  };
}
