import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from './stage';
import { reasonsOf, type TestRepository } from './test-repository';

describeOnRealRegistries('a repository met for the first time', (start) => {
  const stage = useStage(start);

  /** Releases with their moving tags, none of which Tagward has heard of. */
  const existing = async (tags: Record<string, readonly string[]>): Promise<TestRepository> => {
    const repository = stage.repository();
    for (const [release, moving] of Object.entries(tags)) {
      await repository.push(release);
      for (const tag of moving) await repository.retag(tag, release);
    }
    return repository;
  };

  it('keeps latest and all other tags when a back-port introduces it', async () => {
    const repository = await existing({
      '1.9.0': ['1.9', '1'],
      '2.1.0': ['2.1'],
      '2.2.0': ['2.2', '2'],
      '3.0.0': ['3.0', '3', 'latest'],
      edge: [],
    });
    const before = await repository.tags();

    const delivery = await repository.publish('2.1.1');

    expect(reasonsOf(delivery)).toEqual({
      ...{ '2.1': 'released', '2': 'higher-release-exists', latest: 'higher-release-exists' },
    });
    const owner = await repository.digestOf('2.1.1');
    expect(await repository.tags()).toEqual({ ...before, '2.1.1': owner, '2.1': owner });
  });

  it('records what it found as imported, from nothing', async () => {
    const repository = await existing({ '1.0.0': ['1.0', '1', 'latest'], edge: [] });

    await repository.reconcile();

    const moves = await repository.moves();
    expect(moves.map(({ kind, from }) => [kind, from])).toEqual(
      moves.map(() => ['imported', null]),
    );
    expect(Object.fromEntries(moves.map(({ tag, to }) => [tag, to?.release]))).toEqual({
      ...{ '1.0.0': '1.0.0', '1.0': '1.0.0', '1': '1.0.0', latest: '1.0.0', edge: null },
    });
  });

  it('makes the tags that older releases lack', async () => {
    const repository = await existing({ '1.4.0': [], '2.0.0': ['latest'] });

    await repository.publish('1.3.9');

    expect(await repository.movingTags()).toEqual({
      ...{ '1.3': '1.3.9', '1.4': '1.4.0', '1': '1.4.0', '2.0': '2.0.0', '2': '2.0.0' },
      latest: '2.0.0',
    });
  });

  it('adopts a moving tag on a lower release and moves it on', async () => {
    const repository = await existing({ '2.1.0': ['latest', '2'], '2.2.0': [] });

    await repository.publish('2.1.1');

    expect(await repository.movingTags()).toMatchObject({ latest: '2.2.0', '2': '2.2.0' });
    const moves = await repository.moves('&tag=latest');
    expect(moves.map(({ kind, from, to }) => [kind, from?.release, to?.release])).toEqual([
      ['released', '2.1.0', '2.2.0'],
      ['imported', undefined, '2.1.0'],
    ]);
    expect((await repository.read()).drift).toEqual([]);
  });

  describe('with a moving tag on something that is no release', () => {
    let repository: TestRepository;
    let foreign: string;

    beforeEach(async () => {
      repository = await existing({ '2.1.0': [], 'built-by-hand': ['latest'] });
      foreign = await repository.digestOf('latest');
    });

    it('leaves it, reports it as drift without a record, and moves the others', async () => {
      const delivery = await repository.publish('2.1.1');

      expect(reasonsOf(delivery)).toEqual({
        ...{ '2.1': 'released', '2': 'released', latest: 'drifted' },
      });
      expect((await repository.tags())['latest']).toBe(foreign);
      const found = { digest: foreign, release: null };
      const since = new Date(stage.clock.now()).toISOString();
      expect((await repository.read()).drift).toEqual([
        { tag: 'latest', recorded: null, found, since },
      ]);
    });

    it('takes control when somebody puts it on its owner', async () => {
      await repository.publish('2.1.1');
      await repository.retag('latest', '2.1.1');

      const { drift } = await repository.reconcile();
      await repository.publish('2.1.2');

      expect(drift).toEqual([]);
      expect(await repository.movingTags()).toMatchObject({ latest: '2.1.2' });
    });

    it('makes it anew when somebody deletes it', async () => {
      await repository.publish('2.1.1');
      repository.removeTag('latest');

      const { drift } = await repository.reconcile();

      expect(drift).toEqual([]);
      expect(await repository.movingTags()).toMatchObject({ latest: '2.1.1' });
    });
  });
});
