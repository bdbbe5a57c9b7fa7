import {
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
  T,
  tagPin,
  tags,
  type Verdicts,
  words,
  Z,
  Z_INDEXES,
} from './evaluations';

// The table of retention.md section 4, as far as an evaluation shows it: policies and inventories as
// users write them. Rows 15, 26 (a registry that answers rubbish), 35, 42 to 44, 46 and 47 are about
// what a run does: test/retention/.

const folder = new EvaluationFolder();
afterAll(() => {
  folder.remove();
});

function testRows(rows: readonly Row[]): void {
  it.each(rows)('%s', async (_name, inventory, policy, expected) => {
    expectVerdicts(await folder.evaluate(policy, inventory), expected);
  });
}

const Z_REPOSITORY = repository(Z, { manifests: Z_INDEXES });
const R_REPOSITORY = repository(R, { moves: R_MOVES });
const byName = (...names: readonly string[]): string =>
  `protect: { tags: ${JSON.stringify(names)} }`;

const BETAS = repository(
  tags(`
    beta-1 A 10d
    prod-1 A 10d
    beta-2 B 9d
    prod-2 B 9d
    beta-3 C 8d`),
);
const PROD_AND_BETA = [build('prod-*', 'newest: 1'), build('beta-*', 'newest: 1')];
const TESTS = repository(
  tags(`
    test1 t1 30d
    test2 t2 31d
    check1 c1 32d
    test3 t3 1d
    check2 c2 2d`),
);
const CHECK_AND_TEST = [build('check*', 'movedWithin: 7d'), build('test*', 'newest: 4')];

describe('rows from other systems', () => {
  testRows([
    [
      'row 1: an age window',
      Z_REPOSITORY,
      policyText([build('*', 'movedWithin: 7d')]),
      { deleted: '0.0.1 0.0.2 0.0.3 0.0.7' },
    ],
    [
      'row 2: a count by move time, indexes too',
      Z_REPOSITORY,
      policyText([build('*', 'newest: 3')]),
      { deleted: '0.0.1 0.0.2 0.0.3 0.0.7 0.0.8' },
    ],
    [
      'row 3: a window that keeps its boundary, and names',
      Z_REPOSITORY,
      policyText([build('*', 'movedWithin: 2d')], byName('0.0.1', '0.0.2')),
      {
        deleted: '0.0.3 0.0.6 0.0.7 0.0.8',
        codes: { '0.0.1': 'protected-name', '0.0.5': 'kept-by-rule' },
      },
    ],
    [
      'row 4: what the ledger does not know yet is protected',
      repository([...Z, ...tags('0.0.9 z9 new')], { manifests: Z_INDEXES }),
      policyText([CATCH_ALL], byName(String.raw`re:0\.0\.([1-5]|7)`)),
      { deleted: '0.0.6 0.0.8', codes: { '0.0.9': 'first-observed' } },
    ],
    [
      'row 5: a policy that does nothing',
      Z_REPOSITORY,
      policyText([CATCH_ALL], 'mode: off'),
      { codes: { '0.0.1': 'no-rule' } },
    ],
    [
      'row 7: rules that overlap are united',
      repository(tags('x-prod A 10d')),
      policyText([build('x-*', 'newest: 0'), build('*-prod', 'always: true')]),
      { warnings: 'rules-overlap' },
    ],
    [
      'row 9: the unit is the tag, and the digest stays',
      repository(
        tags(`
          harbor-1.8 A 9d
          harbor-release A 9d
          harbor-nightly A 9d
          harbor-latest A 9d`),
      ),
      policyText([CATCH_ALL], byName('*-nightly', '*-latest')),
      { deleted: 'harbor-1.8 harbor-release', forms: { 'harbor-1.8': 'tag' } },
    ],
    [
      'row 9: four tags of one digest share one slot',
      repository(
        tags(`
          harbor-1.8 A 9d
          harbor-release A 9d
          harbor-nightly A 9d
          harbor-latest A 9d`),
      ),
      policyText([build('harbor-*', 'newest: 2')]),
      {},
    ],
    [
      'row 12: names keep their tag, not its siblings',
      repository(
        tags(`
          immute d2 9d
          samedig d2 9d
          latest d1 8d
          dev d3 7d`),
      ),
      policyText([CATCH_ALL], byName('latest', 'immute')),
      { deleted: 'samedig dev', codes: { latest: 'moving-tag protected-name' } },
    ],
    [
      'row 16: what was never pulled counts as pulled when it moved',
      repository(tags('app-1 A 10h\napp-2 B 25h\napp-3 C 9d pulled 23h')),
      policyText([build('app-*', 'pulledWithin: 1d')]),
      { deleted: 'app-2' },
    ],
    [
      'row 17: every rule counts what it matches',
      BETAS,
      policyText(PROD_AND_BETA),
      { deleted: 'prod-1 beta-1 beta-2' },
    ],
    [
      'row 18: rules in another order say the same',
      BETAS,
      policyText(PROD_AND_BETA.toReversed()),
      { deleted: 'prod-1 beta-1 beta-2' },
    ],
    [
      'row 19: keep beats delete',
      repository(tags('2.0.1 A 120d\n2.0.6 B 150d\n1.9.2 C 20d')),
      policyText([release('movedWithin: 100d')], byName('2.0.6')),
      { deleted: '2.0.1' },
    ],
    [
      'row 20: a rule that names fewer than it keeps',
      TESTS,
      policyText(CHECK_AND_TEST),
      { deleted: 'check1' },
    ],
    [
      'row 20: in the other order',
      TESTS,
      policyText(CHECK_AND_TEST.toReversed()),
      { deleted: 'check1' },
    ],
    [
      'row 21: what no rule names is untouched',
      repository(tags(`${many('match', 8)}\n${many('test', 5)}`)),
      policyText([build('match*', 'newest: 3')]),
      {
        deleted: 'match3 match4 match5 match6 match7',
        codes: { test4: 'no-rule', match0: 'kept-by-rule' },
      },
    ],
    [
      'row 22: pins use no budget',
      repository(tags(many('app-', 7)), { pins: [tagPin('app-0'), digestPin('app-5')] }),
      policyText([build('app-*', 'newest: 3')]),
      { deleted: 'app-4 app-6', codes: { 'app-0': 'pinned', 'app-5': 'pinned' } },
    ],
    [
      'row 23: one digest, one slot',
      repository(tags('v1.0 a 30d\nv1.1 b 20d\nlatest b 20d\nv1.2 c 10d')),
      `policy:\n  rules:\n    - ${build('*', 'newest: 2')}\nrules: { scheme: two-part }\n`,
      { deleted: 'v1.0' },
    ],
    [
      'row 23: the same where no level has a v',
      repository(tags('v1.0 a 30d\nv1.1 b 20d\nlatest b 20d\nv1.2 c 10d')),
      policyText([build('v*', 'newest: 2')]),
      { deleted: 'v1.0' },
    ],
    [
      'row 24: a signature whose subject is gone',
      repository(tags(`${sig('x')} s 40d\n${sig('x', '.att')} t 40d\nnightly n 1d`)),
      policyText([release('newest: 1')], 'delete: { dependants: follow-subject }'),
      { deleted: `${sig('x')} ${sig('x', '.att')}`, codes: { [sig('x')]: 'subject-gone' } },
    ],
    [
      'row 25: a signature whose subject has another tag',
      repository(tags(`1.0.0 x 40d\nnightly x 40d\n${sig('x')} s 40d`)),
      policyText([release('newest: 0')]),
      { deleted: '1.0.0', codes: { [sig('x')]: 'follows-subject' } },
    ],
    [
      'row 26: one manifest that cannot be read',
      repository(tags('1.0.0 x 40d'), {
        manifests: [{ ...describes('y', 'x'), unreadable: true }],
      }),
      policyText([release('newest: 0')]),
      { outcome: 'aborted unreadable-manifest', codes: { '1.0.0': 'unreadable-manifest' } },
    ],
    [
      'row 27: a prefix does not merge majors',
      repository(tags('v1.2.3 a 40d\nv1.9.0 b 30d\nv2.0.0 c 20d')),
      policyText([release('newest: 1, per: major')]),
      { deleted: 'v1.2.3' },
    ],
  ]);

  it('row 8: nothing unreachable comes of an index in an index', async () => {
    const manifests = indexes({ top: 'middle', middle: 'leaf other' });
    const listed = tags('1.0.0 top 9d\nbuild-1 middle 9d\nbuild-2 leaf 9d\nbuild-3 lone 9d');

    const found = await folder.evaluate(
      policyText([build('build-*', 'newest: 0')]),
      repository(listed, { manifests }),
    );

    expect(found.deleted).toBe('build-3');
    expect(found.codes).toMatchObject({ 'build-1': 'referenced', 'build-2': 'referenced' });
    expect(found.textsOf('build-2')).toEqual(['kept: child of 1.0.0']);
    expect(found.unreachableAmong('lone')).toBe('lone');
  });

  it('row 10: counts hold for each repository, and untagged manifests are none', async () => {
    const policy = policyText([build('*', 'newest: 10')]);
    const [large, small] = [many('t', 100), many('t', 6)];

    const first = await folder.evaluate(policy, repository(tags(large)));
    const other = await folder.evaluate(
      policy,
      repository(tags(small), { manifests: [describes('a', 't0'), ...indexes({ b: 't1' })] }),
    );

    expect(words(first.kept)).toHaveLength(10);
    expect(words(other.kept)).toHaveLength(6);
  });

  it('row 11: any unites a window and a count', async () => {
    const policy = policyText([build('*', 'movedWithin: 7d', 'newest: 10')]);

    const found = await folder.evaluate(policy, repository(tags(many('t', 100))));

    expect(found.deleted).toBe('');
  });

  it.each([
    [0, 0],
    [1, 1],
    [5, 5],
    [15, 6],
    [90, 8],
  ])('row 14: within %d days %d of eight tags moved', async (days, count) => {
    const ages = [1, 2, 3, 4, 5, 10, 20, 30].map((age) => `t${age} t${age} ${age}d-1h`);
    const policy = policyText([build('t*', `movedWithin: ${days === 0 ? '0' : `${days}d`}`)]);

    const found = await folder.evaluate(policy, repository(tags(ages.join('\n'))));

    expect(words(found.kept)).toHaveLength(count);
  });

  it('row 17: leaves the first image to nobody', async () => {
    const found = await folder.evaluate(policyText(PROD_AND_BETA), BETAS);

    expect(found.unreachableAmong('A', 'B', 'C')).toBe('A');
  });
});

describe('rows of Tagward', () => {
  const SHA_WITHIN = [build('sha-*', 'movedWithin: 3d')];
  const P0_AND = (...more: readonly string[]): string => [...more, P0].join('\n');
  const digestsOnly = (digestDelete: unknown): object => {
    return repository(R, { moves: R_MOVES, registry: { tagDelete: false, digestDelete } });
  };

  testRows([
    [
      'row 28: every line keeps its newest patch',
      R_REPOSITORY,
      P0,
      { deleted: '1.4.0 1.4.1 1.5.0', codes: { '2.0.0': 'kept-by-rule', '1.4': 'moving-tag' } },
    ],
    [
      'row 29: candidates go once their version has been out for long enough',
      R_REPOSITORY,
      policyText([
        `{ class: prerelease, ${keep('any', 'newest: 1, per: core')}, dropWhenReleased: { after: 14d } }`,
      ]),
      { deleted: '2.0.0-rc.1 2.0.0-rc.2', codes: { '2.0.0-rc.2': 'dropped-after-release' } },
    ],
    [
      'row 30: counters of candidates are numbers',
      repository(tags('3.0.0-rc.9 a 5d\n3.0.0-rc.10 b 4d')),
      policyText([`{ class: prerelease, ${keep('any', 'newest: 1, per: core')} }`]),
      { deleted: '3.0.0-rc.9' },
    ],
    [
      'row 31: a build goes as a tag from the image that stays',
      R_REPOSITORY,
      policyText(SHA_WITHIN),
      { deleted: 'sha-aaa sha-bbb', forms: { 'sha-aaa': 'tag', 'sha-bbb': 'tag' } },
    ],
    [
      'row 32: with a restore window both go by a dummy where only digests can be deleted',
      digestsOnly(true),
      policyText(SHA_WITHIN, 'delete: { restoreWindow: 14d }'),
      {
        deleted: 'sha-aaa sha-bbb',
        forms: { 'sha-aaa': 'batch-dummy', 'sha-bbb': 'batch-dummy' },
      },
    ],
    [
      'row 33: without one, what is alone on its digest goes with it',
      digestsOnly(true),
      policyText(SHA_WITHIN, 'delete: { restoreWindow: 0 }'),
      { deleted: 'sha-aaa sha-bbb', forms: { 'sha-aaa': 'batch-dummy', 'sha-bbb': 'digest' } },
    ],
    [
      'row 34: nothing goes where deletes are switched off',
      digestsOnly(false),
      policyText(SHA_WITHIN, 'delete: { restoreWindow: 14d }'),
      { blocked: 'sha-aaa sha-bbb', codes: { 'sha-aaa': 'delete-disabled' } },
    ],
    [
      'row 36: what is in use stays',
      repository(R, { inUse: [inUse('J')] }),
      policyText([build('sha-*', 'newest: 0')]),
      { deleted: 'sha-aaa', codes: { 'sha-bbb': 'in-use' } },
    ],
    [
      'row 37: what is no version stays',
      R_REPOSITORY,
      P0,
      {
        deleted: '1.4.0 1.4.1 1.5.0',
        codes: { nightly: 'no-rule' },
      },
    ],
    [
      'row 39: a partial list stops everything, whatever the policy says',
      repository(tags(many('t', 40)), { ledgerTagCount: 100 }),
      policyText([CATCH_ALL]),
      { outcome: 'aborted inventory-drop', codes: { t0: 'inventory-drop' } },
    ],
    [
      'row 40: a plan that is too large waits as a whole',
      repository(tags(many('t', 100))),
      policyText([build('*', 'newest: 70')], 'guards: { maxDeletePercent: 20 }'),
      {
        outcome: 'needs-approval max-delete-percent',
        deleted: Array.from({ length: 30 }, (_, place) => `t${place + 70}`).join(' '),
      },
    ],
    [
      'row 41: what was pinned after the plan is not in the next one',
      repository(R, { pins: [tagPin('1.5.0')] }),
      P0,
      { deleted: '1.4.0 1.4.1', codes: { '1.5.0': 'pinned' } },
    ],
    [
      'row 45: a tag that was pushed again is a new one',
      repository(tags('1.4.0 M 1d\n1.4.1 B 190d'), { moves: movesOf({ '1.4.0': 'A - M' }) }),
      P0_AND(),
      {},
    ],
    [
      'row 48: a pattern that names nothing stops an edited policy',
      R_REPOSITORY,
      policyText([build('shaa-*', 'newest: 0'), release('newest: 1')], 'mode: enforce'),
      {
        outcome: 'refused zero-match',
        warnings: 'zero-match',
        deleted: '1.4.0 1.4.1 1.5.0 2.0.0',
      },
    ],
    [
      'row 48: and is a warning before it is in force',
      R_REPOSITORY,
      policyText([build('shaa-*', 'newest: 0')], 'mode: dry-run'),
      { warnings: 'zero-match' },
    ],
  ]);

  it('row 31: the image that stays is reachable, the other is not', async () => {
    const found = await folder.evaluate(policyText(SHA_WITHIN), R_REPOSITORY);

    expect(found.unreachableAmong('I', 'J')).toBe('J');
  });

  it('row 38: a pin protects until it ends', async () => {
    const pins = [tagPin('1.4.0', '2026-06-02T00:00:00Z')];
    const evaluateAt = (time: string): Promise<Verdicts> =>
      folder.evaluate(P0, repository(R, { pins }), '--now', time);

    const [now, before, then] = await Promise.all(
      [T, '2026-06-01T23:59:59.999Z', '2026-06-02T00:00:00Z'].map(evaluateAt),
    );

    expect(now?.codes['1.4.0']).toBe('pinned');
    expect(before?.codes['1.4.0']).toBe('pinned');
    expect(words(then?.deleted ?? '')).toContain('1.4.0');
  });

  it('row 49: restore tags are never counted, listed, parsed or pruned', async () => {
    const restoreTag = `tagward-restore-${sig('A', '')}`;
    const listed = tags(`${restoreTag} A 1d\ntagward-probe-1 P 1d\n${many('t', 3, 2)}`);
    const policy = policyText(
      [build('*', 'newest: 2'), build('tagward-*', 'newest: 0')],
      'guards: { maxDeletePercent: 33, minRemaining: 3 }',
    );

    const found = await folder.evaluate(policy, repository(listed));

    expect(found.evaluation.decisions.map(({ tag }) => tag)).toEqual(['t0', 't1', 't2']);
    expectVerdicts(found, {
      outcome: 'needs-approval max-delete-percent',
      deleted: 't2',
      warnings: 'zero-match',
    });
  });
});

describe('rows about policies that must not load', () => {
  it.each([
    ['{ class: build, match: ["*"], keep: { any: [] } }', '2:48 rules[0].keep.any: an empty list'],
    ['{ class: release, keep: { all: [] } }', '2:36 rules[0].keep.all: an empty list'],
    ['{ class: release, keep: {} }', '2:29 rules[0].keep: an empty group'],
    ['{ class: release }', '2:5 rules[0].keep: is missing'],
    ['{ class: release, keep: { any: [{}] } }', '2:37 rules[0].keep.any[0]: an empty group'],
    [
      '{ class: build, match: [], keep: { any: [{ newest: 1 }] } }',
      '2:28 rules[0].match: an empty',
    ],
  ])('row 6: a rule with something empty, %s', async (rule, fault) => {
    const [first, ...others] = await folder.faultsOf(policyText([rule]), '{"tags":[]}');

    expect(first?.slice(0, 'policy.yaml:'.length + fault.length)).toBe(`policy.yaml:${fault}`);
    expect(others).toEqual([]);
  });

  it.each([
    ['newest: -1', '-1 is not allowed here; allowed: a whole number from 0 to 10000'],
    ['newest: foo', '"foo" is not allowed here; allowed: a whole number from 0 to 10000'],
    ['newest: 21000000', '21000000 is not allowed here; allowed: a whole number from 0 to 10000'],
    ['newest: 10001', '10001 is not allowed here; allowed: a whole number from 0 to 10000'],
    ['newest: 1.5', '1.5 is not allowed here; allowed: a whole number from 0 to 10000'],
  ])('row 13: a count that is none, %s', async (condition, sentence) => {
    const faults = await folder.faultsOf(policyText([release(condition)]), '{"tags":[]}');

    expect(faults).toEqual([`policy.yaml:2:47 rules[0].keep.any[0].newest: ${sentence}`]);
  });

  it.each(['movedWithin: -1d', 'movedWithin: 5', 'movedWithin: foo', 'movedWithin: 90', 'newest:'])(
    'row 13: a condition without its parameter, %s',
    async (condition) => {
      const faults = await folder.faultsOf(policyText([release(condition)]), '{"tags":[]}');

      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(/^policy\.yaml:2:\d+ rules\[0\]\.keep\.any\[0\]/);
    },
  );
});
