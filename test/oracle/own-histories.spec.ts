import type { History } from './history';
import { inferPolicy, parsePolicy } from './policy';
import { type ReplayResult, replay } from './replay';
import { shareOf, toJsonLine, toTable, totalOf } from './report';

interface OwnStep {
  readonly added?: readonly string[];
  readonly changed?: Readonly<Record<string, string>>;
}

/** A step a day, the first of them an import. */
function historyOf(...steps: readonly OwnStep[]): History {
  return {
    image: 'own',
    steps: steps.map(({ added = [], changed = {} }, index) => ({
      ...{ date: `2026-07-0${index + 1}`, commit: `c${index + 1}` },
      ...{ added: added.map((tag) => ({ tag })), changed },
    })),
  };
}

function run(history: History, policy: string): ReplayResult {
  return replay(history, parsePolicy(policy, 'own.yaml'));
}

const BACK_PORT = historyOf(
  { added: ['2.1.0'] },
  { added: ['3.0.0'], changed: { '3.0': '3.0.0', '3': '3.0.0', latest: '3.0.0' } },
  { added: ['2.1.1'], changed: { '2.1': '2.1.1', '2': '2.1.1' } },
);

describe('a replay', () => {
  it('counts every change after the import that the rules make, too', () => {
    expect(run(BACK_PORT, '')).toMatchObject({
      ...{ changes: 5, reproduced: 5, wrongOwner: 0, missed: 0, collisions: 0, backward: 0 },
    });
  });

  it('tells a wrong owner from a tag that the rules do not have', () => {
    const history = historyOf(
      { added: ['1.0.0', '1.1.0'] },
      { changed: { latest: '1.0.0', edge: '1.1.0' } },
    );

    const result = run(history, '');

    expect(result).toMatchObject({ changes: 2, reproduced: 0, wrongOwner: 1, missed: 1 });
    expect(result.differences).toEqual([
      { date: '2026-07-02', tag: 'latest', listed: '1.0.0', got: '1.1.0' },
      { date: '2026-07-02', tag: 'edge', listed: '1.1.0', got: undefined },
    ]);
  });

  it('follows four parts and variants that newer versions dropped', () => {
    const history = historyOf(
      { added: ['1.0.0.1', '1.0.0.1-jammy'] },
      { added: ['1.0.1.0'], changed: { '1.0.1': '1.0.1.0', '1.0': '1.0.1.0', '1': '1.0.1.0' } },
      { added: ['1.0.0.2-jammy'], changed: { '1.0.0-jammy': '1.0.0.2', '1-jammy': '1.0.0.1' } },
    );

    const policy = 'scheme: four-part\nvariants: { known: [jammy], scope: head }';

    expect(run(history, policy)).toMatchObject({ changes: 5, reproduced: 5 });
  });

  it.each`
    what                   | event
    ${'a withdrawal'}      | ${'withdraw: [1.0.1]'}
    ${'a change of rules'} | ${'rules: { channels: { dev: { match: ">=1.0.1", claim: true } } }'}
  `('lets $what take tags back without counting them', ({ event }: { event: string }) => {
    const history = historyOf({ added: ['1.0.0', '1.0.1'] }, { changed: { latest: '1.0.0' } });

    const result = run(history, `events: [{ date: 2026-07-02, cause: it was bad, ${event} }]`);

    expect(result).toMatchObject({ changes: 1, reproduced: 1, backward: 0 });
  });

  it('keeps a held tag where it is until it is released', () => {
    const history = historyOf(
      { added: ['1.0.0'] },
      { added: ['2.0.0'], changed: { latest: '1.0.0', '2': '2.0.0' } },
      { changed: { latest: '2.0.0' } },
    );
    const events = [
      '- { date: 2026-07-02, cause: not ready, hold: [latest] }',
      '- { date: 2026-07-03, cause: ready, release: [latest] }',
    ];

    const result = run(history, ['events:', ...events].join('\n'));

    expect(result).toMatchObject({ changes: 3, reproduced: 3 });
  });

  it('counts a name that a release has, too, apart', () => {
    const history = historyOf(
      { added: ['3.2'] },
      { added: ['3.2.1'], changed: { '3.2': '3.2.1', '3': '3.2.1' } },
    );

    const result = run(history, 'parse: { shortRelease: accept }');

    expect(result).toMatchObject({ changes: 2, reproduced: 1, collisions: 1 });
    expect(result.collidingTags).toEqual(['3.2']);
    expect(shareOf(result)).toBe(100);
  });

  it('judges what an import would infer from the first step', () => {
    const history = historyOf(
      { added: ['v1.0.0', 'v1.0.0-alpine'], changed: { v1: '1.0.0', 'v1-alpine': '1.0.0' } },
      { added: ['v1.0.1', 'v1.0.1-alpine'], changed: { v1: '1.0.1', 'v1-alpine': '1.0.1' } },
    );

    expect(replay(history, inferPolicy(history))).toMatchObject({ changes: 2, reproduced: 2 });
  });

  it('is refused with a policy whose rules or events are none', () => {
    expect(() => parsePolicy('lvls: [minor]', 'x.yaml')).toThrow('lvls');
    expect(() => parsePolicy('events: [{ date: 2026-07-02 }]', 'x.yaml')).toThrow('cause');
  });
});

describe('its report', () => {
  const result = run(BACK_PORT, '');

  it('is a line of JSON for each history', () => {
    expect(JSON.parse(toJsonLine(result))).toEqual({
      ...{ image: 'own', changes: 5, reproduced: 5, wrongOwner: 0, missed: 0 },
      ...{ collisions: 0, backward: 0 },
    });
  });

  it('adds up', () => {
    expect(totalOf([result, result])).toMatchObject({ image: 'total', changes: 10 });
    expect(toTable([result]).split('\n')).toHaveLength(3);
  });
});
