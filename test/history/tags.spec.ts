import { DigestTagsAnswer, RepositoryAnswer, TagAnswer } from '../../src/history/history.schema';
import { pageOf } from '../../src/http/answers.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { liveThroughMonths, rfc3339, TIMES } from './months';

const MOVING = ['latest', '3', '3.0', '2', '2.2', '2.1'];
const RELEASES = ['2.1.106', '2.1.114', '2.1.115', '2.2.11', '3.0.42'];

describeOnRealRegistries('the tags of a repository', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeAll(async () => {
    repository = await liveThroughMonths(stage);
    await repository.push('nightly');
    await repository.reconcile();
  });

  const path = (rest: string): string => `repositories/${repository.slug}${rest}`;

  const names = async (query: string): Promise<readonly string[]> => {
    const answer = await repository.client.get(path(`/tags${query}`));
    return pageOf(TagAnswer)
      .parse(answer.json)
      .items.map(({ tag }) => tag);
  };

  it.each([
    { kind: 'moving', tags: MOVING },
    { kind: 'release', tags: RELEASES },
    { kind: 'other', tags: ['nightly'] },
  ])('of kind $kind are $tags', async ({ kind, tags }) => {
    expect(await names(`?kind=${kind}`)).toEqual(tags);
  });

  it('are those that the registry has, on the same digests', async () => {
    const recorded = await repository.client.tags(repository.slug);

    const digests = Object.fromEntries([...recorded].map(([tag, { digest }]) => [tag, digest]));
    expect(digests).toEqual(await repository.tags());
  });

  it('come in pages', async () => {
    const answer = await repository.client.get(path('/tags?limit=4'));
    const first = pageOf(TagAnswer).parse(answer.json);

    const second = await names(`?limit=4&cursor=${first.nextCursor ?? ''}`);

    expect(first.items.map(({ tag }) => tag)).toEqual(MOVING.slice(0, 4));
    expect(second.slice(0, 2)).toEqual(MOVING.slice(4));
  });

  it('answer 400 for a kind that does not exist', async () => {
    const answer = await repository.client.get(path('/tags?kind=floating'));

    expect(answer).toMatchObject({ status: 400, json: { code: 'query-invalid' } });
  });

  it('have the digest as their entity tag', async () => {
    const digest = await repository.digestOf('3.0.42');

    const answer = await repository.client.get(path('/tags/latest'));

    expect(answer.headers.get('etag')).toBe(`"${digest}"`);
    expect(TagAnswer.parse(answer.json)).toMatchObject({
      ...{ tag: 'latest', kind: 'moving', digest, release: '3.0.42' },
      since: rfc3339(TIMES['3.0.42']),
    });
  });

  it('answer 404 for a tag that is not there', async () => {
    const answer = await repository.client.get(path('/tags/9.9'));

    expect(answer).toMatchObject({ status: 404, json: { code: 'tag-unknown' } });
  });

  it('are found by a digest: those that point at it, and those that did', async () => {
    const digest = await repository.digestOf('2.1.114');

    const answer = await repository.client.get(path(`/digests/${digest}/tags`));

    const [from, minor, patch] = [
      ...[rfc3339(TIMES['2.1.114']), rfc3339(TIMES['2.2.11'])],
      rfc3339(TIMES['2.1.115']),
    ];
    const { items } = DigestTagsAnswer.parse(answer.json);
    expect(items).toHaveLength(4);
    expect(new Set(items)).toEqual(
      new Set([
        { tag: '2.1.114', from, until: null },
        { tag: '2.1', from, until: patch },
        { tag: '2', from, until: minor },
        { tag: 'latest', from, until: minor },
      ]),
    );
  });

  it('are none for a digest that no tag ever had', async () => {
    const answer = await repository.client.get(path(`/digests/sha256:${'0'.repeat(64)}/tags`));

    expect(answer).toMatchObject({ status: 200, json: { items: [] } });
  });

  it('are counted, with releases and moves', async () => {
    const moves = await repository.moves();

    expect((await repository.read()).counts).toEqual({
      ...{ releases: RELEASES.length, tags: MOVING.length + RELEASES.length + 1 },
      moves: moves.length,
    });
  });

  it('belong to a repository that is listed with its times', async () => {
    const answer = await repository.client.get('repositories');

    const { items } = pageOf(RepositoryAnswer).parse(answer.json);
    expect(items.find(({ slug }) => slug === repository.slug)).toMatchObject({
      ...{ repository: repository.name, importedAt: rfc3339(TIMES['2.1.106']), drift: [] },
      lastSweptAt: rfc3339(stage.clock.now()),
    });
  });

  it.each(['', '/tags', '/tags/latest', '/tags/latest/history', '/timeline'])(
    'are a 404 at …%s of an unknown repository',
    async (rest) => {
      const answer = await repository.client.get(`repositories/local~gallery~nobody${rest}`);

      expect(answer).toMatchObject({ status: 404, json: { code: 'repository-unknown' } });
    },
  );
});
