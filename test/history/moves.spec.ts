import { type z } from 'zod';
import { MoveAnswer } from '../../src/history/history.schema';
import { pageOf } from '../../src/http/answers.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { liveThroughMonths, rfc3339, TIMES } from './months';

const MovePage = pageOf(MoveAnswer);

describeOnRealRegistries('moves', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;
  let other: TestRepository;

  beforeAll(async () => {
    repository = await liveThroughMonths(stage);
    other = stage.repository();
    await other.publish('1.0.0');
  });

  const page = async (path: string): Promise<z.infer<typeof MovePage>> =>
    MovePage.parse((await repository.client.get(path)).json);

  const historyOf = (tag: string): string => `repositories/${repository.slug}/tags/${tag}/history`;

  it('of a tag come newest first', async () => {
    const { items, nextCursor } = await page(historyOf('latest'));

    expect(items.map(({ to, at }) => [to?.release, at])).toEqual([
      ['3.0.42', rfc3339(TIMES['3.0.42'])],
      ['2.2.11', rfc3339(TIMES['2.2.11'])],
      ['2.1.114', rfc3339(TIMES['2.1.114'])],
      ['2.1.106', rfc3339(TIMES['2.1.106'])],
    ]);
    expect(nextCursor).toBeUndefined();
  });

  it('of a tag come in pages, with a link to the next', async () => {
    const path = `${historyOf('latest')}?limit=3`;
    const answer = await repository.client.get(path);
    const first = MovePage.parse(answer.json);

    const second = await page(`${path}&cursor=${first.nextCursor ?? ''}`);

    expect(answer.headers.get('link')).toMatch(/rel="next"/);
    expect(first.items).toHaveLength(3);
    expect(second.items.map(({ to }) => to?.release)).toEqual(['2.1.106']);
    expect(second.nextCursor).toBeUndefined();
  });

  it('form a chain: each begins where the one before it ended', async () => {
    const { items } = await page(historyOf('2'));

    const [newest, ...older] = items;
    expect(newest?.to?.release).toBe('2.2.11');
    expect(items.map(({ from }) => from)).toEqual([...older.map(({ to }) => to), null]);
  });

  it('of an unknown tag are none', async () => {
    expect(await page(historyOf('never-seen'))).toEqual({ items: [] });
  });

  it('of all repositories come newest first by sequence', async () => {
    const sequences = (await repository.client.moves()).map(({ sequence }) => sequence);

    expect(sequences).toEqual([...sequences].sort((left, right) => right - left));
    expect(new Set(sequences).size).toBe(sequences.length);
  });

  it('are filtered by repository', async () => {
    const { items } = await page(`moves?repository=${encodeURIComponent(other.name)}`);

    expect(items.map(({ tag }) => tag).sort()).toEqual(['1', '1.0', '1.0.0', 'latest']);
  });

  it('are filtered by tag, over all repositories', async () => {
    const { items } = await page('moves?tag=latest');

    expect(new Set(items.map((move) => move.repository))).toEqual(
      new Set([repository.name, other.name]),
    );
    expect(new Set(items.map(({ tag }) => tag))).toEqual(new Set(['latest']));
  });

  it('are filtered by kind', async () => {
    const imported = await repository.moves('&kind=imported');

    expect(imported.map(({ tag }) => tag)).toEqual(['2.1.106']);
  });

  it('are filtered by time: after since, up to and at until', async () => {
    const [since, until] = [rfc3339(TIMES['2.1.106']), rfc3339(TIMES['2.2.11'])];

    const moves = await repository.moves(`&tag=latest&since=${since}&until=${until}`);

    expect(moves.map(({ to }) => to?.release)).toEqual(['2.2.11', '2.1.114']);
  });

  it('are filtered by all of them at once', async () => {
    const since = rfc3339(TIMES['2.2.11']);

    const moves = await repository.moves(`&tag=2.1&kind=released&since=${since}`);

    expect(moves.map(({ to }) => to?.release)).toEqual(['2.1.115']);
  });

  it.each(['kind=moved', 'since=yesterday', 'tag=a%20b', 'colour=red', 'limit=0', 'cursor=%25'])(
    'are a 400 for %s',
    async (query) => {
      const answer = await repository.client.get(`moves?${query}`);

      expect(answer).toMatchObject({ status: 400, json: { code: 'query-invalid' } });
    },
  );
});
