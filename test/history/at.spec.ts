import { TagAtAnswer } from '../../src/history/history.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import type { HttpAnswer } from '../support/service';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { liveThroughMonths, rfc3339, TIMES } from './months';

describeOnRealRegistries('what a tag pointed at', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeAll(async () => {
    repository = await liveThroughMonths(stage);
  });

  const ask = (tag: string, time: string): Promise<HttpAnswer> =>
    repository.client.get(
      `repositories/${repository.slug}/tags/${tag}/at?time=${encodeURIComponent(time)}`,
    );

  const at = async (tag: string, time: number): Promise<TagAtAnswer> =>
    TagAtAnswer.parse((await ask(tag, rfc3339(time))).json);

  it.each([
    { when: 'at the millisecond of its first move', time: TIMES['2.1.106'], release: '2.1.106' },
    { when: 'within its first lifetime', time: TIMES['2.1.106'] + DAY, release: '2.1.106' },
    { when: 'a millisecond before a move', time: TIMES['2.2.11'] - 1, release: '2.1.114' },
    { when: 'at the millisecond of a move', time: TIMES['2.2.11'], release: '2.2.11' },
    { when: 'a millisecond after a move', time: TIMES['2.2.11'] + 1, release: '2.2.11' },
    { when: 'long after its last move', time: TIMES['3.0.42'] + 400 * DAY, release: '3.0.42' },
  ])('is known $when', async ({ time, release }) => {
    const answer = await at('latest', time);

    const digest = await repository.digestOf(release);
    expect(answer).toMatchObject({ tag: 'latest', time: rfc3339(time), release, digest });
  });

  it('has the period in which it pointed there', async () => {
    const answer = await at('2', TIMES['2.1.114'] + DAY);

    expect(answer).toMatchObject({
      ...{ since: rfc3339(TIMES['2.1.114']), until: rfc3339(TIMES['2.2.11']) },
    });
  });

  it('has no end while it points there still', async () => {
    expect(await at('latest', TIMES['2.1.115'])).toMatchObject({ until: null });
  });

  it('is known of release tags, too', async () => {
    expect(await at('2.1.114', TIMES['2.1.115'])).toMatchObject({ release: '2.1.114' });
  });

  it.each(['latest', 'never-seen'])('is a 404 for %s before the first move', async (tag) => {
    const answer = await ask(tag, rfc3339(TIMES['2.1.106'] - 1));

    expect(answer).toMatchObject({ status: 404, json: { code: 'tag-not-present' } });
  });

  it('takes a time in another zone', async () => {
    const answer = await ask('latest', '2026-09-04T12:00:00+02:00');

    expect(answer).toMatchObject({ status: 200, json: { release: '2.2.11' } });
  });

  it.each(['yesterday', '2026-07-03', '2026-07-03T10:00:00', '1783072800', ''])(
    'is a 400 for the time "%s"',
    async (time) => {
      const answer = await ask('latest', time);

      expect(answer).toMatchObject({ status: 400, json: { code: 'query-invalid' } });
    },
  );

  it('ends when somebody else deletes the tag, and is still known for before', async () => {
    const gone = stage.repository();
    await gone.publish('1.0.0');
    const before = stage.clock.now();
    stage.clock.advance(DAY);
    gone.removeTag('latest');
    await gone.reconcile();
    const path = `repositories/${gone.slug}/tags/latest/at?time=`;

    const [then, now] = [
      await gone.client.get(path + rfc3339(before)),
      await gone.client.get(path + rfc3339(stage.clock.now())),
    ];

    expect(then).toMatchObject({ status: 200, json: { release: '1.0.0' } });
    expect(now).toMatchObject({ status: 404, json: { code: 'tag-not-present' } });
  });
});
