import {
  after,
  before,
  build,
  CATCH_ALL,
  describes,
  digestPin,
  EvaluationFolder,
  expectVerdicts,
  indexes,
  inUse,
  keep,
  many,
  movesOf,
  P0,
  policyText,
  R,
  R_MOVES,
  release,
  repository,
  type Row,
  sig,
  tagPin,
  tags,
  words,
} from './evaluations';

// What retention.md section 2 says beyond the table of section 4, on the public command.

const folder = new EvaluationFolder();
afterAll(() => {
  folder.remove();
});

function testRows(rows: readonly Row[]): void {
  it.each(rows)('%s', async (_name, inventory, policy, expected) => {
    expectVerdicts(await folder.evaluate(policy, inventory), expected);
  });
}

function allOf(...conditions: readonly string[]): string {
  return `{ class: release, ${keep('all', ...conditions)} }`;
}

function prerelease(conditions: readonly string[], ...more: readonly string[]): string {
  return `{ ${['class: prerelease', keep('any', ...conditions), ...more].join(', ')} }`;
}

describe('conditions', () => {
  const LINES = repository(
    tags(`
      1.0.0 a 400d
      1.0.1 b 390d
      1.1.0 c 300d
      1.2.0 d 200d
      1.2.1 e 100d
      2.0.0 f 50d
      2.0.1 g 8d`),
  );
  const BUILDS = repository(
    tags(`
      sha-1 A 40d
      sha-2 B 30d
      pr-2 B 9d
      sha-3 C 20d
      sha-4 D 10d`),
  );

  testRows([
    [
      'newestPatches keeps the newest of every minor',
      LINES,
      policyText([release('newestPatches: 1, per: minor')]),
      { deleted: '1.0.0 1.2.0 2.0.0' },
    ],
    [
      'newestMinors keeps every patch of the newest minors of every major',
      LINES,
      policyText([release('newestMinors: 2, per: major')]),
      { deleted: '1.0.0 1.0.1' },
    ],
    [
      'newest counts versions, not moves',
      repository(tags('2.0.0 a 90d\n1.9.9 b 1d')),
      policyText([release('newest: 1')]),
      { deleted: '1.9.9' },
    ],
    [
      'newest per major',
      LINES,
      policyText([release('newest: 1, per: major')]),
      { deleted: '1.0.0 1.0.1 1.1.0 1.2.0 2.0.0' },
    ],
    [
      'newest per minor',
      LINES,
      policyText([release('newest: 1, per: minor')]),
      { deleted: '1.0.0 1.2.0 2.0.0' },
    ],
    [
      'newest per core keeps builds of one version apart',
      repository(tags('1.0.0_1 a 9d\n1.0.0_2 b 8d\n1.0.1_1 c 7d')),
      policyText([release('newest: 1, per: core')]),
      { deleted: '1.0.0_1' },
    ],
    [
      'any unites what each condition keeps of all tags',
      LINES,
      policyText([release('newest: 1', 'newestMinors: 1, per: major', 'movedWithin: 50d')]),
      { deleted: '1.0.0 1.0.1 1.1.0' },
    ],
    [
      'all intersects what each condition keeps of all tags',
      LINES,
      policyText([allOf('newest: 4', 'newestPatches: 1, per: minor')]),
      { deleted: '1.0.0 1.0.1 1.1.0 1.2.0 2.0.0' },
    ],
    [
      'all with a count and a window needs both',
      BUILDS,
      policyText([
        `{ class: build, match: ["sha-*"], ${keep('all', 'newest: 2', 'movedWithin: 10d')} }`,
      ]),
      { deleted: 'sha-1 sha-2 sha-3' },
    ],
    [
      'builds are counted by digest and by their last moved tag',
      BUILDS,
      policyText([build('sha-* pr-*', 'newest: 2')]),
      { deleted: 'sha-1 sha-3' },
    ],
    [
      'a digest that a condition keeps loses none of the tags of the rule',
      BUILDS,
      policyText([build('sha-* pr-*', 'movedWithin: 9d')]),
      { deleted: 'sha-1 sha-3 sha-4' },
    ],
    ['always keeps everything', LINES, policyText([release('newest: 0', 'always: true')]), {}],
    [
      'newest 0 keeps nothing',
      LINES,
      policyText([release('newest: 0')]),
      { deleted: '1.0.0 1.0.1 1.1.0 1.2.0 1.2.1 2.0.0 2.0.1' },
    ],
    [
      'newestPulled counts what was never pulled as pulled when it moved',
      repository(tags('a A 90d pulled 1d\nb B 2d\nc C 3d pulled 3d\nd D 80d pulled 60d')),
      policyText([build('*', 'newestPulled: 2')]),
      { deleted: 'c d' },
    ],
    [
      'pulledWithin keeps its boundary',
      repository(tags('a A 90d pulled 5d\nb B 5d\nc C 80d pulled 60d')),
      policyText([build('*', 'pulledWithin: 5d')]),
      { deleted: 'c' },
    ],
    [
      'a release that is kept as a build is kept',
      LINES,
      policyText([release('newest: 0'), build('1.*', 'newest: 1')]),
      {
        deleted: '1.0.0 1.0.1 1.1.0 1.2.0 2.0.0 2.0.1',
        warnings: 'rules-overlap',
      },
    ],
    [
      'spellings of one version on one digest are one',
      repository(tags('v1.0.1 a 9d\n1.0.1 a 9d\n1.0.0 b 10d\nv0.9.0 c 20d')),
      policyText([release('newest: 2')]),
      { deleted: 'v0.9.0' },
    ],
    [
      'spellings of one version on two digests are both kept',
      repository(tags('v1.0.1 a 9d\n1.0.1 b 8d\n1.0.0 c 10d')),
      policyText([release('newest: 0')]),
      {
        deleted: '1.0.0',
        warnings: 'version-conflict',
        codes: { '1.0.1': 'version-conflict', 'v1.0.1': 'version-conflict' },
      },
    ],
    [
      'build metadata is no conflict, and ties are decided by the move',
      repository(tags('1.0.0_9 a 9d\n1.0.0_1 b 8d')),
      policyText([release('newest: 1')]),
      { deleted: '1.0.0_9' },
    ],
    [
      'what no rule is about stays',
      R_LIKE(),
      policyText([release('newest: 0')]),
      { deleted: '1.0.0', codes: { '1.0.0-rc.1': 'no-rule', nightly: 'no-rule' } },
    ],
    [
      'a build rule names versions and unknown tags, never moving or internal ones or dependants',
      R_LIKE(),
      policyText([CATCH_ALL]),
      { deleted: '1.0.0 1.0.0-rc.1 nightly', codes: { 9: 'moving-tag' } },
    ],
  ]);

  function R_LIKE(): object {
    return repository(
      tags(`
        1.0.0 a 9d
        1.0.0-rc.1 b 10d
        nightly n 11d
        9 d 12d
        tagward-probe-1 p 1d
        ${sig('d')} s 12d`),
    );
  }
});

describe('variants', () => {
  const listed = tags(`
    1.0.0 a 40d
    1.0.1 b 30d
    1.0.0-alpine c 40d
    1.0.1-alpine d 30d
    1.0.1-slim e 30d`);
  const withRules = (rule: string): string =>
    `policy:\n  rules: [${rule}]\nrules: { variants: { known: [alpine] } }\n`;

  testRows([
    [
      'each is counted by itself, and one that is not declared is unknown',
      repository(listed),
      withRules(release('newest: 1')),
      { deleted: '1.0.0 1.0.0-alpine', codes: { '1.0.1-slim': 'no-rule' } },
    ],
    [
      'without a declaration they are all unknown',
      repository(listed),
      policyText([release('newest: 1')]),
      { deleted: '1.0.0', codes: { '1.0.0-alpine': 'no-rule', '1.0.1-alpine': 'no-rule' } },
    ],
    [
      'candidates of a variant go with the version of their variant',
      repository(tags('1.0.0-rc.1 a 40d\n1.0.0-rc.1-alpine b 40d\n1.0.0-alpine c 30d')),
      withRules(prerelease(['always: true'], 'dropWhenReleased: { after: 14d }')),
      { deleted: '1.0.0-rc.1-alpine' },
    ],
  ]);
});

describe('pre-releases', () => {
  const RC = (after: string): string =>
    policyText([prerelease(['newest: 5'], `dropWhenReleased: { after: ${after} }`)]);
  const released = (age: string): object =>
    repository(tags(`1.0.0-rc.1 a 40d\n1.0.0-rc.2 b 35d\n1.0.0 c ${age}\n1.1.0-rc.1 d 30d`));

  testRows([
    [
      'go exactly when the version has been out for that long, count floors included',
      released('14d'),
      RC('14d'),
      { deleted: '1.0.0-rc.1 1.0.0-rc.2' },
    ],
    ['stay a millisecond before', released('14d-1ms'), RC('14d'), {}],
    [
      'go at once when nothing is to be waited for',
      released('1s'),
      RC('0'),
      {
        deleted: '1.0.0-rc.1 1.0.0-rc.2',
      },
    ],
    ['stay when the age of the version is unknown', released('?'), RC('14d'), {}],
    ['stay when the version was just observed', released('new'), RC('14d'), {}],
    ['stay without dropWhenReleased', released('90d'), policyText([prerelease(['newest: 5'])]), {}],
    [
      'stay when a build rule keeps them',
      released('14d'),
      policyText([
        prerelease(['newest: 0'], 'dropWhenReleased: { after: 14d }'),
        build('*-rc.1', 'always: true'),
      ]),
      { deleted: '1.0.0-rc.2', warnings: 'rules-overlap' },
    ],
    [
      'stay while a moving tag is on them',
      repository(tags('1.0.0-rc.1 a 40d\n1.0.0-rc.2 b 39d\nlatest a 40d\n1.0.0 c 30d')),
      RC('14d'),
      { deleted: '1.0.0-rc.2', codes: { '1.0.0-rc.1': 'moving-target' } },
    ],
    [
      'count by numbers although other tools do not',
      repository(tags('1.0.0-rc9 a 5d\n1.0.0-rc10 b 4d')),
      policyText([prerelease(['newest: 1, per: core'])]),
      { deleted: '1.0.0-rc9', warnings: 'undotted-counter' },
    ],
  ]);
});

describe('ages', () => {
  testRows([
    [
      'nothing younger than minAge is a candidate',
      repository(tags('1.0.0 a 48h\n1.0.1 b 48h-1ms\n1.0.2 c 0s')),
      policyText([release('newest: 0')], 'clock: { minAge: 48h }'),
      { deleted: '1.0.0', codes: { '1.0.1': 'too-young', '1.0.2': 'too-young' } },
    ],
    [
      'too young tags are counted where they stand',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d\n1.0.2 c 1h')),
      policyText([release('newest: 2')], 'clock: { minAge: 48h }'),
      { deleted: '1.0.0', codes: { '1.0.2': 'too-young kept-by-rule' } },
    ],
    [
      'an unknown age is kept, and takes no place from what has one',
      repository(tags('a A ?\nb B 8d\nc C 9d\nd D new')),
      policyText([build('*', 'newest: 2')], 'clock: { unknown: keep }'),
      { deleted: 'c', codes: { a: 'unknown-age', d: 'first-observed kept-by-rule' } },
    ],
    [
      'movedWithin keeps what is exactly as old',
      repository(tags('a A 5d\nb B 4d\nc C 6d\nd D 7d')),
      policyText([build('*', 'movedWithin: 5d')]),
      { deleted: 'c d' },
    ],
  ]);

  const STAMPED = tags(`
    app-1 A 9d
    app-2 B 9d
    app-3 C 11d
    app-4 D 12d
    app-5 E 13d`);

  testRows([
    [
      'too many digests of one second suspend rules with movedWithin',
      repository(STAMPED),
      policyText([build('app-*', 'movedWithin: 1d')]),
      { warnings: 'same-timestamp', codes: { 'app-3': 'rule-suspended' } },
    ],
    [
      'and no others',
      repository([...STAMPED, ...tags('1.0.0 F 90d\n1.0.1 G 80d')]),
      policyText([build('app-*', 'newest: 1', 'movedWithin: 1d'), release('newest: 1')]),
      { deleted: '1.0.0', warnings: 'same-timestamp', codes: { 'app-3': 'rule-suspended' } },
    ],
    [
      'a suspended rule drops no candidates either',
      repository([...STAMPED, ...tags('1.0.0 F 90d\n1.0.0-rc.1 G 95d')]),
      policyText([
        prerelease(['movedWithin: 1d'], 'dropWhenReleased: { after: 14d }'),
        build('app-*', 'newest: 1'),
      ]),
      {
        deleted: 'app-1 app-3 app-4 app-5',
        warnings: 'same-timestamp',
        codes: { '1.0.0-rc.1': 'rule-suspended' },
      },
    ],
    [
      'exactly a fifth is not too many',
      repository([...STAMPED, ...tags(many('app-x', 5, 20))]),
      policyText([build('app-*', 'movedWithin: 1d')]),
      {
        deleted: [
          ...words('app-1 app-2 app-3 app-4 app-5'),
          ...Array.from('01234', (at) => `app-x${at}`),
        ].join(' '),
      },
    ],
    [
      'tags of one digest share no second with anybody',
      repository(tags('app-1 A 9d\napp-2 A 9d\napp-3 C 11d')),
      policyText([build('app-*', 'movedWithin: 1d')]),
      { deleted: 'app-1 app-2 app-3' },
    ],
    [
      'milliseconds of one second are the same',
      repository(tags('app-1 A 9d\napp-2 B 9d-1ms\napp-3 C 9d-999ms\napp-4 D 9d-1000ms')),
      policyText([build('app-*', 'movedWithin: 1d')]),
      { warnings: 'same-timestamp' },
    ],
  ]);
});

describe('protections', () => {
  const DEPTH = (depth: number): string =>
    policyText(
      [release('newest: 0'), build('sha-* pr-*', 'newest: 0')],
      `protect: { rollbackDepth: ${depth} }`,
    );

  testRows([
    [
      'rollback depth 0 protects the targets alone',
      repository(R, { moves: R_MOVES }),
      DEPTH(0),
      { deleted: '1.4.0 1.4.1 1.5.0 2.0.0 sha-aaa sha-bbb pr-17' },
    ],
    [
      'rollback depth 1 protects the target before',
      repository(R, { moves: R_MOVES }),
      DEPTH(1),
      {
        deleted: '1.4.0 sha-aaa sha-bbb pr-17',
        codes: {
          '1.4.1': 'rollback-target',
          '1.5.0': 'rollback-target',
          '2.0.0': 'rollback-target',
        },
      },
    ],
    [
      'rollback depth 2 protects the two before',
      repository(R, { moves: R_MOVES }),
      DEPTH(2),
      {
        deleted: 'sha-aaa sha-bbb pr-17',
        codes: {
          '1.4.0': 'rollback-target',
          '1.4.2': 'moving-target rollback-target',
          '1.5.1': 'moving-target rollback-target',
        },
      },
    ],
    [
      'former targets are distinct, the last one first',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d\n1.0.2 c 7d\n1.0 c 7d'), {
        moves: movesOf({ '1.0': 'a b c b c' }),
      }),
      policyText([release('newest: 0')], 'protect: { rollbackDepth: 1 }'),
      { deleted: '1.0.0' },
    ],
    [
      'moves of tags that do not move by the rules protect nothing',
      repository(tags('1.0.0 a 9d\nnightly b 1d'), { moves: movesOf({ nightly: 'a b' }) }),
      policyText([release('newest: 0')], 'protect: { rollbackDepth: 9 }'),
      { deleted: '1.0.0' },
    ],
    [
      'a moving tag that is gone protects what it pointed at',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d'), { moves: movesOf({ 1: 'a b -' }) }),
      policyText([release('newest: 0')], 'protect: { rollbackDepth: 1 }'),
      { deleted: '1.0.0', codes: { '1.0.1': 'rollback-target' } },
    ],
    [
      'a moving tag protects the version that it is about to point at',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d\n1.0.2 c 7d\n1.0 a 9d')),
      policyText([release('newest: 0')]),
      { deleted: '1.0.1', codes: { '1.0.0': 'moving-target', '1.0.2': 'moving-target' } },
    ],
    [
      'a pin on what an index lists protects the tags from which it is reached',
      repository(tags('1.0.0 top 9d\n1.0.1 middle 8d\n1.0.2 leaf 7d\n1.0.3 other 6d'), {
        manifests: indexes({ top: 'middle', middle: 'leaf other' }),
        pins: [digestPin('leaf')],
      }),
      policyText([release('newest: 0')]),
      {
        codes: {
          '1.0.0': 'pinned',
          '1.0.1': 'pinned referenced',
          '1.0.2': 'pinned referenced',
          '1.0.3': 'referenced',
        },
      },
    ],
    [
      'a pin ends at its time',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d'), {
        pins: [tagPin('1.0.0', before('0s')), tagPin('1.0.1', after('1ms'))],
      }),
      policyText([release('newest: 0')]),
      { deleted: '1.0.0', codes: { '1.0.1': 'pinned' } },
    ],
    [
      'what is in use inside an index protects the index, not its neighbours',
      repository(tags('1.0.0 top 9d\n1.0.1 leaf 7d\n1.0.2 x 6d'), {
        manifests: indexes({ top: 'leaf other', lone: 'other' }),
        inUse: [inUse('other')],
      }),
      policyText([release('newest: 0')]),
      { deleted: '1.0.2', codes: { '1.0.0': 'in-use', '1.0.1': 'referenced' } },
    ],
    [
      'names are anchored',
      repository(tags('lts-1 a 9d\nx-lts-1 b 8d\n10.0.11 c 7d\n0.0.1 d 6d\nv12 e 5d')),
      policyText([CATCH_ALL], String.raw`protect: { tags: ["lts-*", 're:0\.0\.1', 're:v1'] }`),
      { deleted: 'x-lts-1 10.0.11 v12' },
    ],
    [
      'protected names use no budget',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d\n1.0.2 c 7d')),
      policyText([release('newest: 1')], 'protect: { tags: ["1.0.2"] }'),
      { deleted: '1.0.0' },
    ],
    [
      'a pinned tag still says when its digest moved',
      repository(tags('sha-1 A 1d\nsha-2 A 90d\nsha-3 B 5d'), { pins: [tagPin('sha-1')] }),
      policyText([build('sha-*', 'movedWithin: 3d')]),
      { deleted: 'sha-3', codes: { 'sha-1': 'pinned', 'sha-2': 'kept-by-rule' } },
    ],
    [
      'what is in use uses its budget',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d\n1.0.2 c 7d'), { inUse: [inUse('c')] }),
      policyText([release('newest: 1')]),
      { deleted: '1.0.0 1.0.1' },
    ],
  ]);

  testRows([
    [
      'a report as old as allowed protects',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d'), { inUse: [inUse('a', '24h')] }),
      policyText(
        [release('newest: 0')],
        'protect: { inUse: { maxReportAge: 24h, onStale: skip } }',
      ),
      { deleted: '1.0.1' },
    ],
    [
      'an older report skips the run',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d'), {
        inUse: [inUse('a', '1h', 'new'), inUse('a', '25h', 'old')],
      }),
      policyText([release('newest: 0')], 'protect: { inUse: { maxReportAge: 24h } }'),
      { outcome: 'skipped stale-in-use-report', codes: { '1.0.1': 'stale-in-use-report' } },
    ],
    [
      'no report at all is stale, too',
      repository(tags('1.0.0 a 9d')),
      policyText([release('newest: 0')], 'protect: { inUse: { maxReportAge: 24h } }'),
      { outcome: 'skipped stale-in-use-report' },
    ],
    [
      'a report that nobody asked for protects, however old it is',
      repository(tags('1.0.0 a 9d\n1.0.1 b 8d'), { inUse: [inUse('a', '900d')] }),
      policyText([release('newest: 0')]),
      { deleted: '1.0.1' },
    ],
    [
      'a report of nothing is a report',
      repository(tags('1.0.0 a 9d'), { inUse: [inUse('')] }),
      policyText([release('newest: 0')], 'protect: { inUse: { maxReportAge: 24h } }'),
      { deleted: '1.0.0' },
    ],
  ]);
});

describe('guards', () => {
  const TEN = repository(tags(many('t', 10)));
  const deleting = (count: number): string => build('t*', `newest: ${10 - count}`);
  const gone = (count: number): string =>
    Array.from({ length: count }, (_, place) => `t${10 - count + place}`).join(' ');

  it.each([
    ['maxDelete: 3', 3, 'planned'],
    ['maxDelete: 3', 4, 'needs-approval max-delete'],
    ['maxDelete: 0', 1, 'needs-approval max-delete'],
    ['maxDeletePercent: 30', 3, 'planned'],
    ['maxDeletePercent: 30', 4, 'needs-approval max-delete-percent'],
    ['minRemaining: 7', 3, 'planned'],
    ['minRemaining: 7', 4, 'needs-approval min-remaining'],
    ['minRemaining: 20', 0, 'planned'],
    ['approveAbove: 3', 3, 'planned'],
    ['approveAbove: 3', 4, 'needs-approval approve-above'],
    ['approveAbove: 1, minRemaining: 9', 4, 'needs-approval min-remaining'],
    [
      'approveAbove: 1, minRemaining: 9, maxDeletePercent: 1',
      4,
      'needs-approval max-delete-percent',
    ],
    [
      'approveAbove: 1, minRemaining: 9, maxDeletePercent: 1, maxDelete: 1',
      4,
      'needs-approval max-delete',
    ],
    ['maxDelete: 0, maxDeletePercent: 0, approveAbove: 0', 0, 'planned'],
  ])('{ %s } on a plan of %d is %s', async (guards, count, outcome) => {
    const policy = policyText([deleting(count)], `guards: { ${guards} }`);

    const found = await folder.evaluate(policy, TEN);

    expectVerdicts(found, { outcome, deleted: gone(count) });
  });

  it('says the limit and the plan', async () => {
    const { evaluation } = await folder.evaluate(
      policyText([deleting(4)], 'guards: { maxDeletePercent: 30 }'),
      TEN,
    );

    expect(evaluation.reason?.text).toBe('it deletes 4 of 10 tags, and maxDeletePercent is 30');
  });

  it('counts neither restore tags nor what is blocked', async () => {
    const restore = Array.from({ length: 20 }, (_, at) => `tagward-probe-${at} p${at} 1d`).join(
      '\n',
    );
    const policy = policyText([deleting(4)], 'guards: { maxDeletePercent: 39, minRemaining: 6 }');
    const listed = tags(`${many('t', 10)}\n${restore}`);

    const found = await folder.evaluate(policy, repository(listed));
    const blocked = await folder.evaluate(
      policy,
      repository(listed, { registry: { tagDelete: false, digestDelete: false } }),
    );

    expectVerdicts(found, { outcome: 'needs-approval max-delete-percent', deleted: gone(4) });
    expectVerdicts(blocked, { blocked: gone(4) });
  });

  it.each([
    [undefined, 10, 14, 'planned'],
    [undefined, 10, 15, 'aborted inventory-drop'],
    [undefined, 100, 111, 'planned'],
    [undefined, 100, 112, 'aborted inventory-drop'],
    [undefined, 1, 5, 'planned'],
    [undefined, 10, 3, 'planned'],
    [10, 9, 10, 'planned'],
    [10, 8, 9, 'aborted inventory-drop'],
    [0, 10, 10, 'planned'],
    [0, 10, 11, 'aborted inventory-drop'],
    [100, 1, 10_000, 'planned'],
  ])(
    'a limit of %s %% on an inventory of %d where the ledger knows %d is %s',
    async (percent, found, ledgerTagCount, outcome) => {
      const guards = percent === undefined ? '' : `guards: { maxInventoryDropPercent: ${percent} }`;
      const policy = policyText([build('t*', 'always: true')], guards);

      const verdicts = await folder.evaluate(
        policy,
        repository(tags(many('t', found)), { ledgerTagCount }),
      );

      expectVerdicts(verdicts, { outcome });
    },
  );

  it('counts no restore tags as found', async () => {
    const listed = tags(`${many('t', 8)}\n${many('tagward-restore-', 20)}`);
    const policy = policyText(
      [build('t*', 'always: true')],
      'guards: { maxInventoryDropPercent: 10 }',
    );

    const found = await folder.evaluate(policy, repository(listed, { ledgerTagCount: 10 }));

    expect(found.outcome).toBe('aborted inventory-drop');
    expect(found.evaluation.decisions).toHaveLength(8);
  });
});

describe('patterns that name nothing', () => {
  const listed = tags('sha-1 a 9d\n1.0.0 b 8d');
  const rules = (match: string): readonly string[] => [build(match, 'always: true')];

  testRows([
    [
      'are a warning in a dry run',
      repository(listed),
      policyText(rules('shaa-*')),
      { warnings: 'zero-match' },
    ],
    [
      'are refused in force, verdicts and all',
      repository(listed),
      policyText([...rules('shaa-*'), build('sha-*', 'newest: 0')], 'mode: enforce'),
      { outcome: 'refused zero-match', warnings: 'zero-match', deleted: 'sha-1' },
    ],
    [
      'are refused before a guard speaks',
      repository(listed),
      policyText(
        [...rules('shaa-*'), build('sha-*', 'newest: 0')],
        'mode: enforce',
        'guards: { maxDelete: 0 }',
      ),
      { outcome: 'refused zero-match', warnings: 'zero-match', deleted: 'sha-1' },
    ],
    [
      'are none when one of several patterns names something',
      repository(listed),
      policyText(rules('shaa-* sha-*'), 'mode: enforce'),
      {},
    ],
    [
      'are none when the ledger knows such a tag',
      repository(listed, { moves: movesOf({ 'shaa-1': 'x -' }) }),
      policyText(rules('shaa-*'), 'mode: enforce'),
      {},
    ],
    [
      'are none in a repository of versions, moving tags and their like',
      repository(
        tags(`1.0.0 b 8d\n1.0 b 8d\n1.1.0-rc.1 c 7d\n${sig('b')} s 8d\ntagward-probe-1 p 1d`),
      ),
      policyText(rules('shaa-*'), 'mode: enforce'),
      {},
    ],
    [
      'are not mended by a moving tag or what describes an image',
      repository(tags(`nightly n 9d\nlatest b 8d\n${sig('b')} s 8d\n1.0.0 b 8d`)),
      policyText(rules('latest sha256-*'), 'mode: enforce'),
      { outcome: 'refused zero-match', warnings: 'zero-match' },
    ],
    [
      'are never those of a version rule',
      repository(listed),
      policyText([prerelease(['newest: 1'])], 'mode: enforce'),
      {},
    ],
  ]);
});

describe('forms of deletion', () => {
  const SHARED = tags('1.0.0 a 9d\nv1.0.0 a 9d\n1.0.1 b 8d\nnightly b 8d\n1.0.2 c 7d');
  const ALL = '1.0.0 v1.0.0 1.0.1 1.0.2';
  const on = (registry: object, listed = SHARED, more: object = {}): object =>
    repository(listed, { registry, ...more });
  const deleting = (deletion: string): string =>
    policyText([release('newest: 0')], `delete: { ${deletion} }`);
  const DIGESTS = { tagDelete: false, digestDelete: true };

  testRows([
    [
      'a registry that nothing is said of deletes tags',
      repository(SHARED),
      deleting(''),
      { deleted: ALL, forms: { '1.0.0': 'tag', '1.0.1': 'tag' } },
    ],
    [
      'by digest only what goes with all its tags',
      on(DIGESTS),
      deleting('restoreWindow: 0'),
      {
        deleted: ALL,
        forms: { '1.0.0': 'digest', 'v1.0.0': 'digest', '1.0.1': 'batch-dummy', '1.0.2': 'digest' },
      },
    ],
    [
      'never by digest what can be restored',
      on(DIGESTS),
      deleting('restoreWindow: 1s'),
      { deleted: ALL, forms: { '1.0.0': 'batch-dummy', '1.0.2': 'batch-dummy' } },
    ],
    [
      'never by digest what has a restore tag',
      on(DIGESTS, tags(`1.0.0 a 9d\ntagward-restore-${sig('a', '')} a 9d`)),
      deleting('restoreWindow: 0'),
      { deleted: '1.0.0', forms: { '1.0.0': 'batch-dummy' } },
    ],
    [
      'never by digest what an index lists, be it one that goes',
      on(DIGESTS, tags('1.0.0 a 9d\n1.0.1 b 8d'), { manifests: indexes({ a: 'b' }) }),
      deleting('restoreWindow: 0'),
      { deleted: '1.0.0 1.0.1', forms: { '1.0.0': 'digest', '1.0.1': 'batch-dummy' } },
    ],
    [
      'by no dummy where tags are immutable',
      on({ ...DIGESTS, immutable: true }),
      deleting('restoreWindow: 0'),
      {
        deleted: '1.0.0 v1.0.0 1.0.2',
        blocked: '1.0.1',
        codes: { '1.0.1': 'immutable' },
        forms: { '1.0.0': 'digest' },
      },
    ],
    [
      'by nothing where they are immutable and to be restorable',
      on({ ...DIGESTS, immutable: true }),
      deleting('restoreWindow: 14d'),
      { blocked: ALL, codes: { '1.0.0': 'immutable' } },
    ],
    [
      'by tag where they are immutable and tags can be deleted',
      on({ tagDelete: true, immutable: true }),
      deleting('restoreWindow: 14d'),
      { deleted: ALL },
    ],
    [
      'tag-only by nothing else',
      on(DIGESTS),
      deleting('form: tag-only'),
      { blocked: ALL, codes: { '1.0.2': 'tag-only' } },
    ],
    [
      'tag-only by tag',
      on({ tagDelete: true, digestDelete: false }),
      deleting('form: tag-only'),
      { deleted: ALL },
    ],
    [
      'tags although digests are not deleted',
      on({ tagDelete: true, digestDelete: false }),
      deleting(''),
      { deleted: ALL, forms: { '1.0.0': 'tag' } },
    ],
  ]);

  it.each([
    [false, 'delete-disabled'],
    ['delete-disabled', 'delete-disabled'],
    ['delete-unproven', 'delete-unproven'],
    ['delete-denied', 'delete-denied'],
  ])('blocked where the deletion of digests is %j', async (digestDelete, code) => {
    const found = await folder.evaluate(deleting(''), on({ tagDelete: false, digestDelete }));

    expectVerdicts(found, { blocked: ALL, codes: { '1.0.0': code } });
  });

  it('a blocked tag keeps what its index lists, and nothing is unreachable', async () => {
    const found = await folder.evaluate(
      deleting('form: tag-only'),
      on(DIGESTS, tags('1.0.0 a 9d\n1.0.1 b 8d'), { manifests: indexes({ a: 'b' }) }),
    );

    expectVerdicts(found, { blocked: '1.0.0', codes: { '1.0.1': 'referenced' } });
    expect(found.unreachableAmong()).toBe('');
  });
});

describe('what describes an image', () => {
  const SIGNED = tags(`
    1.0.0 a 90d
    1.0.1 b 80d
    ${sig('a')} a-sig 90d
    ${sig('a', '.att')} a-att 90d
    ${sig('a', '.sbom')} a-sbom 90d
    ${sig('a', '')} a-index 90d
    ${sig('b')} b-sig 80d
    ${sig('a-sig')} a-sig-sig 90d
    report-1 a-report 90d`);
  const MANIFESTS = [...indexes({ 'a-index': 'a-listed' }), describes('a-report', 'a')];
  const OF_A = `${sig('a')} ${sig('a', '.att')} ${sig('a', '.sbom')} ${sig('a', '')} ${sig('a-sig')} report-1`;
  const NEWEST = [release('newest: 1')];
  const SIGNED_REPOSITORY = repository(SIGNED, { manifests: MANIFESTS });

  testRows([
    [
      'goes with an image that cannot be restored, chains and subjects in manifests included',
      SIGNED_REPOSITORY,
      policyText(NEWEST, 'delete: { restoreWindow: 0 }'),
      {
        deleted: `1.0.0 ${OF_A}`,
        codes: { [sig('b')]: 'follows-subject', 'report-1': 'subject-gone' },
      },
    ],
    [
      'stays as long as its image can be restored',
      SIGNED_REPOSITORY,
      policyText(NEWEST, 'delete: { restoreWindow: 14d }'),
      {
        deleted: '1.0.0',
        codes: { [sig('a')]: 'follows-subject', [sig('a-sig')]: 'follows-subject' },
      },
    ],
    [
      'stays where the policy says so',
      SIGNED_REPOSITORY,
      policyText(NEWEST, 'delete: { dependants: keep }'),
      { deleted: '1.0.0', codes: { [sig('a')]: 'follows-subject', 'report-1': 'follows-subject' } },
    ],
    [
      'is matched and counted by no rule',
      SIGNED_REPOSITORY,
      policyText([build('sha256-* report-*', 'newest: 0'), release('always: true')]),
      { codes: { 'report-1': 'follows-subject', '1.0.1': 'kept-by-rule' } },
    ],
    [
      'stays with what an index lists that stays',
      repository(tags(`1.0.0 top 9d\n${sig('leaf')} s 9d`), {
        manifests: indexes({ top: 'middle', middle: 'leaf' }),
      }),
      policyText([release('newest: 1')]),
      { codes: { [sig('leaf')]: 'follows-subject' } },
    ],
    [
      'stays with a pinned digest and with one in use that have no tag',
      repository(tags(`1.0.0 x 9d\n${sig('p')} s 9d\n${sig('u')} t 9d\n${sig('n')} n 9d`), {
        pins: [digestPin('p')],
        inUse: [inUse('u')],
      }),
      policyText([release('newest: 1')]),
      {
        deleted: sig('n'),
        codes: { [sig('p')]: 'follows-subject', [sig('u')]: 'follows-subject' },
      },
    ],
    [
      'can be pinned and protected by itself',
      repository(tags(`${sig('x')} s 9d\n${sig('y')} t 9d\n${sig('z')} u 9d`), {
        pins: [tagPin(sig('x'))],
      }),
      policyText([release('newest: 1')], `protect: { tags: ["${sig('y')}"] }`),
      { deleted: sig('z'), codes: { [sig('x')]: 'pinned', [sig('y')]: 'protected-name' } },
    ],
    [
      'is too young, too',
      repository(tags(`${sig('x')} s 1h`)),
      policyText([release('newest: 1')], 'clock: { minAge: 2h }'),
      { codes: { [sig('x')]: 'too-young' } },
    ],
    [
      'stays while its image is blocked',
      repository(tags(`1.0.0 a 9d\n${sig('a')} s 9d`), {
        registry: { tagDelete: false, digestDelete: true },
      }),
      policyText([release('newest: 0')], 'delete: { form: tag-only }'),
      { blocked: '1.0.0', codes: { [sig('a')]: 'follows-subject' } },
    ],
    [
      'has no rule, and goes all the same when its image is gone',
      repository(tags(`${sig('gone')} s 9d\n1.0.0 x 1d`)),
      P0,
      { deleted: sig('gone') },
    ],
  ]);

  it('is unreachable with its image, and so is what it lists', async () => {
    const found = await folder.evaluate(policyText(NEWEST), SIGNED_REPOSITORY);

    expect(found.unreachableAmong('a', 'a-sig', 'a-index', 'a-listed', 'b', 'b-sig')).toMatch(
      /^a a-sig a-index a-listed sha256:/,
    );
  });
});

describe('unreachable', () => {
  it('is what tags reached before and none reaches after, restore tags not counted', async () => {
    const listed = tags(`
      1.0.0 top 9d
      1.0.1 other 8d
      1.0.2 shared 7d
      nightly shared 7d
      tagward-restore-${sig('top', '')} top 1d`);
    const manifests = indexes({ top: 'middle', middle: 'leaf common', other: 'common', lost: 'x' });

    const found = await folder.evaluate(
      policyText([build('1.0.0 1.0.2', 'newest: 0')]),
      repository(listed, { manifests }),
    );

    expect(found.deleted).toBe('1.0.0 1.0.2');
    expect(found.unreachableAmong('top', 'middle', 'leaf', 'common', 'shared', 'x')).toBe(
      'top middle leaf',
    );
  });
});

describe('the mode of a policy', () => {
  it.each([
    ['off', ''],
    ['dry-run', '1.0.0'],
    ['enforce', '1.0.0'],
  ])('%s deletes "%s"', async (mode, deleted) => {
    const policy = policyText([release('newest: 0')], `mode: ${mode}`);

    const found = await folder.evaluate(policy, repository(tags('1.0.0 a 9d')));

    expectVerdicts(found, { deleted });
  });
});
