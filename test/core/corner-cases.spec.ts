import type { Decision } from '../../src/core/decision';
import { explainRelease } from '../../src/core/explain';
import { evaluateRetention } from '../../src/core/retention';
import { DEFAULT_RULES } from '../../src/core/rules';
import { compareVersions, describeSkip } from '../../src/core/version';
import {
  digestOf,
  inventoryOf,
  isMove,
  releaseOf,
  retentionInput,
  SimulatedRepository,
  targetOf,
  versionOf,
} from './builders';
import {
  byTag,
  holdOf,
  movingOf,
  resolvedTag,
  resolveListing,
  rulesFrom,
  skippedOf,
  words,
} from './listing';

// Rows that need a registry or the service, and where they are tested:
// 11, the retries of a delivery: test/tagging/announcements.spec.ts
// 12, a write that fails half way: test/faults/named-moments.spec.ts, outages.spec.ts
// 49, the refusal of a withdrawn release, and 51, the rollback: test/tagging/interventions.spec.ts
// 54, `drift: restore`: test/tagging/adoption.spec.ts
// 56, repositories that do not block each other: test/faults/outages.spec.ts
// Nowhere yet: 50, a higher version with an older build date. Not built: 40, components that pick a
// repository; here they are refused.

const RC = '{ channels: { rc: { match: prerelease } } }';
const RC_ALL = '{ channels: { rc: { match: prerelease, tags: [minor, latest] } } }';
const BETA = '{ channels: { beta: { match: beta, tags: [minor, major, latest] } } }';
const FOUR = '{ scheme: four-part }';
const ALPINE = '{ variants: { known: [alpine] } }';
const POINTER = '{ variants: { known: ["alpine*"], defaults: { alpine: alpine3.23 } } }';
const LTS = '{ channels: { lts: { majors: [24], names: { 24: krypton } } } }';

interface Row {
  readonly row: number;
  readonly known: string;
  readonly event: string;
  /** The tags that move, all to the event. */
  readonly moves: string;
  readonly rules?: string;
}

const ROWS: readonly Row[] = [
  { row: 1, known: '', event: '2.1.106', moves: '2.1 2 latest' },
  { row: 2, known: '2.1.105', event: '2.1.106', moves: '2.1 2 latest' },
  { row: 3, known: '2.1.9', event: '2.1.10', moves: '2.1 2 latest' },
  { row: 4, known: '2.1.106', event: '2.1.99', moves: '' },
  { row: 5, known: '2.1.106 2.2.0', event: '2.1.107', moves: '2.1' },
  { row: 6, known: '1.9.0 2.0.1', event: '1.9.1', moves: '1.9 1' },
  { row: 7, known: '1.20.3 1.21.1', event: '1.20.4', moves: '1.20' },
  { row: 8, known: '2.12.2 2.13.1', event: '2.13.0', moves: '' },
  { row: 9, known: '2.1.106', event: '2.1.106', moves: '' },
  { row: 13, known: '2.0.0', event: '2.1.0-rc.1', moves: '' },
  { row: 14, known: '', event: '1.0.0-rc.1', moves: '' },
  { row: 15, known: '2.1.0-rc.1', event: '2.1.0', moves: '2.1 2 latest' },
  { row: 16, known: '2.1.0', event: '2.1.0-rc.2', moves: '', rules: RC },
  { row: 16, known: '2.1.0', event: '2.1.1-rc.1', moves: '2.1-rc', rules: RC },
  { row: 17, known: '3.15.0-rc.1', event: '3.15.0-rc.2', moves: '3.15-rc', rules: RC },
  { row: 17, known: '3.15.0-rc.1', event: '3.15.0-rc.2', moves: '3.15-rc rc', rules: RC_ALL },
  { row: 17, known: '3.15.0-rc.9', event: '3.15.0-rc.10', moves: '3.15-rc', rules: RC },
  { row: 17, known: '3.15.0-rc9', event: '3.15.0-rc10', moves: '3.15-rc', rules: RC },
  { row: 18, known: '4.3.0-rc.1', event: '4.3.0', moves: '4.3 4 latest', rules: RC },
  { row: 19, known: '', event: '2.3.4-beta.6', moves: 'beta 2-beta 2.3-beta', rules: BETA },
  { row: 19, known: '', event: '2.3.4-rc.6', moves: '', rules: BETA },
  { row: 20, known: '2.0.0', event: '2.1.0-alpha.1', moves: '' },
  { row: 21, known: '', event: '0.2.1.0-rc1', moves: '' },
  { row: 21, known: '', event: '0.2.1.0-rc1', moves: '', rules: FOUR },
  { row: 22, known: '', event: '1.2.3rc2', moves: '' },
  {
    row: 22,
    known: '',
    event: '1.2.3rc2',
    moves: '',
    rules: '{ parse: { gluedPrerelease: accept } }',
  },
  { row: 23, known: '', event: '2.0.330-63-gc1cfb6864', moves: '' },
  { row: 24, known: '', event: '0.1.2', moves: '0.1 latest' },
  { row: 25, known: '0.2.3', event: '0.3.0', moves: '0.3 latest' },
  { row: 26, known: '0.9.9 1.0.0', event: '0.9.10', moves: '0.9' },
  { row: 27, known: '', event: '0.0.3', moves: 'latest' },
  { row: 28, known: '', event: 'v2.1.106', moves: '2.1 2 latest' },
  {
    row: 28,
    known: '',
    event: 'v2.1.106',
    moves: 'v2.1 v2 latest',
    rules: '{ versionPrefix: keep }',
  },
  {
    ...{ row: 28, known: '', event: 'v2.1.106', moves: '2.1 2 v2.1 v2 latest' },
    rules: '{ versionPrefix: both }',
  },
  { row: 29, known: '', event: 'V2.1.106', moves: '' },
  { row: 29, known: '', event: 'release-2.1.106', moves: '' },
  { row: 30, known: '2.1.1', event: 'v2.1.106', moves: '2.1 2 latest' },
  { row: 31, known: '', event: '2.1', moves: '' },
  { row: 32, known: '18.5', event: '18.6', moves: '18 latest', rules: '{ scheme: two-part }' },
  { row: 34, known: '', event: '01.2.3', moves: '' },
  { row: 34, known: '', event: '1.2.3-01', moves: '' },
  { row: 35, known: '', event: '2026.07.1', moves: '' },
  {
    row: 35,
    known: '',
    event: '2026.07.1',
    moves: '2026.07 2026 latest',
    rules: '{ scheme: calver }',
  },
  { row: 37, known: '3.10.0', event: '3.9.0', moves: '3.9' },
  { row: 37, known: '3.9.0', event: '3.10.0', moves: '3.10 3 latest' },
  { row: 38, known: '3.24.1', event: '20260805', moves: '' },
  { row: 39, known: '2.1.0', event: 'main', moves: '' },
  { row: 39, known: '2.1.0', event: 'sha-ab12cd3', moves: '' },
  { row: 39, known: '2.1.0', event: '1234567', moves: '' },
  { row: 39, known: '2.1.0', event: 'nightly-20260820', moves: '' },
  { row: 40, known: '2.1.0', event: 'api-v3.2.3', moves: '' },
  { row: 40, known: '2.1.0', event: 'web-v3.0.0', moves: '' },
  {
    ...{ row: 41, known: '3.12.1 3.12.1-alpine', event: '3.12.2-alpine' },
    ...{ moves: '3.12-alpine 3-alpine alpine', rules: ALPINE },
  },
  {
    ...{ row: 42, known: '', event: '1.2.3-alpine', moves: '1.2-alpine 1-alpine alpine' },
    rules: ALPINE,
  },
  {
    ...{ row: 42, known: '', event: '1.2.3-alpine', moves: '1.2-alpine 1-alpine latest-alpine' },
    rules: '{ variants: { known: [alpine], latestName: prefixed } }',
  },
  { row: 43, known: '1.2.2', event: '1.2.3-alpine', moves: '' },
  { row: 43, known: '1.2.2', event: '1.2.3-rc.1', moves: '', rules: ALPINE },
  {
    ...{ row: 44, known: '', event: '3.12.2-alpine3.23', rules: POINTER },
    moves: '3.12-alpine3.23 3-alpine3.23 alpine3.23 3.12-alpine 3-alpine alpine',
  },
  {
    ...{ row: 44, known: '', event: '3.12.2-alpine3.22', rules: POINTER },
    moves: '3.12-alpine3.22 3-alpine3.22 alpine3.22',
  },
  { row: 45, known: '1.2.2 1.2.3-amd64 1.2.3-arm64', event: '1.2.3', moves: '1.2 1 latest' },
  { row: 45, known: '1.2.2', event: '1.2.3-amd64', moves: '' },
  {
    ...{ row: 46, known: '6.4.3-r9', event: '6.4.3-r10', moves: '6.4.3 6.4 6 latest' },
    rules: '{ revisions: true }',
  },
  {
    ...{ row: 53, known: '26.7.0 24.19.0', event: '24.20.0', moves: '24.20 24 lts krypton' },
    rules: LTS,
  },
];

describe('the corner cases of the rules', () => {
  it.each(ROWS)(
    'row $row: {$known} + $event moves "$moves"',
    ({ known, event, moves, rules = '' }) => {
      const repository = new SimulatedRepository(rulesFrom(rules));
      repository.release(...words(known));

      const moved = repository.release(event).filter(isMove);

      expect(moved.map(({ tag }) => tag).sort()).toEqual(words(moves).toSorted());
      expect(moved.map(({ to }) => to)).toEqual(moved.map(() => targetOf(event)));
    },
  );

  it.each(ROWS)(
    'row $row: a listing of {$known} + $event shows what the moves made',
    ({ known, event, rules = '' }) => {
      const repository = new SimulatedRepository(rulesFrom(rules));
      repository.release(...words(known), event);
      const placement = repository.placement();
      const present = Object.entries(placement).map(([tag, release]) => `${tag}@${release ?? ''}`);
      const tags = new Set([...words(known), event]);

      const resolution = resolveListing([...tags, ...present], { rules });

      expect(movingOf(resolution)).toEqual(placement);
      expect(resolution.moving.filter(({ agrees }) => agrees !== true)).toEqual([]);
    },
  );

  it('row 2: each move has the old and the new target', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105');

    const moved = repository.release('2.1.106').filter(isMove);

    expect(moved.map(({ from, to }) => [from, to])).toEqual(
      Array.from({ length: 3 }, () => [targetOf('2.1.105'), targetOf('2.1.106')]),
    );
  });

  it('row 10: a rebuild of a release is refused, and its first digest counts', () => {
    const resolution = resolveListing(['2.1.106@A', '2.1.106@B']);

    expect(skippedOf(resolution)).toEqual({ '2.1.106': 'conflict' });
    expect(resolution.moving.map(({ tag, digest }) => [tag, digest])).toEqual([
      ['latest', digestOf('A')],
      ['2', digestOf('A')],
      ['2.1', digestOf('A')],
    ]);
  });

  it('row 10: an allowed rebuild moves what the release owns, and no higher tag', () => {
    const repository = new SimulatedRepository(rulesFrom('{ rebuilds: allow }'));
    repository.release('2.1.106', '2.2.0');
    repository.push('2.1.106', digestOf('B'));

    const moved = repository.reconcile().filter(isMove);

    expect(moved.map(({ tag, reason, to }) => [tag, reason.code, to?.digest])).toEqual([
      ['2.1', 'rebuilt', digestOf('B')],
    ]);
  });

  it('row 11: an announced tag that is not there moves nothing', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105');
    repository.announce('2.1.106', false);

    const moved = repository.moved(repository.reconcile());

    const none = { decisions: [], rules: DEFAULT_RULES, conflicting: new Set<never>() };
    expect(moved).toEqual([]);
    expect(repository.releases.map(({ tag }) => tag)).toEqual(['2.1.105']);
    expect(explainRelease(releaseOf('2.1.106'), none).map(({ reason }) => reason.code)).toEqual([
      'manifest-missing',
      'manifest-missing',
      'manifest-missing',
    ]);
  });

  it('row 12: a retry moves only what is still to be moved', () => {
    const repository = new SimulatedRepository();
    repository.release('4.0.0');
    repository.push('4.0.1');
    repository.push('4', digestOf('4.0.1'));

    expect(repository.moved(repository.reconcile())).toEqual(['latest', '4.0']);
  });

  it('row 14: with bootstrapLatest a pre-release has latest until a release comes', () => {
    const rules = '{ bootstrapLatest: true }';

    expect(movingOf(resolveListing(['1.0.0-rc.1', '1.0.0-rc.2'], { rules }))).toEqual({
      latest: '1.0.0-rc.2',
    });
    expect(movingOf(resolveListing(['1.0.0-rc.1', '0.9.0'], { rules }))).toEqual(
      byTag({ '0.9.0': 'latest 0.9' }),
    );
  });

  it.each`
    retired     | expected
    ${'keep'}   | ${'4.3.0-rc.1'}
    ${'delete'} | ${undefined}
  `(
    'row 18: the tag of a retired candidate is for $retired',
    ({ retired, expected }: { retired: string; expected: string | undefined }) => {
      const rules = `{ channels: { rc: { match: prerelease, retired: ${retired} } } }`;
      const repository = new SimulatedRepository(rulesFrom(rules));
      repository.release('4.3.0-rc.1', '4.3.0');

      const resolution = resolveListing(['4.3.0-rc.1', '4.3-rc@4.3.0-rc.1', '4.3.0'], { rules });

      expect(repository.placement()['4.3-rc']).toBe(expected);
      expect(resolvedTag('4.3-rc', resolution)?.release).toBe(expected);
      expect(skippedOf(resolution)['4.3-rc']).toBeUndefined();
    },
  );

  it('row 18: a late candidate does not revive a retired tag, one of the next patch does', () => {
    const repository = new SimulatedRepository(
      rulesFrom('{ channels: { rc: { match: prerelease, retired: delete } } }'),
    );
    repository.release('4.3.0-rc.1', '4.3.0');

    const late = repository.moved(repository.release('4.3.0-rc.2'));
    const next = repository.moved(repository.release('4.3.1-rc.1'));

    expect(late).toEqual([]);
    expect(next).toEqual(['4.3-rc']);
  });

  it('row 20: pre-releases stand below their release, numbers below words', () => {
    const ordered = ['2.0.0', '2.1.0-1', '2.1.0-alpha', '2.1.0-alpha.1', '2.1.0'];

    const sorted = ordered
      .toReversed()
      .map((tag) => versionOf(tag))
      .sort(compareVersions);

    expect(sorted.map(({ text }) => text)).toEqual(ordered);
  });

  it('row 21: 0.2.1.0-rc1 is a pre-release of four parts or nothing', () => {
    expect(skippedOf(resolveListing(['0.2.1.0-rc1']))).toEqual({
      '0.2.1.0-rc1': 'wrong-part-count',
    });
    expect(skippedOf(resolveListing(['0.2.1.0-rc1'], { rules: FOUR }))).toEqual({
      '0.2.1.0-rc1': 'prerelease',
    });
  });

  it('row 25: an older minor of 0 stays where it is', () => {
    expect(movingOf(resolveListing(['0.2.3', '0.3.0']))).toEqual(
      byTag({ '0.2.3': '0.2', '0.3.0': '0.3 latest' }),
    );
  });

  it.each`
    row   | tag                        | code
    ${13} | ${'2.1.0-rc.1'}            | ${'prerelease'}
    ${20} | ${'2.1.0-1'}               | ${'prerelease'}
    ${22} | ${'1.2.3rc2'}              | ${'not-a-version'}
    ${23} | ${'2.0.330-63-gc1cfb6864'} | ${'other'}
    ${29} | ${'V2.1.106'}              | ${'other'}
    ${29} | ${'release-2.1.106'}       | ${'other'}
    ${29} | ${'=2.1.106'}              | ${'illegal-tag'}
    ${29} | ${' 2.1.106'}              | ${'illegal-tag'}
    ${29} | ${'2.1.106 '}              | ${'illegal-tag'}
    ${29} | ${'2.1.106\n'}             | ${'illegal-tag'}
    ${31} | ${'2.1'}                   | ${'wrong-part-count'}
    ${34} | ${'01.2.3'}                | ${'leading-zero'}
    ${34} | ${'1.2.3-01'}              | ${'leading-zero'}
    ${35} | ${'2026.07.1'}             | ${'leading-zero'}
    ${36} | ${'1'.repeat(129)}         | ${'illegal-tag'}
    ${38} | ${'20260805'}              | ${'other'}
    ${39} | ${'latest'}                | ${'other'}
    ${39} | ${'main'}                  | ${'other'}
    ${39} | ${'sha-ab12cd3'}           | ${'other'}
    ${39} | ${'1234567'}               | ${'other'}
    ${39} | ${'nightly-20260820'}      | ${'other'}
    ${40} | ${'p1/v1.2.3'}             | ${'illegal-tag'}
    ${40} | ${'api-v1.2.3'}            | ${'other'}
    ${40} | ${'web-v2.0.0'}            | ${'other'}
    ${43} | ${'1.2.3-alpine'}          | ${'undeclared-variant'}
    ${45} | ${'1.2.3-amd64'}           | ${'undeclared-variant'}
    ${46} | ${'6.4.3-r10'}             | ${'undeclared-variant'}
  `(
    'row $row: a listing skips $tag with $code',
    ({ tag, code }: Record<'tag' | 'code', string>) => {
      expect(resolveListing([{ tag }])).toMatchObject({
        moving: [],
        skipped: [{ tag, reason: { code } }],
      });
    },
  );

  it('row 30: a v is no part of the version, and nothing is cut off', () => {
    expect(versionOf('v2.1.106')).toMatchObject({ text: '2.1.106', patch: 106, prefixed: true });
  });

  it('row 31: the wanted count of parts is named', () => {
    expect(describeSkip('2.1', 'wrong-part-count')).toContain('needs 3 parts');
  });

  it.each`
    mapping         | release
    ${'underscore'} | ${'2.1.106_build.7'}
    ${'dash'}       | ${'2.1.106-build.7'}
    ${'drop'}       | ${'2.1.106'}
  `(
    'row 33: 2.1.106+build.7 is published as $release under $mapping',
    ({ mapping, release }: Record<string, string>) => {
      const rules = `{ parse: { buildMetadata: ${mapping} } }`;

      const resolution = resolveListing(['2.1.106+build.7'], { rules });

      expect(movingOf(resolution)).toEqual({ '2.1': release, '2': release, latest: release });
      expect(skippedOf(resolution)).toEqual({});
    },
  );

  it('row 33: 2.1.106+build.7 is rejected under reject', () => {
    const rules = '{ parse: { buildMetadata: reject } }';

    expect(skippedOf(resolveListing(['2.1.106+build.7'], { rules }))).toEqual({
      '2.1.106+build.7': 'illegal-tag',
    });
    expect(skippedOf(resolveListing(['2.1.106_build.7'], { rules }))).toEqual({
      '2.1.106_build.7': 'not-a-version',
    });
  });

  it.each(['underscore', 'dash', 'drop'])(
    'row 33: 2.1.106+build.7 beside another 2.1.106 is a conflict under %s',
    (mapping) => {
      const rules = `{ parse: { buildMetadata: ${mapping} } }`;
      const tags = ['2.1.105', '2.1.106@A', '2.1.106+build.7@B'];

      for (const order of [tags, tags.toReversed()]) {
        const resolution = resolveListing(order, { rules });

        expect(skippedOf(resolution)).toEqual({
          '2.1.106': 'conflict',
          '2.1.106+build.7': 'conflict',
        });
        expect(movingOf(resolution)).toEqual(byTag({ '2.1.105': '2.1 2 latest' }));
      }
    },
  );

  it('row 33: build metadata on one digest is one release, under its bare spelling', () => {
    const resolution = resolveListing(['2.1.106_build.7@A', '2.1.106@A']);

    expect(movingOf(resolution)).toEqual(byTag({ '2.1.106': '2.1 2 latest' }));
    expect(skippedOf(resolution)).toEqual({});
  });

  it('row 36: a computed tag over 128 characters is refused, the others stand', () => {
    const variant = `x${'y'.repeat(121)}`;
    const rules = '{ variants: { known: ["x*"], latestName: prefixed } }';

    const { moving, skipped } = resolveListing([`1.2.3-${variant}`], { rules });

    expect(`latest-${variant}`).toHaveLength(129);
    expect(moving.map(({ tag }) => tag)).toEqual([`1-${variant}`, `1.2-${variant}`]);
    expect(skipped).toEqual([]);
  });

  it('row 43: a variant and a pre-release are told apart', () => {
    expect(
      ['1.2.3-alpine', '1.2.3-rc.1'].map((tag) => versionOf(tag, rulesFrom(ALPINE))),
    ).toMatchObject([
      { variant: 'alpine', prerelease: [] },
      { variant: '', prerelease: ['rc', 1] },
    ]);
  });

  it('row 44: a changed pointer takes its tags back, as a change of rules', () => {
    const repository = new SimulatedRepository(rulesFrom(POINTER));
    repository.release('3.12.2-alpine3.22', '3.12.3-alpine3.23');

    const moved = repository.change(rulesFrom(POINTER.replace('3.23 } }', '3.22 } }')));

    expect(moved.filter(isMove).map(({ tag, reason, to }) => [tag, reason.code, to])).toEqual(
      ['3-alpine', '3.12-alpine', 'alpine']
        .sort()
        .map((tag) => [tag, 'rules-changed', targetOf('3.12.2-alpine3.22')]),
    );
  });

  it('row 47: the tags of a withdrawn release go to the highest one left, in one move', () => {
    const repository = new SimulatedRepository();
    repository.release('2.4.45', '2.4.46', '2.4.47');
    repository.withdraw('2.4.47');
    repository.withdraw('2.4.46');

    const moved = repository.reconcile().filter(isMove);

    expect(moved.map(({ tag, reason, from, to }) => [tag, reason.code, from, to])).toEqual(
      ['latest', '2', '2.4'].map((tag) => [
        ...[tag, 'withdrawn'],
        ...[targetOf('2.4.47'), targetOf('2.4.45')],
      ]),
    );
    expect(movingOf(resolveListing(['2.4.46', '2.4.47 !']))).toEqual(
      byTag({ '2.4.46': '2.4 2 latest' }),
    );
  });

  it('row 48: withdrawing a release that owns nothing moves nothing', () => {
    const repository = new SimulatedRepository();
    repository.release('2.4.46', '2.4.47');
    repository.withdraw('2.4.46');

    expect(repository.moved(repository.reconcile())).toEqual([]);
  });

  it('row 49: a release after a withdrawn one has the tags, and the withdrawn one stays out', () => {
    const repository = new SimulatedRepository();
    repository.release('2.4.46', '2.4.47');
    repository.withdraw('2.4.47');
    repository.reconcile();

    const next = repository.moved(repository.release('2.4.48'));
    const again = repository.moved(repository.release('2.4.47'));

    expect(next).toEqual(['latest', '2', '2.4']);
    expect(again).toEqual([]);
    expect(skippedOf(resolveListing(['2.4.46', '2.4.47 !', '2.4.48']))).toEqual({
      '2.4.47': 'withdrawn',
    });
  });

  it('row 51: a held tag stays where a person put it, the others go on', () => {
    const tags = ['2.1.105', '2.1.106', '2.1.107'];

    const resolution = resolveListing(tags, { holds: [holdOf('2', '2.1.105')] });

    expect(movingOf(resolution)).toEqual(byTag({ '2.1.105': '2', '2.1.107': '2.1 latest' }));
    expect(resolvedTag('2', resolution)?.reason.code).toBe('held');
  });

  it('row 51: a released hold ends in one move to the present owner', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105');
    repository.hold('2');
    const held = repository.release('2.1.106', '2.1.107');
    repository.endHold('2');

    const moved = repository.reconcile('hold-released').filter(isMove);

    expect(held.map(({ tag, reason }) => [tag, reason.code])).toEqual([
      ['latest', 'released'],
      ['2', 'held'],
      ['2.1', 'released'],
    ]);
    expect(moved.map(({ tag, reason, from, to }) => [tag, reason.code, from, to])).toEqual([
      ['2', 'hold-released', targetOf('2.1.105'), targetOf('2.1.107')],
    ]);
  });

  describe('row 52: a channel with a soak', () => {
    const rules = '{ channels: { stable: { soak: 14d } } }';

    it.each`
      what                                       | tags                                                           | stable
      ${'is created for the first that is old'}  | ${['1.0.0 20d', '1.1.0 3d']}                                   | ${'1.0.0'}
      ${'is not created while none is old'}      | ${['1.0.0 13d', '1.1.0 3d']}                                   | ${undefined}
      ${'counts the day on which it is due'}     | ${['1.0.0 14d']}                                               | ${'1.0.0'}
      ${'does not count a release without time'} | ${['1.0.0 20d', '1.1.0']}                                      | ${'1.0.0'}
      ${'takes the highest, not the newest'}     | ${['1.2.0 40d', '1.1.5 20d']}                                  | ${'1.2.0'}
      ${'does not go back'}                      | ${['1.0.0 20d', '1.1.0 3d', 'stable@1.1.0']}                   | ${'1.1.0'}
      ${'goes back from a withdrawn release'}    | ${['1.0.0 20d', '1.1.0 3d !', 'stable@1.1.0']}                 | ${'1.0.0'}
      ${'goes to the next older one that is ok'} | ${['1.0.0 40d', '1.1.0 30d', '1.2.0 20d !', '1.3.0 1d']}       | ${'1.1.0'}
      ${'ignores a pre-release'}                 | ${['1.0.0 20d', '1.1.0-rc.1 30d', '1.1.1 30d ~', '0.9.9 50d']} | ${'1.0.0'}
    `('$what', ({ tags, stable }: { tags: string[]; stable: string | undefined }) => {
      expect(movingOf(resolveListing(tags, { rules }))['stable']).toBe(stable);
    });

    it('moves with the clock alone', () => {
      const repository = new SimulatedRepository(rulesFrom(rules));
      const early = repository.moved(repository.release('1.0.0'));
      repository.now += 14 * 86_400_000;

      const late = repository.moved(repository.reconcile());

      expect(early).toEqual(['latest', '1', '1.0']);
      expect(late).toEqual(['stable']);
    });

    it('does not go back when the soak gets longer', () => {
      const repository = new SimulatedRepository(rulesFrom(rules));
      repository.release('1.0.0');
      repository.now += 7 * 86_400_000;
      repository.release('1.1.0');
      repository.now += 15 * 86_400_000;
      repository.reconcile();

      const moved = repository.change(rulesFrom('{ channels: { stable: { soak: 21d } } }'));

      expect(moved.filter(isMove)).toEqual([]);
      expect(repository.placement()['stable']).toBe('1.1.0');
    });
  });

  it('row 53: a channel of declared majors leaves latest alone', () => {
    expect(movingOf(resolveListing(['26.7.0', '24.19.0', '24.20.0'], { rules: LTS }))).toEqual(
      byTag({ '26.7.0': 'latest 26 26.7', '24.20.0': '24.20 24 lts krypton', '24.19.0': '24.19' }),
    );
  });

  it('row 54: latest on a digest that no release has is left alone and reported', () => {
    const repository = new SimulatedRepository();
    repository.push('latest', digestOf('by hand'));

    const decisions = repository.release('2.1.106');

    expect(codes(decisions)).toEqual({ latest: 'drifted', '2': 'released', '2.1': 'released' });
    expect(repository.digestAt('latest')).toBe(digestOf('by hand'));
    expect(resolvedTag('latest', resolveListing(['2.1.106', 'latest@by-hand']))).toMatchObject({
      ...{ release: '2.1.106', digest: digestOf('2.1.106'), agrees: false },
      present: digestOf('by-hand'),
    });
  });

  it('row 54: latest moved by hand is left alone, and its drift ends when it is put back', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105', '2.1.106');
    repository.push('latest', digestOf('2.1.105'));
    const whileMoved = codes(repository.reconcile())['latest'];
    repository.push('latest', digestOf('2.1.106'));

    expect(whileMoved).toBe('drifted');
    expect(codes(repository.reconcile())['latest']).toBe('already-right');
  });

  it('row 55: a release whose digest moving tags stand on is kept', () => {
    const inventory = inventoryOf({
      ...{ '1.2.9': {}, '1.2.8': {} },
      ...{ '1.2': { on: '1.2.9' }, '1': { on: '1.2.9' } },
    });

    const { decisions } = evaluateRetention(retentionInput({ inventory }));

    expect(Object.fromEntries(decisions.map(({ tag, verdict }) => [tag, verdict]))).toMatchObject({
      ...{ '1.2.9': 'keep', '1.2': 'keep', '1': 'keep' },
      '1.2.8': 'delete',
    });
  });

  it('promotes a pre-release when it is announced as stable', () => {
    const repository = new SimulatedRepository();
    repository.release('2.0.0');
    repository.announce('2.1.0', true);
    const whilePrerelease = repository.moved(repository.release('2.1.0'));
    repository.announce('2.1.0', false);

    expect(whilePrerelease).toEqual([]);
    expect(repository.moved(repository.reconcile())).toEqual(['latest', '2', '2.1']);
  });

  it('leaves tags where they are when their release vanishes, and goes on from there', () => {
    const repository = new SimulatedRepository();
    repository.release('2.1.105', '2.1.106');
    repository.remove('2.1.106');

    expect(repository.moved(repository.reconcile())).toEqual([]);
    expect(repository.moved(repository.release('2.1.107'))).toEqual(['latest', '2', '2.1']);
  });
});

function codes(decisions: readonly Decision[]): Readonly<Record<string, string>> {
  return Object.fromEntries(decisions.map(({ tag, reason }) => [tag, reason.code]));
}
