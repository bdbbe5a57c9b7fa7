import { backtest, type BacktestInput, type RecordedMove } from '../../src/core/backtest';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { releaseOf, tagOf } from './builders';

/** Each release comes out a minute after the one before. */
function releasesAt(...tags: readonly string[]): BacktestInput['releases'] {
  return tags.map((tag, index) => releaseOf(tag, { firstSeenAt: index + 1 }));
}

function moveOf(at: number, tag: string, release: string): RecordedMove {
  return { at, tag: tagOf(tag), release: tagOf(release) };
}

function run(changes: Partial<BacktestInput> & Pick<BacktestInput, 'releases'>): readonly string[] {
  const input = { withdrawnAt: new Map(), moves: [], rules: DEFAULT_RULES, ...changes };
  const steps = backtest(input);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { same, differences } = step.value;
  return [
    `same ${same}`,
    ...differences.map(
      ({ kind, tag, at, release, instead }) =>
        `${at} ${tag} ${kind} ${release ?? 'nothing'}, ${instead ?? 'nothing'}`,
    ),
  ];
}

/** What every pipeline does alone: each release takes all of its tags. */
const ALONE = [
  ...[moveOf(1, '2.0', '2.0.0'), moveOf(1, '2', '2.0.0'), moveOf(1, 'latest', '2.0.0')],
  ...[moveOf(2, '1.9', '1.9.5'), moveOf(2, '1', '1.9.5'), moveOf(2, 'latest', '1.9.5')],
];

describe('a back-test', () => {
  it('of nothing finds nothing', () => {
    expect(run({ releases: [] })).toEqual(['same 0']);
  });

  it('finds the move that a back-port should not have made', () => {
    const releases = releasesAt('2.0.0', '1.9.5');

    expect(run({ releases, moves: ALONE })).toEqual([
      'same 5',
      '2 latest would-not-have-moved 1.9.5, 2.0.0',
    ]);
  });

  it('finds what other rules would have moved, and what they would not', () => {
    const rules: RepositoryRules = { ...DEFAULT_RULES, levels: ['minor'], zeroMajor: true };

    expect(run({ releases: releasesAt('2.0.0'), moves: ALONE.slice(1, 3), rules })).toEqual([
      'same 0',
      '1 2 would-not-have-moved 2.0.0, nothing',
      '1 latest would-not-have-moved 2.0.0, nothing',
      '1 2.0 would-have-moved 2.0.0, nothing',
    ]);
  });

  it('takes what was seen together as one step', () => {
    const releases = releasesAt('1.0.0', '1.0.1').map((one) => ({ ...one, firstSeenAt: 5 }));

    expect(run({ releases, moves: [moveOf(5, '1', '1.0.1')] })).toEqual([
      'same 1',
      '5 latest would-have-moved 1.0.1, nothing',
      '5 1.0 would-have-moved 1.0.1, nothing',
    ]);
  });

  it('goes back where a release was withdrawn', () => {
    const withdrawn = releaseOf('1.0.1', { firstSeenAt: 2, withdrawn: 'it loses data' });
    const releases = [releaseOf('1.0.0', { firstSeenAt: 1 }), withdrawn];

    const [, ...differences] = run({
      releases,
      rules: { ...DEFAULT_RULES, levels: ['latest'] },
      withdrawnAt: new Map([[tagOf('1.0.1'), 9]]),
    });

    expect(differences).toEqual([
      '1 latest would-have-moved 1.0.0, nothing',
      '2 latest would-have-moved 1.0.1, nothing',
      '9 latest would-have-moved 1.0.0, nothing',
    ]);
  });

  it('lets a soak pass with the releases that follow', () => {
    const rules: RepositoryRules = {
      ...{ ...DEFAULT_RULES, levels: ['minor'], channels: { stable: { soak: 2 } } },
    };
    const releases = releasesAt('1.0.0', '1.1.0', '1.2.0', '1.3.0');

    const differences = run({ releases, rules }).filter((text) => text.includes(' stable '));

    expect(differences).toEqual([
      '3 stable would-have-moved 1.0.0, nothing',
      '4 stable would-have-moved 1.1.0, nothing',
    ]);
  });
});
