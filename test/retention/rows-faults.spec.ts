import { pushIndex } from '../../scripts/push-image';
import { digestOf } from '../../scripts/registry-upload';
import { OCI_INDEX } from '../support/fake-registry-manifests';
import { type RequestMatch, requestTo } from '../support/misbehaving-proxy';
import { DAY } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import {
  begin,
  deletionsOf,
  execute,
  planFor,
  restore,
  run,
  statesOf,
  whenEnded,
  withRetention,
} from './pruning';
import { digestAt, livesOn, prunedOf } from './record';
import { describeOnThreeRegistries, useProxiedStage } from './three-registries';

const BUILDS = ['sha-1', 'sha-2', 'sha-3'];
const GOING = 'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } } ]';
const ONE_AT_A_TIME = 'execution: { concurrency: 1 }';
const AT_ONCE = withRetention([ONE_AT_A_TIME, GOING]);
const WINDOW = withRetention([ONE_AT_A_TIME, 'delete: { restoreWindow: 14d }', GOING]);

describeOnThreeRegistries('a retention run on a registry with faults', (start, { byTag }) => {
  const stage = useProxiedStage(start, AT_ONCE);
  let repository: TestRepository;
  let before: Record<string, string>;

  beforeEach(async () => {
    repository = stage.repository();
    await repository.publish('1.0.0');
    for (const tag of BUILDS) await repository.push(tag);
    await repository.reconcile();
    stage.clock.advance(DAY);
    before = await repository.tags();
  });

  /** By tag, or by the digest that the tag has. */
  const isDeletionOf = (tag: string): RequestMatch => {
    const references = [tag, before[tag]].map((reference) => `/manifests/${String(reference)}`);
    return ({ method, path }) =>
      method === 'DELETE' && references.some((reference) => path.endsWith(reference));
  };

  describe('with an index that Tagward cannot read (row 15)', () => {
    /** From now on its tag is there, and every read of its bytes gets this status. */
    const pushUnreadable = async (status: number): Promise<string> => {
      const index = { ...repository.target, tag: 'edge', content: repository.path };
      const { digest } = await pushIndex(index);
      stage.proxy().misbehave(requestTo('GET', digest), (one) => {
        one.answer({ status });
      });
      return digest;
    };

    it('has no plan that deletes', async () => {
      const edge = await pushUnreadable(403);

      const plan = await planFor(repository);
      const answer = await execute(repository, plan.id, plan.planHash);

      expect(plan).toMatchObject({
        ...{ outcome: 'aborted', reason: { code: 'unreadable-manifest' } },
      });
      expect(deletionsOf(plan)).toEqual([]);
      expect(answer).toMatchObject({ status: 409, json: { code: 'plan-not-executable' } });
      expect(await repository.tags()).toEqual({ ...before, edge });
    });

    it('is aborted', async () => {
      const plan = await planFor(repository);
      const edge = await pushUnreadable(403);

      const ended = await run(repository, plan);

      expect(deletionsOf(plan)).toEqual(BUILDS);
      expect(ended.status).toBe('aborted');
      expect(await repository.tags()).toEqual({ ...before, edge });
      expect(await prunedOf(repository)).toEqual([]);
    });

    it('waits, and deletes nothing, while the registry has trouble', async () => {
      const plan = await planFor(repository);
      const edge = await pushUnreadable(500);

      const runId = await begin(repository, plan);
      await readMoreThan(5, edge);
      const during = await repository.tags();
      stage.proxy().behave();
      const ended = await whenEnded(repository, runId);

      expect(during).toEqual({ ...before, edge });
      expect(ended.status).toBe('done');
      expect(await prunedOf(repository)).toEqual(BUILDS);
    });

    /** More often than one look of the run asks. */
    const readMoreThan = (times: number, edge: string): Promise<number> =>
      repository.client.until(
        () => Promise.resolve(stage.proxy().requests.filter(requestTo('GET', edge)).length),
        (reads) => reads > times,
      );
  });

  describe('with an index of invalid JSON (row 26)', () => {
    const bytes = Buffer.from('{"schemaVersion": 2, "manifests": [');
    const digest = digestOf(bytes);
    const headers = { 'content-type': OCI_INDEX, 'docker-content-digest': digest };

    beforeEach(() => {
      const proxy = stage.proxy();
      const isBroken: RequestMatch = ({ path }) => path.endsWith('/keep') || path.endsWith(digest);
      proxy.misbehave(isBroken, (one) => {
        const head = { ...headers, 'content-length': String(bytes.length) };
        one.answer({ status: 200, headers: head, body: one.method === 'HEAD' ? '' : bytes });
      });
    });

    it('has no plan that deletes', async () => {
      await repository.push('keep');

      const plan = await planFor(repository);

      expect(plan).toMatchObject({
        ...{ outcome: 'aborted', reason: { code: 'unreadable-manifest' } },
      });
      expect(deletionsOf(plan)).toEqual([]);
    });

    it('is aborted', async () => {
      const plan = await planFor(repository);
      const keep = await repository.push('keep');

      const ended = await run(repository, plan);

      expect(deletionsOf(plan)).toEqual(BUILDS);
      expect(ended.status).toBe('aborted');
      expect(await repository.tags()).toEqual({ ...before, keep });
      expect(await prunedOf(repository)).toEqual([]);
    });
  });

  describe('where somebody else is a moment faster (row 42)', () => {
    /** Just before Tagward deletes what matches, somebody else does. */
    const deleteFirst = (match: RequestMatch): void => {
      stage.proxy().misbehave(match, async (one) => {
        const { url } = repository.target;
        await fetch(new URL(one.path, url), { method: 'DELETE' });
        one.answer(await one.forward());
      });
    };

    it('finds nothing to delete, and ends the lifetime', async () => {
      const plan = await planFor(repository);
      const planned = stage.clock.now();
      stage.clock.advance(1);
      deleteFirst(isDeletionOf('sha-2'));

      const ended = await run(repository, plan);

      expect(ended.status).toBe('done');
      expect(statesOf(ended)).toEqual({
        ...{ 'sha-1': 'pruned', 'sha-2': 'already-absent', 'sha-3': 'pruned' },
      });
      expect(await livesOn(repository, before['sha-2'] ?? '')).toEqual(['sha-2 ended']);
      expect(await digestAt(repository, 'sha-2', planned)).toBe(before['sha-2']);
      expect(await digestAt(repository, 'sha-2', stage.clock.now())).toBeNull();
      expect((await repository.reconcile()).drift).toEqual([]);
      const ends = await repository.moves('&tag=sha-2');
      expect(ends.filter(({ to }) => to === null)).toHaveLength(1);
    });

    describe('and there is a window', () => {
      beforeAll(() => stage.restart(WINDOW));
      afterAll(() => stage.restart(AT_ONCE));

      it('can bring it back all the same', async () => {
        const plan = await planFor(repository);
        deleteFirst(({ method, path }) => method === 'DELETE' && !path.includes('tagward-'));

        const ended = await run(repository, plan);
        const answer = await restore(repository, 'sha-2');

        // There the other one deletes what stands in for it.
        const state = byTag ? 'already-absent' : 'pruned';
        expect(statesOf(ended)).toEqual({ 'sha-1': state, 'sha-2': state, 'sha-3': state });
        expect(answer).toMatchObject({ status: 200, json: { digest: before['sha-2'] } });
        expect((await repository.tags())['sha-2']).toBe(before['sha-2']);
      });
    });
  });

  it('waits as long as it is asked to, goes on and deletes each once (row 43)', async () => {
    const plan = await planFor(repository);
    const limited = { status: 429, headers: { 'retry-after': '1' } };
    const isSecond = isDeletionOf('sha-2');
    // The client itself asks three times: after that the run waits, and goes on.
    stage.proxy().misbehave(
      isSecond,
      (one) => {
        one.answer(limited);
      },
      4,
    );
    stage.proxy().forgetRequests();

    const ended = await run(repository, plan);

    expect(stage.proxy().requests.filter(isSecond)).toHaveLength(5);
    expect(ended.status).toBe('done');
    expect(statesOf(ended)).toEqual({ 'sha-1': 'pruned', 'sha-2': 'pruned', 'sha-3': 'pruned' });
    expect(await prunedOf(repository)).toEqual(BUILDS);
    const { 'sha-1': _1, 'sha-2': _2, 'sha-3': _3, ...kept } = before;
    expect(await repository.tags()).toEqual(kept);
  });
});
