import { TimelineAnswer } from '../../src/history/history.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, START, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { liveThroughMonths, rfc3339, TIMES } from './months';

describeOnRealRegistries('the timeline', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeAll(async () => {
    repository = await liveThroughMonths(stage);
  });

  const read = async (query = ''): Promise<TimelineAnswer> => {
    const answer = await repository.client.get(`repositories/${repository.slug}/timeline${query}`);
    return TimelineAnswer.parse(answer.json);
  };

  const between = (from: number, to: number): Promise<TimelineAnswer> =>
    read(`?from=${rfc3339(from)}&to=${rfc3339(to)}`);

  const shown = ({ lanes }: TimelineAnswer): readonly (readonly [string, ...unknown[]])[] =>
    lanes.map(({ tag, segments }) => [tag, ...segments.map(({ release }) => release)]);

  it('has latest first, then majors descending, each followed by its minors', async () => {
    expect(shown(await read())).toEqual([
      ['latest', '2.1.106', '2.1.114', '2.2.11', '3.0.42'],
      ['3', '3.0.42'],
      ['3.0', '3.0.42'],
      ['2', '2.1.106', '2.1.114', '2.2.11'],
      ['2.2', '2.2.11'],
      ['2.1', '2.1.106', '2.1.114', '2.1.115'],
    ]);
  });

  it('shows the year up to now unless it is told otherwise', async () => {
    const now = stage.clock.now();

    const { from, to } = await read();

    expect({ from, to }).toEqual({ from: rfc3339(now - 365 * DAY), to: rfc3339(now) });
  });

  it('has segments that follow each other without a gap, the last one without an end', async () => {
    const { lanes } = await read();

    const segments = lanes.find(({ tag }) => tag === '2')?.segments ?? [];
    const digests = [
      ...[await repository.digestOf('2.1.106'), await repository.digestOf('2.1.114')],
      await repository.digestOf('2.2.11'),
    ];
    expect(segments.map(({ digest }) => digest)).toEqual(digests);
    expect(segments.map(({ from, until }) => [from, until])).toEqual([
      [rfc3339(TIMES['2.1.106']), rfc3339(TIMES['2.1.114'])],
      [rfc3339(TIMES['2.1.114']), rfc3339(TIMES['2.2.11'])],
      [rfc3339(TIMES['2.2.11']), null],
    ]);
    expect(segments.map(({ kind }) => kind)).toEqual(['released', 'released', 'released']);
  });

  it('shows what touches the period, with its own beginning and end', async () => {
    const timeline = await between(TIMES['2.1.114'] + DAY, TIMES['2.2.11'] - DAY);

    expect(shown(timeline)).toEqual([
      ['latest', '2.1.114'],
      ['2', '2.1.114'],
      ['2.1', '2.1.114'],
    ]);
    expect(timeline.lanes[0]?.segments[0]).toMatchObject({
      ...{ from: rfc3339(TIMES['2.1.114']), until: rfc3339(TIMES['2.2.11']) },
    });
  });

  it('leaves out what ended at its beginning and what began at its end', async () => {
    const timeline = await between(TIMES['2.1.114'], TIMES['2.2.11']);

    expect(shown(timeline)).toEqual([
      ['latest', '2.1.114'],
      ['2', '2.1.114'],
      ['2.1', '2.1.114'],
    ]);
  });

  it('is empty before the first release', async () => {
    expect(await between(START - 30 * DAY, START)).toMatchObject({ lanes: [] });
  });

  it.each(['?from=yesterday', '?to=2026-07-03', '?months=3'])('is a 400 for %s', async (query) => {
    const answer = await repository.client.get(`repositories/${repository.slug}/timeline${query}`);

    expect(answer).toMatchObject({ status: 400, json: { code: 'query-invalid' } });
  });
});
