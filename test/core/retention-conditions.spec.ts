import { type ReleaseTag, tagsKeptByRule } from '../../src/core/retention-conditions';
import type { KeepCondition } from '../../src/core/retention-policy';
import { DAY_MS, digestOf, NOW, ruleOf, tagOf, versionOf } from './builders';

const HOUR_MS = 3_600_000;

function releaseTags(...tags: readonly string[]): readonly ReleaseTag[] {
  return tags.map((tag) => taggedAt(tag, NOW - 100 * DAY_MS));
}

function taggedAt(tag: string, lastMoved: number | null): ReleaseTag {
  return { tag: tagOf(tag), digest: digestOf(tag), version: versionOf(tag), lastMoved };
}

function keptBy(condition: KeepCondition, tags: readonly ReleaseTag[]): readonly string[] {
  return [...tagsKeptByRule(ruleOf(condition), tags, NOW).keys()].sort();
}

describe(tagsKeptByRule.name, () => {
  const tags = releaseTags(
    ...['1.9.0', '2.1.9', '2.1.10', '2.2.0', '2.10.0', '3.0.0', '3.0.1'].toReversed(),
  );

  it.each`
    kind                | count | kept
    ${'newest'}         | ${0}  | ${[]}
    ${'newest'}         | ${1}  | ${['3.0.1']}
    ${'newest'}         | ${3}  | ${['2.10.0', '3.0.0', '3.0.1']}
    ${'newest'}         | ${5}  | ${['2.1.10', '2.10.0', '2.2.0', '3.0.0', '3.0.1']}
    ${'newest-patches'} | ${0}  | ${[]}
    ${'newest-patches'} | ${1}  | ${['1.9.0', '2.1.10', '2.10.0', '2.2.0', '3.0.1']}
    ${'newest-minors'}  | ${0}  | ${[]}
    ${'newest-minors'}  | ${1}  | ${['1.9.0', '2.10.0', '3.0.0', '3.0.1']}
    ${'newest-minors'}  | ${2}  | ${['1.9.0', '2.10.0', '2.2.0', '3.0.0', '3.0.1']}
  `('keeps $kept as $kind $count', ({ kept, ...condition }: KeepCondition & { kept: string[] }) => {
    expect(keptBy(condition, tags)).toEqual(kept);
    expect(keptBy(condition, tags.toReversed())).toEqual(kept);
  });

  it('keeps everything when there are fewer than asked for', () => {
    const all = tags.map(({ tag }) => tag).sort();

    expect(keptBy({ kind: 'newest', count: 10_000 }, tags)).toEqual(all);
    expect(keptBy({ kind: 'newest-patches', count: 2 }, tags)).toEqual(all);
    expect(keptBy({ kind: 'newest-minors', count: 3 }, tags)).toEqual(all);
  });

  it('counts the spellings of one version once', () => {
    const spelled = releaseTags('1.2.3', 'v1.2.3', 'v1.2.2', '1.2.1');

    expect(keptBy({ kind: 'newest', count: 2 }, spelled)).toEqual(['1.2.3', 'v1.2.2', 'v1.2.3']);
    expect(keptBy({ kind: 'newest-patches', count: 2 }, spelled)).toHaveLength(3);
  });

  it('does not take majors with a v for one major', () => {
    const spelled = releaseTags('v1.2.3', 'v1.9.0', 'v2.0.0');

    expect(keptBy({ kind: 'newest-minors', count: 1 }, spelled)).toEqual(['v1.9.0', 'v2.0.0']);
  });

  it.each`
    what                    | age                | kept
    ${'younger'}            | ${30 * DAY_MS - 1} | ${true}
    ${'exactly as old'}     | ${30 * DAY_MS}     | ${true}
    ${'a millisecond over'} | ${30 * DAY_MS + 1} | ${false}
    ${'of the future'}      | ${-DAY_MS}         | ${true}
  `('keeps what moved within 30 days: $what is $kept', (row: { age: number; kept: boolean }) => {
    const moved = taggedAt('1.2.3', NOW - row.age);

    expect(keptBy({ kind: 'moved-within', ms: 30 * DAY_MS }, [moved])).toHaveLength(
      Number(row.kept),
    );
  });

  it('keeps no unknown age by itself', () => {
    expect(keptBy({ kind: 'moved-within', ms: DAY_MS }, [taggedAt('1.2.3', null)])).toEqual([]);
  });

  it.each([
    [0, 0],
    [1, 1],
    [5, 5],
    [15, 6],
    [90, 8],
  ])('keeps within %d days %d of eight releases', (days, count) => {
    const aged = [1, 2, 3, 4, 5, 10, 20, 30].map((age, index) =>
      taggedAt(`1.0.${index}`, NOW - age * DAY_MS + HOUR_MS),
    );

    expect(keptBy({ kind: 'moved-within', ms: days * DAY_MS }, aged)).toHaveLength(count);
  });

  describe('with several conditions', () => {
    const newest: KeepCondition = { kind: 'newest', count: 2 };
    const patches: KeepCondition = { kind: 'newest-patches', count: 1 };
    const conditions = [newest, patches];

    it('unites with any', () => {
      const kept = tagsKeptByRule({ class: 'release', combine: 'any', conditions }, tags, NOW);

      expect([...kept.keys()].sort()).toEqual([
        ...['1.9.0', '2.1.10', '2.10.0', '2.2.0', '3.0.0', '3.0.1'],
      ]);
    });

    it('intersects with all, each computed on its own', () => {
      const kept = tagsKeptByRule({ class: 'release', combine: 'all', conditions }, tags, NOW);

      expect([...kept.keys()]).toEqual(['3.0.1']);
    });

    it('gives the first condition that keeps a tag as the reason', () => {
      const kept = tagsKeptByRule({ class: 'release', combine: 'any', conditions }, tags, NOW);

      expect(kept.get(tagOf('3.0.1'))).toBe('kept: one of the newest 2 of the repository');
      expect(kept.get(tagOf('2.2.0'))).toBe('kept: one of the newest 1 of 2.2');
    });
  });

  it.each`
    condition                                        | text
    ${{ kind: 'newest-minors', count: 2 }}           | ${'kept: 3.0 is one of the newest 2 minors of 3'}
    ${{ kind: 'moved-within', ms: 200 * DAY_MS }}    | ${'kept: moved within the last 200 days'}
    ${{ kind: 'moved-within', ms: 2_401 * HOUR_MS }} | ${'kept: moved within the last 2401 hours'}
  `('says "$text"', ({ condition, text }: { condition: KeepCondition; text: string }) => {
    expect(tagsKeptByRule(ruleOf(condition), tags, NOW).get(tagOf('3.0.1'))).toBe(text);
  });

  it('keeps nothing of nothing', () => {
    expect(keptBy({ kind: 'newest', count: 5 }, [])).toEqual([]);
  });
});
