import { restoreTagOf } from '../../src/core/internal-tags';
import { splitInternal } from '../../src/core/retention-member';
import { planRelease } from '../../src/core/retention-release';
import { DEFAULT_RULES } from '../../src/core/rules';
import { dependantTagOf, digestOf, inventoryOf, tagOf, type TagSpec } from './builders';

interface Given {
  readonly children?: Readonly<Record<string, readonly string[]>>;
  readonly subjects?: Readonly<Record<string, string>>;
  /** Digests that are pinned or in use, by label. */
  readonly roots?: readonly string[];
  /** Tags that something protects. */
  readonly kept?: readonly string[];
}

/** Restore tags of some digests, and other tags. */
function repository(
  restorable: readonly string[],
  tags: Readonly<Record<string, TagSpec>>,
): Readonly<Record<string, TagSpec>> {
  const restoreTags = restorable.map((on) => [restoreTagOf(digestOf(on)), { on }] as const);
  return { ...Object.fromEntries(restoreTags), ...tags };
}

function release(
  due: readonly string[],
  tags: Readonly<Record<string, TagSpec>>,
  { children = {}, subjects = {}, roots = [], kept = [] }: Given = {},
): { readonly dependants: readonly string[]; readonly lives: (label: string) => boolean } {
  const inventory = inventoryOf(tags, children, subjects);
  const { dependants, living } = planRelease({
    ...splitInternal(inventory, [], DEFAULT_RULES),
    manifests: inventory.manifests,
    due: new Set(due.map(digestOf)),
    roots: new Set(roots.map(digestOf)),
    kept: new Set(kept.map(tagOf)),
  });
  return {
    dependants: dependants.map(({ tag }) => tag),
    lives: (label) => living.has(digestOf(label)),
  };
}

describe(planRelease.name, () => {
  const SIG = dependantTagOf('A');

  it('releases a digest with what describes it', () => {
    const { dependants, lives } = release(['A'], repository(['A'], { [SIG]: {} }));

    expect(dependants).toEqual([SIG]);
    expect(lives('A')).toBe(false);
  });

  it('releases nothing when nothing is due', () => {
    const { dependants, lives } = release([], repository(['A'], { [SIG]: {} }));

    expect(dependants).toEqual([]);
    expect(lives('A')).toBe(true);
  });

  it.each([
    ['another tag', repository(['A'], { [SIG]: {}, nightly: { on: 'A' } }), {}],
    ['an index', repository(['A'], { [SIG]: {}, nightly: {} }), { children: { nightly: ['A'] } }],
    [
      'the restore tag of an index',
      repository(['A', 'I'], { [SIG]: {} }),
      { children: { I: ['inner'], inner: ['A'] } },
    ],
    ['a pin or a report', repository(['A'], { [SIG]: {} }), { roots: ['A'] }],
  ] satisfies readonly (readonly [string, Readonly<Record<string, TagSpec>>, Given])[])(
    'leaves what describes a digest that %s still has',
    (_what, tags, given) => {
      const { dependants, lives } = release(['A'], tags, given);

      expect(dependants).toEqual([]);
      expect(lives('A')).toBe(true);
    },
  );

  it('follows chains', () => {
    const tags = repository(['A'], {
      ...{ [SIG]: { on: 'S' }, [dependantTagOf('S')]: { on: 'T' }, 'report-1': { on: 'R' } },
      [dependantTagOf('other')]: {},
    });

    expect(release(['A'], tags, { subjects: { R: 'T' } }).dependants).toEqual([
      ...[SIG, dependantTagOf('S'), 'report-1'],
    ]);
  });

  it('leaves what is protected by itself, and what describes that', () => {
    const ATT = dependantTagOf('A', '.att');
    const tags = repository(['A'], {
      ...{ [SIG]: { on: 'S' }, [dependantTagOf('S')]: { on: 'T' }, [ATT]: {} },
    });

    expect(release(['A'], tags, { kept: [SIG] }).dependants).toEqual([ATT]);
  });

  it('leaves to the rules what had lost its subject before', () => {
    const tags = repository(['A'], { [SIG]: {}, [dependantTagOf('gone')]: {} });

    expect(release(['A'], tags).dependants).toEqual([SIG]);
  });

  it('releases a part of what is due together with the rest', () => {
    const tags = repository(['A', 'I'], { [SIG]: {} });
    const given = { children: { I: ['A'] } };

    expect(release(['A'], tags, given).dependants).toEqual([]);
    expect(release(['I'], tags, given).dependants).toEqual([]);
    expect(release(['A', 'I'], tags, given).dependants).toEqual([SIG]);
  });
});
