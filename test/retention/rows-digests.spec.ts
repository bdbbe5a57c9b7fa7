import { DAY } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { type MadeManifest, ManyImages } from './many-images';
import { deletionsOf, planFor, run, statesOf, verdictsOf, withRetention } from './pruning';
import { livesOn, prunedOf } from './record';
import { describeOnThreeRegistries, useCleanStage } from './three-registries';

const ALL = 'rules: [ { class: build, match: ["*"], keep: { any: [ { newest: 0 } ] } } ]';
const BY_PLATFORM =
  'rules: [ { class: build, match: ["*-amd64", "*-arm64", "*-inner"], keep: { any: [ { newest: 0 } ] } } ]';
const byName = (...tags: readonly string[]): string => `protect: { tags: ${JSON.stringify(tags)} }`;

describeOnThreeRegistries('digests that something still needs', (start) => {
  const stage = useCleanStage(start);

  const settle = async (repository: TestRepository): Promise<void> => {
    await repository.reconcile();
    stage.clock.advance(DAY);
  };

  describe('below an index of indexes of indexes (row 8)', () => {
    let repository: TestRepository;
    let tree: readonly MadeManifest[];
    let top: MadeManifest;

    /** Reachable from one tag; every level below has per-platform tags besides. */
    const grow = async (): Promise<void> => {
      repository = stage.repository();
      const images = await ManyImages.start(repository);
      const [amd, arm] = [images.image('amd64'), images.image('arm64')];
      const inner = images.index([amd, arm]);
      const middle = images.index([inner, images.image('windows')]);
      top = images.index([middle]);
      tree = [amd, arm, images.image('windows'), inner, middle];
      for (const manifest of tree) await images.push([{ manifest }]);
      await images.push([{ tag: 'bundle', manifest: top }]);
      await images.push([
        { tag: 'bundle-amd64', manifest: amd },
        { tag: 'bundle-arm64', manifest: arm },
        { tag: 'bundle-inner', manifest: inner },
        { tag: 'free-amd64', manifest: images.image('free') },
      ]);
      await settle(repository);
    };

    it('keep their tags and are all there afterwards', async () => {
      await stage.restart(withRetention([BY_PLATFORM]));
      await grow();
      const before = await repository.tags();
      const plan = await planFor(repository);

      const ended = await run(repository, plan);

      expect(verdictsOf(plan)).toMatchObject({
        ...{ 'bundle-amd64': 'keep referenced', 'bundle-arm64': 'keep referenced' },
        ...{ 'bundle-inner': 'keep referenced', bundle: 'keep no-rule' },
      });
      expect(plan.unreachable).toEqual([before['free-amd64']]);
      expect(statesOf(ended)).toEqual({ 'free-amd64': 'pruned' });
      const { 'free-amd64': _free, ...kept } = before;
      expect(await repository.tags()).toEqual(kept);
      const found = await Promise.all(tree.map(({ digest }) => repository.manifest(digest)));
      expect(found.map(({ bytes }) => bytes)).toEqual(tree.map(({ bytes }) => bytes));
      expect(await livesOn(repository, tree[0]?.digest ?? '')).toEqual(['bundle-amd64 open']);
    });

    it('are named as unreachable when their only root goes, too', async () => {
      await stage.restart(withRetention([byName('free-*'), 'delete: { restoreWindow: 14d }', ALL]));
      await grow();

      const plan = await planFor(repository);
      await run(repository, plan);

      expect(deletionsOf(plan)).toEqual(['bundle', 'bundle-amd64', 'bundle-arm64', 'bundle-inner']);
      const whole = [top, ...tree].map(({ digest }) => digest);
      expect([...plan.unreachable].sort()).toEqual(whole.sort());
      // The window holds them all.
      const statuses = await Promise.all(whole.map((digest) => repository.statusOf(digest)));
      expect(new Set(statuses)).toEqual(new Set([200]));
    });
  });

  it('lose single tags, and the record says which (row 12)', async () => {
    await stage.restart(withRetention([byName('latest', 'immute'), ALL]));
    const repository = stage.repository();
    const shared = await repository.push('immute');
    await repository.retag('samedig', 'immute');
    const latest = await repository.push('latest');
    const dev = await repository.push('dev');
    await settle(repository);
    const plan = await planFor(repository);

    await run(repository, plan);

    expect(plan.unreachable).toEqual([dev]);
    expect(await repository.tags()).toEqual({ immute: shared, latest });
    expect(await livesOn(repository, shared)).toEqual(['immute open', 'samedig ended']);
    expect(await prunedOf(repository)).toEqual(['dev', 'samedig']);
  });

  it('are counted once, however many tags they have (row 23)', async () => {
    const two =
      'rules: [ { class: build, match: ["v*", "edge"], keep: { any: [ { newest: 2 } ] } } ]';
    await stage.restart(withRetention([two]));
    const repository = stage.repository();
    const digests: Record<string, string> = {};
    for (const tag of ['v1.0', 'v1.1', 'v1.2']) {
      digests[tag] = await repository.push(tag);
      if (tag === 'v1.1') await repository.retag('edge', tag);
      await settle(repository);
    }

    const ended = await run(repository, await planFor(repository));

    expect(statesOf(ended)).toEqual({ 'v1.0': 'pruned' });
    const { 'v1.1': second, 'v1.2': third } = digests;
    expect(await repository.tags()).toEqual({ edge: second, 'v1.1': second, 'v1.2': third });
    expect(await livesOn(repository, second ?? '')).toEqual(['edge open', 'v1.1 open']);
  });
});
