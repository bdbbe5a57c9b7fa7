import { explainRelease } from '../../src/core/explain';
import { planMoves, type TagState } from '../../src/core/plan';
import { isPrerelease, type Release } from '../../src/core/release';
import { findConflicts } from '../../src/core/release-set';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { digestOf, NOW, releaseOf, rulesWith, tagOf, targetOf } from './builders';

const ASKED = { cause: 'released', holds: new Map(), now: NOW } as const;

function explain(
  release: Release,
  others: readonly Release[],
  {
    standing = {},
    rules = DEFAULT_RULES,
  }: { standing?: Readonly<Record<string, string>>; rules?: RepositoryRules } = {},
): ReturnType<typeof explainRelease> {
  const states = new Map(
    Object.entries(standing).map(([tag, at]): [ReturnType<typeof tagOf>, TagState] => [
      tagOf(tag),
      { recorded: targetOf(at), found: digestOf(at) },
    ]),
  );
  const releases = [...others, release];
  const decisions = planMoves({ releases, rules, states, ...ASKED });
  return explainRelease(release, { decisions, rules, conflicting: findConflicts(releases) });
}

function codesOf(decisions: ReturnType<typeof explainRelease>): Readonly<Record<string, string>> {
  return Object.fromEntries(decisions.map(({ tag, reason }) => [tag, reason.code]));
}

describe(explainRelease.name, () => {
  it('answers for every moving tag that the version could have, and for no other', () => {
    const decisions = explain(releaseOf('2.1.107'), [releaseOf('1.0.0')]);

    expect(codesOf(decisions)).toEqual({ '2.1': 'released', '2': 'released', latest: 'released' });
    expect(decisions.map(({ action }) => action)).toEqual(['move', 'move', 'move']);
  });

  it('names the higher release that keeps a tag', () => {
    const others = [releaseOf('2.1.106'), releaseOf('2.2.0'), releaseOf('3.0.0')];
    const standing = { '2.1': '2.1.106', '2': '2.2.0', latest: '3.0.0' };

    const decisions = explain(releaseOf('2.1.107'), others, { standing });

    expect(codesOf(decisions)).toEqual({
      '2.1': 'released',
      '2': 'higher-release-exists',
      latest: 'higher-release-exists',
    });
    expect(decisions[1]).toEqual({
      tag: '2',
      action: 'keep',
      reason: { code: 'higher-release-exists', text: 'kept: 2.2.0 is higher' },
      from: targetOf('2.2.0'),
      to: targetOf('2.2.0'),
    });
  });

  it('says that a repeated release changes nothing', () => {
    const standing = { '2.1': '2.1.106', '2': '2.1.106', latest: '2.1.106' };

    expect(codesOf(explain(releaseOf('2.1.106'), [], { standing }))).toEqual({
      '2.1': 'already-right',
      '2': 'already-right',
      latest: 'already-right',
    });
  });

  it.each(['2.1.1', 'v2.1.0'])('calls a tag right that stands on the image of %s', (twin) => {
    const standing = { '2.1': '2.1.0', '2': '2.1.0', latest: '2.1.0' };
    const release = releaseOf(twin, { digest: digestOf('2.1.0') });

    expect(codesOf(explain(release, [releaseOf('2.1.0')], { standing }))).toEqual({
      '2.1': 'already-right',
      '2': 'already-right',
      latest: 'already-right',
    });
  });

  it.each([
    ['by its text', releaseOf('2.1.0-rc.1')],
    ['as announced', releaseOf('2.1.0', { announcedPrerelease: true })],
  ])('says that a pre-release %s moves nothing', (_how, release) => {
    const standing = { '2': '2.0.0', latest: '2.0.0' };

    const decisions = explain(release, [releaseOf('2.0.0')], { standing });

    expect(isPrerelease(release)).toBe(true);
    expect(codesOf(decisions)).toEqual({
      '2.1': 'prerelease',
      '2': 'prerelease',
      latest: 'prerelease',
    });
    expect(decisions[0]).toMatchObject({ from: null, to: null });
    expect(decisions[1]).toMatchObject({ from: targetOf('2.0.0'), to: targetOf('2.0.0') });
  });

  it('shows a move of another release although this one is a pre-release', () => {
    const decisions = explain(releaseOf('2.1.0-rc.1'), [releaseOf('2.0.0')]);

    expect(codesOf(decisions)).toEqual({
      '2.1': 'prerelease',
      '2': 'released',
      latest: 'released',
    });
  });

  it.each`
    release         | rules                     | codes
    ${'0.1.2'}      | ${{}}                     | ${{ '0.1': 'released', '0': 'zero-major-off', latest: 'released' }}
    ${'0.0.2'}      | ${{}}                     | ${{ '0.0': 'zero-major-off', '0': 'zero-major-off', latest: 'released' }}
    ${'2.1.0'}      | ${{ levels: ['latest'] }} | ${{ '2.1': 'level-off', '2': 'level-off', latest: 'released' }}
    ${'0.1.2'}      | ${{ levels: ['latest'] }} | ${{ '0.1': 'level-off', '0': 'level-off', latest: 'released' }}
    ${'2.1.0-rc.1'} | ${{ levels: ['minor'] }}  | ${{ '2.1': 'prerelease', '2': 'level-off', latest: 'level-off' }}
    ${'0.1.0-rc.1'} | ${{}}                     | ${{ '0.1': 'prerelease', '0': 'zero-major-off', latest: 'prerelease' }}
  `(
    'says which tags of $release the rules $rules do not publish',
    ({
      release,
      rules,
      codes,
    }: {
      release: string;
      rules: Partial<RepositoryRules>;
      codes: object;
    }) => {
      const decisions = explain(releaseOf(release), [], { rules: rulesWith(rules) });

      expect(codesOf(decisions)).toEqual(codes);
    },
  );

  it('names the tag or the level that is not published, and no target', () => {
    const [minor, major] = explain(releaseOf('0.1.2'), [], {
      rules: rulesWith({ levels: ['major'] }),
    });

    expect(minor).toEqual({
      tag: '0.1',
      action: 'keep',
      reason: { code: 'level-off', text: 'kept: the rules publish no minor tags' },
      from: null,
      to: null,
    });
    expect(major?.reason.text).toBe('kept: the rules do not publish 0, since 0.x minors may break');
  });

  it('says that a release without a decision is not there', () => {
    const decisions = explainRelease(releaseOf('2.1.0'), {
      decisions: [],
      rules: DEFAULT_RULES,
      conflicting: new Set(),
    });

    expect(codesOf(decisions)).toEqual({
      '2.1': 'manifest-missing',
      '2': 'manifest-missing',
      latest: 'manifest-missing',
    });
  });

  it('passes on why a tag is in trouble', () => {
    const others = [releaseOf('v2.1.0', { digest: digestOf('B') })];
    const standing = { latest: 'by-hand' };

    const decisions = explain(releaseOf('2.1.0'), others, { standing });

    expect(codesOf(decisions)).toEqual({ '2.1': 'conflict', '2': 'conflict', latest: 'drifted' });
  });

  it('says of a release in conflict, and of one that is gone, what keeps it from its tags', () => {
    const releases = [
      releaseOf('2.1.0'),
      releaseOf('2.1.1', { digest: digestOf('A') }),
      releaseOf('v2.1.1', { digest: digestOf('B') }),
      releaseOf('2.1.2', { missing: true }),
    ];
    const decisions = planMoves({
      ...{ releases, rules: DEFAULT_RULES, ...ASKED },
      states: new Map([[tagOf('2'), { recorded: targetOf('2.1.0'), found: digestOf('2.1.0') }]]),
    });
    const outcome = { decisions, rules: DEFAULT_RULES, conflicting: findConflicts(releases) };

    const codes = releases.slice(1).map((one) => codesOf(explainRelease(one, outcome))['2']);

    expect(codes).toEqual(['conflict', 'conflict', 'manifest-missing']);
  });
});
