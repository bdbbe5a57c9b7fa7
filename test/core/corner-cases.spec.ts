import type { MoveDecision } from '../../src/core/decision';
import { explainRelease } from '../../src/core/explain';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { compareVersions, parseVersionTag } from '../../src/core/version';
import {
  digestOf,
  isMove,
  releaseOf,
  rulesWith,
  SimulatedRepository,
  targetOf,
  versionOf,
} from './builders';

/** The table of corner cases in the rules, by its row numbers. */
describe('the corner cases of the rules', () => {
  it.each`
    row   | known                              | event                      | moves
    ${1}  | ${''}                              | ${'2.1.106'}               | ${'latest 2 2.1'}
    ${2}  | ${'2.1.105'}                       | ${'2.1.106'}               | ${'latest 2 2.1'}
    ${3}  | ${'2.1.9'}                         | ${'2.1.10'}                | ${'latest 2 2.1'}
    ${4}  | ${'2.1.106'}                       | ${'2.1.99'}                | ${''}
    ${5}  | ${'2.1.106 2.2.0'}                 | ${'2.1.107'}               | ${'2.1'}
    ${6}  | ${'1.9.0 2.0.1'}                   | ${'1.9.1'}                 | ${'1 1.9'}
    ${7}  | ${'1.20.3 1.21.1'}                 | ${'1.20.4'}                | ${'1.20'}
    ${8}  | ${'2.12.2 2.13.1'}                 | ${'2.13.0'}                | ${''}
    ${9}  | ${'2.1.106'}                       | ${'2.1.106'}               | ${''}
    ${13} | ${'2.0.0'}                         | ${'2.1.0-rc.1'}            | ${''}
    ${14} | ${''}                              | ${'1.0.0-rc.1'}            | ${''}
    ${15} | ${'2.1.0-rc.1'}                    | ${'2.1.0'}                 | ${'latest 2 2.1'}
    ${16} | ${'2.1.0'}                         | ${'2.1.0-rc.2'}            | ${''}
    ${20} | ${'2.0.0'}                         | ${'2.1.0-alpha.1'}         | ${''}
    ${21} | ${''}                              | ${'0.2.1.0-rc1'}           | ${''}
    ${21} | ${''}                              | ${'0.2.1.0'}               | ${''}
    ${22} | ${''}                              | ${'1.2.3rc2'}              | ${''}
    ${23} | ${''}                              | ${'2.0.330-63-gc1cfb6864'} | ${''}
    ${24} | ${''}                              | ${'0.1.2'}                 | ${'latest 0.1'}
    ${25} | ${'0.2.3'}                         | ${'0.3.0'}                 | ${'latest 0.3'}
    ${26} | ${'0.9.9 1.0.0'}                   | ${'0.9.10'}                | ${'0.9'}
    ${27} | ${''}                              | ${'0.0.3'}                 | ${'latest'}
    ${28} | ${''}                              | ${'v2.1.106'}              | ${'latest 2 2.1'}
    ${29} | ${''}                              | ${'V2.1.106'}              | ${''}
    ${29} | ${''}                              | ${'release-2.1.106'}       | ${''}
    ${30} | ${'2.1.1'}                         | ${'v2.1.106'}              | ${'latest 2 2.1'}
    ${31} | ${''}                              | ${'2.1'}                   | ${''}
    ${34} | ${''}                              | ${'01.2.3'}                | ${''}
    ${34} | ${''}                              | ${'1.2.3-01'}              | ${''}
    ${35} | ${''}                              | ${'2026.07.1'}             | ${''}
    ${37} | ${'3.10.0'}                        | ${'3.9.0'}                 | ${'3.9'}
    ${37} | ${'3.9.0'}                         | ${'3.10.0'}                | ${'latest 3 3.10'}
    ${38} | ${'3.24.1'}                        | ${'20260805'}              | ${''}
    ${39} | ${'2.1.0'}                         | ${'main'}                  | ${''}
    ${39} | ${'2.1.0'}                         | ${'sha-ab12cd3'}           | ${''}
    ${39} | ${'2.1.0'}                         | ${'1234567'}               | ${''}
    ${39} | ${'2.1.0'}                         | ${'nightly-20260820'}      | ${''}
    ${43} | ${'1.2.2'}                         | ${'1.2.3-alpine'}          | ${''}
    ${43} | ${'1.2.2'}                         | ${'1.2.3-rc.1'}            | ${''}
    ${45} | ${'1.2.2 1.2.3-amd64 1.2.3-arm64'} | ${'1.2.3'}                 | ${'latest 1 1.2'}
    ${45} | ${'1.2.2'}                         | ${'1.2.3-amd64'}           | ${''}
  `(
    'row $row: {$known} + $event moves "$moves"',
    ({ known, event, moves }: Record<'known' | 'event' | 'moves', string>) => {
      const repository = new SimulatedRepository();
      repository.release(...known.split(' ').filter((tag) => tag !== ''));

      const moved = repository.release(event).filter(isMove);

      expect(moved.map(({ tag }) => tag).join(' ')).toBe(moves);
      expect(moved.map(({ to }) => to)).toEqual(moved.map(() => targetOf(event)));
    },
  );

  it('row 2: each move has the old and the new target', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105');

    const moved: readonly MoveDecision[] = repository.release('2.1.106').filter(isMove);

    expect(moved.map(({ from, to }) => [from, to])).toEqual(
      moved.map(() => [targetOf('2.1.105'), targetOf('2.1.106')]),
    );
    expect(moved).toHaveLength(3);
  });

  it('row 10: a rebuild of a release moves nothing', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.106');
    repository.push('2.1.106', digestOf('rebuilt'));

    const decisions = repository.reconcile();

    expect(decisions.map(({ reason }) => reason.code)).toEqual([
      'already-right',
      'already-right',
      'already-right',
    ]);
    expect(repository.digestAt('latest')).toBe(digestOf('2.1.106'));
  });

  it('row 12: a retry moves only what is still to be moved', () => {
    const repository = new SimulatedRepository();
    repository.release('4.0.0');
    repository.push('4.0.1');
    repository.push('4', digestOf('4.0.1'));

    const decisions = repository.reconcile();

    expect(decisions.filter(isMove).map(({ tag }) => tag)).toEqual(['latest', '4.0']);
  });

  it('row 20: pre-releases stand below their release, numbers below words', () => {
    const ordered = ['2.0.0', '2.1.0-1', '2.1.0-alpha', '2.1.0-alpha.1', '2.1.0'];

    const sorted = ordered.toReversed().map(versionOf).sort(compareVersions);

    expect(sorted.map(({ text }) => text)).toEqual(ordered);
  });

  it('row 25: an older minor of 0 stays where it is', () => {
    const repository = new SimulatedRepository();
    repository.release('0.2.3', '0.3.0');

    expect(repository.placement()).toEqual({ '0.2': '0.2.3', '0.3': '0.3.0', latest: '0.3.0' });
  });

  it.each`
    prefix     | moves
    ${'strip'} | ${['latest', '2', '2.1']}
    ${'keep'}  | ${['latest', 'v2', 'v2.1']}
    ${'both'}  | ${['latest', '2', '2.1', 'v2', 'v2.1']}
  `(
    'row 28: v2.1.106 moves $moves under $prefix',
    ({ prefix, moves }: { prefix: RepositoryRules['versionPrefix']; moves: string[] }) => {
      const repository = new SimulatedRepository(rulesWith({ versionPrefix: prefix }));

      expect(repository.moved(repository.release('v2.1.106'))).toEqual(moves);
      expect(repository.placement()['latest']).toBe('v2.1.106');
    },
  );

  it.each([' 2.1.106', '2.1.106 ', '=2.1.106', 'p1/v1.2.3', '2.1.106+build.7'])(
    'rows 29, 33 and 40: %j is no tag at all',
    (text) => {
      expect(parseVersionTag(text)).toEqual({ kind: 'skipped', reason: 'illegal-tag' });
    },
  );

  it('row 30: a v is no part of the version, and nothing is cut off', () => {
    expect(versionOf('v2.1.106')).toMatchObject({ text: '2.1.106', patch: 106, prefixed: true });
  });

  it('row 11: an announced tag that is not there moves nothing', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105');
    repository.announce('2.1.106', false);

    const decisions = repository.reconcile();

    expect(repository.moved(decisions)).toEqual([]);
    expect(repository.releases.map(({ tag }) => tag)).toEqual(['2.1.105']);
    expect(
      explainRelease(releaseOf('2.1.106'), {
        decisions: [],
        rules: DEFAULT_RULES,
        conflicting: new Set(),
      }).map(({ reason }) => reason.code),
    ).toEqual(['manifest-missing', 'manifest-missing', 'manifest-missing']);
  });

  it('row 54: latest on a digest that no release has is left alone', () => {
    const repository = new SimulatedRepository();
    repository.push('latest', digestOf('by hand'));

    const decisions = repository.release('2.1.106');

    expect(decisions.map(({ tag, reason }) => [tag, reason.code])).toEqual([
      ['latest', 'drifted'],
      ['2', 'released'],
      ['2.1', 'released'],
    ]);
    expect(repository.digestAt('latest')).toBe(digestOf('by hand'));
  });

  it('row 54: latest moved by hand is left alone, and its drift ends when it is put back', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.106');
    repository.push('latest', digestOf('by hand'));

    const moved = repository.moved(repository.release('2.1.107'));
    repository.push('latest', digestOf('2.1.106'));
    const movedAfterwards = repository.moved(repository.reconcile());

    expect(moved).toEqual(['2', '2.1']);
    expect(movedAfterwards).toEqual(['latest']);
  });
});

describe('the set of releases', () => {
  it('decides, never the order in which they come', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.106', '2.1.114', '2.2.11', '3.0.42');

    const backPort = repository.moved(repository.release('2.1.115'));
    const duplicate = repository.moved(repository.release('2.2.11'));

    expect(backPort).toEqual(['2.1']);
    expect(duplicate).toEqual([]);
    expect(repository.placement()).toEqual({
      '2.1': '2.1.115',
      '2.2': '2.2.11',
      '2': '2.2.11',
      ...{ '3.0': '3.0.42', '3': '3.0.42', latest: '3.0.42' },
    });
  });

  it('promotes a pre-release when it is announced as stable', () => {
    const repository = new SimulatedRepository();
    repository.release('2.0.0');
    repository.announce('2.1.0', true);
    const whilePrerelease = repository.moved(repository.release('2.1.0'));
    repository.announce('2.1.0', false);

    const afterwards = repository.moved(repository.reconcile());

    expect(whilePrerelease).toEqual([]);
    expect(afterwards).toEqual(['latest', '2', '2.1']);
  });

  it('leaves tags where they are when their release vanishes, and goes on from there', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105', '2.1.106');
    repository.remove('2.1.106');

    const afterwards = repository.moved(repository.reconcile());
    const next = repository.moved(repository.release('2.1.107'));

    expect(afterwards).toEqual([]);
    expect(next).toEqual(['latest', '2', '2.1']);
  });
});
