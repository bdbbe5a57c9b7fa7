import { unitsKeptBy } from '../../src/core/retention-conditions';
import type { RetentionMember } from '../../src/core/retention-member';
import type { KeepCondition, RetentionRule, VersionGroup } from '../../src/core/retention-policy';
import { unitsOf } from '../../src/core/retention-unit';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { classifyTag } from '../../src/core/tag-class';
import { buildRuleOf, DAY_MS, inventoryOf, NOW, ruleOf, rulesWith, type TagSpec } from './builders';

const HOUR_MS = 3_600_000;
const PRERELEASE: RetentionRule = { class: 'prerelease', combine: 'any', conditions: [] };

interface Given {
  readonly rule?: RetentionRule;
  readonly rules?: RepositoryRules;
}

function membersOf(
  tags: Readonly<Record<string, TagSpec>>,
  rules: RepositoryRules,
): readonly RetentionMember[] {
  return inventoryOf(tags).tags.map((tag) => {
    const tagClass = classifyTag(tag.tag, rules);
    if (tagClass.kind === 'internal') throw new Error(`${tag.tag} is internal`);
    return { ...tag, class: tagClass };
  });
}

/** The first reason for each tag that a rule with these conditions keeps. */
function reasonsOf(
  tags: Readonly<Record<string, TagSpec>>,
  rule: RetentionRule,
  rules = DEFAULT_RULES,
): Readonly<Record<string, readonly string[]>> {
  const kept = unitsKeptBy(rule, unitsOf(rule, membersOf(tags, rules), NOW), NOW);
  return Object.fromEntries(
    [...kept].flatMap(([unit, reasons]) =>
      unit.members.map(({ tag }) => [tag, reasons.map(({ text }) => text)]),
    ),
  );
}

/** The tags that one condition keeps, whatever order they come in. */
function keptBy(
  condition: KeepCondition,
  tags: Readonly<Record<string, TagSpec>>,
  { rule = ruleOf(), rules = DEFAULT_RULES }: Given = {},
): readonly string[] {
  const given = { ...rule, conditions: [condition] };
  const kept = Object.keys(reasonsOf(tags, given, rules)).sort();
  const turned = Object.fromEntries(Object.entries(tags).toReversed());
  expect(Object.keys(reasonsOf(turned, given, rules)).sort()).toEqual(kept);
  return kept;
}

function plain(...tags: readonly string[]): Readonly<Record<string, TagSpec>> {
  return Object.fromEntries(tags.map((tag) => [tag, {}]));
}

describe(unitsKeptBy.name, () => {
  const tags = plain('1.9.0', '2.1.9', '2.1.10', '2.2.0', '2.10.0', '3.0.0', '3.0.1');

  it.each`
    kind                | count | per          | kept
    ${'newest'}         | ${0}  | ${undefined} | ${[]}
    ${'newest'}         | ${1}  | ${undefined} | ${['3.0.1']}
    ${'newest'}         | ${3}  | ${undefined} | ${['2.10.0', '3.0.0', '3.0.1']}
    ${'newest'}         | ${5}  | ${undefined} | ${['2.1.10', '2.10.0', '2.2.0', '3.0.0', '3.0.1']}
    ${'newest'}         | ${1}  | ${'major'}   | ${['1.9.0', '2.10.0', '3.0.1']}
    ${'newest'}         | ${1}  | ${'minor'}   | ${['1.9.0', '2.1.10', '2.10.0', '2.2.0', '3.0.1']}
    ${'newest'}         | ${1}  | ${'core'}    | ${Object.keys(tags).sort()}
    ${'newest-patches'} | ${0}  | ${undefined} | ${[]}
    ${'newest-patches'} | ${1}  | ${undefined} | ${['1.9.0', '2.1.10', '2.10.0', '2.2.0', '3.0.1']}
    ${'newest-minors'}  | ${0}  | ${undefined} | ${[]}
    ${'newest-minors'}  | ${1}  | ${undefined} | ${['1.9.0', '2.10.0', '3.0.0', '3.0.1']}
    ${'newest-minors'}  | ${2}  | ${undefined} | ${['1.9.0', '2.10.0', '2.2.0', '3.0.0', '3.0.1']}
  `(
    'keeps $kept as $kind $count per $per',
    ({ kept, ...condition }: KeepCondition & { kept: readonly string[] }) => {
      expect(keptBy(condition, tags)).toEqual(kept);
    },
  );

  it('keeps everything when there are fewer than asked for', () => {
    const all = Object.keys(tags).sort();

    expect(keptBy({ kind: 'newest', count: 10_000 }, tags)).toEqual(all);
    expect(keptBy({ kind: 'newest-patches', count: 2 }, tags)).toEqual(all);
    expect(keptBy({ kind: 'newest-minors', count: 3 }, tags)).toEqual(all);
    expect(keptBy({ kind: 'newest-pulled', count: 10_000 }, tags)).toEqual(all);
    expect(keptBy({ kind: 'always' }, tags)).toEqual(all);
  });

  it('counts the spellings of one version once', () => {
    const spelled = {
      ...{ '1.2.3': { on: 'A' }, 'v1.2.3': { on: 'A' } },
      ...plain('v1.2.2', '1.2.1'),
    };

    expect(keptBy({ kind: 'newest', count: 2 }, spelled)).toEqual(['1.2.3', 'v1.2.2', 'v1.2.3']);
    expect(keptBy({ kind: 'newest-patches', count: 2 }, spelled)).toHaveLength(3);
    expect(keptBy({ kind: 'newest-pulled', count: 1 }, spelled)).toHaveLength(2);
  });

  it('does not take majors with a v for one major', () => {
    const spelled = plain('v1.2.3', 'v1.9.0', 'v2.0.0');

    expect(keptBy({ kind: 'newest-minors', count: 1 }, spelled)).toEqual(['v1.9.0', 'v2.0.0']);
    expect(keptBy({ kind: 'newest', count: 1, per: 'major' }, spelled)).toEqual([
      'v1.9.0',
      'v2.0.0',
    ]);
  });

  it('tells builds of one version apart by when they moved', () => {
    const builds = {
      '1.2.3_9': { ageDays: 3 },
      '1.2.3_1': { ageDays: 2 },
      '1.2.2': { ageDays: 1 },
    };

    expect(keptBy({ kind: 'newest', count: 1 }, builds)).toEqual(['1.2.3_1']);
    expect(keptBy({ kind: 'newest', count: 2 }, builds)).toEqual(['1.2.3_1', '1.2.3_9']);
  });

  describe('of variants', () => {
    const rules = rulesWith({ variants: { ...DEFAULT_RULES.variants, known: ['alpine'] } });
    const variants = {
      ...{ '1.0.0': { pulledDays: 1 }, '1.0.1': { pulledDays: 2 } },
      ...{ '1.0.0-alpine': { pulledDays: 3 }, '1.0.1-alpine': { pulledDays: 4 } },
    };
    const newest = ['1.0.1', '1.0.1-alpine'];

    it.each`
      condition                                     | kept
      ${{ kind: 'newest', count: 1 }}               | ${newest}
      ${{ kind: 'newest', count: 1, per: 'major' }} | ${newest}
      ${{ kind: 'newest', count: 1, per: 'minor' }} | ${newest}
      ${{ kind: 'newest', count: 1, per: 'core' }}  | ${Object.keys(variants).sort()}
      ${{ kind: 'newest-patches', count: 1 }}       | ${newest}
      ${{ kind: 'newest-minors', count: 1 }}        | ${Object.keys(variants).sort()}
      ${{ kind: 'newest-pulled', count: 1 }}        | ${['1.0.0', '1.0.0-alpine']}
    `(
      'counts each by itself: $condition keeps $kept',
      (row: { condition: KeepCondition; kept: readonly string[] }) => {
        expect(keptBy(row.condition, variants, { rules })).toEqual(row.kept);
      },
    );
  });

  describe('of pre-releases', () => {
    const candidates = plain('2.0.0-rc.9', '2.0.0-rc.10', '2.1.0-beta.1', '2.1.0-rc.1');

    it.each`
      count | per          | kept
      ${1}  | ${'core'}    | ${['2.0.0-rc.10', '2.1.0-rc.1']}
      ${1}  | ${'major'}   | ${['2.1.0-rc.1']}
      ${1}  | ${undefined} | ${['2.1.0-rc.1']}
      ${2}  | ${'core'}    | ${Object.keys(candidates).sort()}
    `(
      'keeps $kept as the newest $count per $per',
      ({ kept, count, per }: { kept: string[]; count: number; per?: VersionGroup }) => {
        const condition = { kind: 'newest', count, per } as const;

        expect(keptBy(condition, candidates, { rule: PRERELEASE })).toEqual(kept);
      },
    );
  });

  describe('of builds', () => {
    const rule = buildRuleOf(['*']);

    it('counts the tags of one digest once, as its last moved one', () => {
      const builds = {
        ...{ 'sha-a': { on: 'A', ageDays: 9 }, 'pr-1': { on: 'A', ageDays: 1 } },
        ...{ 'sha-b': { ageDays: 2 }, 'sha-c': { ageDays: 3 } },
      };

      expect(keptBy({ kind: 'newest', count: 1 }, builds, { rule })).toEqual(['pr-1', 'sha-a']);
      expect(keptBy({ kind: 'moved-within', ms: DAY_MS }, builds, { rule })).toEqual([
        'pr-1',
        'sha-a',
      ]);
      expect(keptBy({ kind: 'newest', count: 2 }, builds, { rule })).toHaveLength(3);
    });

    it('counts versions as builds by when they moved', () => {
      const builds = { '2.0.0': { ageDays: 9 }, '1.0.0': { ageDays: 1 } };

      expect(keptBy({ kind: 'newest', count: 1 }, builds, { rule })).toEqual(['1.0.0']);
    });

    it('lets the number of the move decide between moves of one time', () => {
      const builds = { 'sha-b': { sequence: 7 }, 'sha-a': { sequence: 9 }, 'sha-c': {} };

      expect(keptBy({ kind: 'newest', count: 1 }, builds, { rule })).toEqual(['sha-a']);
      expect(keptBy({ kind: 'newest', count: 2 }, builds, { rule })).toEqual(['sha-a', 'sha-b']);
    });

    it('counts what was just observed as moved now, and what has no age last', () => {
      const builds = {
        ...{ 'sha-new': { ageDays: null, firstObserved: true }, 'sha-unknown': { ageDays: null } },
        'sha-a': { ageDays: 1 },
      };

      expect(keptBy({ kind: 'newest', count: 1 }, builds, { rule })).toEqual(['sha-new']);
      expect(keptBy({ kind: 'newest', count: 2 }, builds, { rule })).toEqual(['sha-a', 'sha-new']);
    });
  });

  describe('of pulls', () => {
    const pulled = {
      ...{ '1.0.0': { ageDays: 90, pulledDays: 2 }, '1.0.1': { ageDays: 4 } },
      ...{ '1.0.2': { ageDays: 50, pulledDays: 40 }, '1.0.3': { ageDays: null } },
    };

    it.each`
      condition                                    | kept
      ${{ kind: 'newest-pulled', count: 1 }}       | ${['1.0.0']}
      ${{ kind: 'newest-pulled', count: 2 }}       | ${['1.0.0', '1.0.1']}
      ${{ kind: 'pulled-within', ms: 2 * DAY_MS }} | ${['1.0.0']}
      ${{ kind: 'pulled-within', ms: 4 * DAY_MS }} | ${['1.0.0', '1.0.1']}
      ${{ kind: 'pulled-within', ms: 0 }}          | ${[]}
    `(
      'counts what was never pulled as pulled when it moved: $condition keeps $kept',
      (row: { condition: KeepCondition; kept: readonly string[] }) => {
        expect(keptBy(row.condition, pulled)).toEqual(row.kept);
      },
    );
  });

  it.each`
    what                    | age                | kept
    ${'younger'}            | ${30 * DAY_MS - 1} | ${true}
    ${'exactly as old'}     | ${30 * DAY_MS}     | ${true}
    ${'a millisecond over'} | ${30 * DAY_MS + 1} | ${false}
    ${'of the future'}      | ${-DAY_MS}         | ${true}
  `('keeps what moved within 30 days: $what is $kept', (row: { age: number; kept: boolean }) => {
    const moved = { '1.2.3': { ageDays: row.age / DAY_MS } };

    expect(keptBy({ kind: 'moved-within', ms: 30 * DAY_MS }, moved)).toHaveLength(Number(row.kept));
  });

  it('keeps no unknown age by itself', () => {
    const unknown = { '1.2.3': { ageDays: null } };

    expect(keptBy({ kind: 'moved-within', ms: DAY_MS }, unknown)).toEqual([]);
  });

  describe('with several conditions', () => {
    const newest: KeepCondition = { kind: 'newest', count: 2 };
    const patches: KeepCondition = { kind: 'newest-patches', count: 1 };
    const any: RetentionRule = ruleOf(newest, patches);

    it('unites with any', () => {
      expect(Object.keys(reasonsOf(tags, any)).sort()).toEqual([
        ...['1.9.0', '2.1.10', '2.10.0', '2.2.0', '3.0.0', '3.0.1'],
      ]);
    });

    it('intersects with all, each computed on its own', () => {
      expect(Object.keys(reasonsOf(tags, { ...any, combine: 'all' }))).toEqual(['3.0.1']);
    });

    it('gives every condition that keeps a tag as a reason', () => {
      const kept = reasonsOf(tags, any);

      expect(kept['3.0.1']).toEqual(['kept: one of the 2 newest', 'kept: newest patch of 3.0']);
      expect(kept['2.2.0']).toEqual(['kept: newest patch of 2.2']);
    });
  });

  it.each`
    condition                                        | text
    ${{ kind: 'newest', count: 1 }}                  | ${'kept: the newest'}
    ${{ kind: 'newest', count: 2, per: 'minor' }}    | ${'kept: one of the 2 newest of 3.0'}
    ${{ kind: 'newest-patches', count: 2 }}          | ${'kept: one of the newest 2 patches of 3.0'}
    ${{ kind: 'newest-minors', count: 2 }}           | ${'kept: 3.0 is one of the newest 2 minors of 3'}
    ${{ kind: 'moved-within', ms: 200 * DAY_MS }}    | ${'kept: moved within the last 200 days'}
    ${{ kind: 'moved-within', ms: 2_401 * HOUR_MS }} | ${'kept: moved within the last 2401 hours'}
    ${{ kind: 'pulled-within', ms: 200 * DAY_MS }}   | ${'kept: pulled within the last 200 days'}
    ${{ kind: 'always' }}                            | ${'kept: its rule always keeps it'}
  `('says "$text"', ({ condition, text }: { condition: KeepCondition; text: string }) => {
    expect(reasonsOf(tags, ruleOf(condition))['3.0.1']).toEqual([text]);
  });

  it('keeps nothing of nothing', () => {
    expect(keptBy({ kind: 'newest', count: 5 }, {})).toEqual([]);
  });
});
