import { pushDockerSchema2, pushImage, pushIndex } from '../../scripts/push-image';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from './stage';
import { reasonsOf, type TestRepository } from './test-repository';

const FORMATS = [
  { format: 'OCI images', push: pushImage },
  { format: 'OCI indexes', push: pushIndex },
  { format: 'Docker schema 2 images', push: pushDockerSchema2 },
] as const;

describeOnRealRegistries('the story', (start) => {
  const stage = useStage(start);

  describe.each(FORMATS)('with $format', ({ push }) => {
    let repository: TestRepository;

    const release = async (tag: string): ReturnType<TestRepository['announce']> => {
      stage.clock.advance(10 * DAY);
      const { digest } = await push({ ...repository.target, tag, content: tag });
      repository.remember(digest, tag);
      return repository.announce(tag, { digest });
    };

    beforeAll(() => {
      repository = stage.repository();
    });

    it('gives the first release all of its tags', async () => {
      const delivery = await release('2.1.106');

      expect(reasonsOf(delivery)).toEqual({
        '2.1': 'released',
        '2': 'released',
        latest: 'released',
      });
      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.106', '2': '2.1.106', latest: '2.1.106' },
      });
    });

    it('moves all tags to a higher patch', async () => {
      const delivery = await release('2.1.114');

      expect(delivery.status).toBe('done');
      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.114', '2': '2.1.114', latest: '2.1.114' },
      });
    });

    it('leaves the tag of a minor behind that a higher minor follows', async () => {
      await release('2.2.11');

      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.114', '2.2': '2.2.11', '2': '2.2.11', latest: '2.2.11' },
      });
    });

    it('leaves the tags of a major behind that a higher major follows', async () => {
      await release('3.0.42');

      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.114', '2.2': '2.2.11', '2': '2.2.11' },
        ...{ '3.0': '3.0.42', '3': '3.0.42', latest: '3.0.42' },
      });
    });

    it('moves only the minor tag to a back-port, and says why the others stay', async () => {
      const delivery = await release('2.1.115');

      expect(reasonsOf(delivery)).toEqual({
        ...{ '2.1': 'released', '2': 'higher-release-exists', latest: 'higher-release-exists' },
      });
      expect(delivery.outcome?.decisions.map(({ reason }) => reason.text)).toEqual(
        expect.arrayContaining(['kept: 2.2.11 is higher', 'kept: 3.0.42 is higher']),
      );
      expect(await repository.movingTags()).toEqual({
        ...{ '2.1': '2.1.115', '2.2': '2.2.11', '2': '2.2.11' },
        ...{ '3.0': '3.0.42', '3': '3.0.42', latest: '3.0.42' },
      });
    });

    it('moves nothing for a late duplicate', async () => {
      const before = { tags: await repository.tags(), moves: await repository.moves() };

      const delivery = await repository.announce('2.2.11');

      expect(delivery.status).toBe('done');
      expect(reasonsOf(delivery)).toEqual({
        ...{ '2.2': 'already-right', '2': 'already-right', latest: 'higher-release-exists' },
      });
      expect(await repository.tags()).toEqual(before.tags);
      expect(await repository.moves()).toEqual(before.moves);
    });

    it.each([
      { tag: 'latest', release: '3.0.42' },
      { tag: '2', release: '2.2.11' },
      { tag: '2.1', release: '2.1.115' },
    ])('puts the very bytes of $release under $tag', async ({ tag, release: owner }) => {
      const [moving, published] = [
        await repository.manifest(tag),
        await repository.manifest(owner),
      ];

      expect(moving).toEqual(published);
    });

    it('has recorded each move with its release, delivery and sender', async () => {
      const moves = await repository.moves('&tag=2');

      expect(moves.map(({ kind, from, to }) => [kind, from?.release, to?.release])).toEqual([
        ['released', '2.1.114', '2.2.11'],
        ['released', '2.1.106', '2.1.114'],
        ['released', undefined, '2.1.106'],
      ]);
      expect(moves.map(({ actor, deliveryId }) => [actor, typeof deliveryId])).toEqual(
        moves.map(() => ['source:ci', 'number']),
      );
    });
  });
});
