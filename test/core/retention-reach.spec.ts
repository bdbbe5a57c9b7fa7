import type { DeletionCapabilities } from '../../src/core/deletion';
import type { RetentionInventory } from '../../src/core/inventory';
import { reachableFrom } from '../../src/core/retention-graph';
import { splitInternal } from '../../src/core/retention-member';
import { judgeCandidates } from '../../src/core/retention-reach';
import type { RetentionPolicy } from '../../src/core/retention-policy';
import { DEFAULT_RULES } from '../../src/core/rules';
import { DAY_MS, dependantTagOf, digestOf, inventoryOf, policyOf } from './builders';

const REGISTRIES = {
  tag: { tagDelete: 'works', digestDelete: 'works', provider: false },
  digest: { tagDelete: 'unsupported', digestDelete: 'works', provider: false },
  immutable: { tagDelete: 'unsupported', digestDelete: 'works', provider: false, immutable: true },
  'own-api': { tagDelete: 'own-api', digestDelete: 'works', provider: false },
  provider: { tagDelete: 'own-api', digestDelete: 'works', provider: true },
} as const satisfies Readonly<Record<string, DeletionCapabilities>>;
type Registry = keyof typeof REGISTRIES;

interface Given {
  readonly registry?: Registry;
  /** Digests that are pinned or in use, by label. */
  readonly roots?: readonly string[];
  readonly deletion?: Partial<RetentionPolicy['deletion']>;
}

/** The verdict on every tag that is not kept; dependants are kept by nothing of their own. */
function verdicts(
  inventory: RetentionInventory,
  kept: readonly string[],
  { registry = 'tag', roots = [], deletion = {} }: Given = {},
): Readonly<Record<string, string>> {
  const policy = policyOf();
  const judged = judgeCandidates({
    ...splitInternal(inventory, [], DEFAULT_RULES),
    isKept: ({ tag }) => kept.includes(tag),
    inventory,
    roots: new Set(roots.map(digestOf)),
    policy: { ...policy, deletion: { ...policy.deletion, ...deletion } },
    capabilities: REGISTRIES[registry],
  });
  return Object.fromEntries(
    Array.from(judged.verdicts, ([tag, verdict]) => {
      if (verdict.verdict === 'delete') return [tag, `delete by ${verdict.form}`];
      if (verdict.verdict === 'keep') return [tag, verdict.reason.code];
      return [tag, `blocked ${verdict.reasons.map(({ code }) => code).join(' ')}`];
    }),
  );
}

describe(judgeCandidates.name, () => {
  it('takes nothing back that harms nobody', () => {
    const inventory = inventoryOf({ '1.0.0': {}, '1.0.1': {}, latest: { on: '1.0.1' } });

    for (const registry of ['tag', 'digest'] as const) {
      expect(verdicts(inventory, ['1.0.1', 'latest'], { registry })).toEqual({
        '1.0.0': `delete by ${registry}`,
      });
    }
  });

  it.each`
    registry       | expected
    ${'tag'}       | ${'delete by tag'}
    ${'digest'}    | ${'delete by batch-dummy'}
    ${'provider'}  | ${'delete by provider'}
    ${'immutable'} | ${'blocked immutable'}
    ${'own-api'}   | ${'blocked provider-missing'}
  `(
    'judges a tag beside one that stays on its digest: $expected where the form is $registry',
    ({ registry, expected }: { registry: Registry; expected: string }) => {
      const inventory = inventoryOf({ '1.0.0': { on: 'A' }, latest: { on: 'A' } });

      expect(verdicts(inventory, ['latest'], { registry })).toEqual({ '1.0.0': expected });
    },
  );

  it('lets a digest go with all its tags', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'A' }, 'v1.0.0': { on: 'A' } });

    expect(verdicts(inventory, [], { registry: 'digest' })).toEqual({
      ...{ '1.0.0': 'delete by digest', 'v1.0.0': 'delete by digest' },
    });
  });

  it.each(['tag', 'digest'] as const)('keeps children at any depth by the form %s', (registry) => {
    const inventory = inventoryOf(
      { '2.0.0': {}, '1.0.0': { on: 'leaf' }, '1.0.1': { on: 'inner' }, '1.0.2': {} },
      { '2.0.0': ['inner', 'other'], inner: ['innermost'], innermost: ['leaf'] },
    );

    expect(verdicts(inventory, ['2.0.0'], { registry })).toEqual({
      '1.0.0': 'referenced',
      '1.0.1': 'referenced',
      '1.0.2': `delete by ${registry}`,
    });
  });

  it('lets the children of an index go with it, and never by their digest', () => {
    const inventory = inventoryOf({ '2.0.0': {}, '1.0.0': { on: 'leaf' } }, { '2.0.0': ['leaf'] });

    expect(verdicts(inventory, [])).toEqual({
      ...{ '2.0.0': 'delete by tag', '1.0.0': 'delete by tag' },
    });
    expect(verdicts(inventory, [], { registry: 'digest' })).toEqual({
      ...{ '2.0.0': 'delete by digest', '1.0.0': 'delete by batch-dummy' },
    });
  });

  it('deletes by no digest that an index without a tag lists', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'leaf' } }, { untagged: ['leaf'] });

    expect(verdicts(inventory, [], { registry: 'digest' })).toEqual({
      '1.0.0': 'delete by batch-dummy',
    });
  });

  it('keeps what the index of a blocked tag lists, at any depth', () => {
    const inventory = inventoryOf(
      { latest: { on: 'A' }, '1.0.0': { on: 'A' }, '1.0.1': { on: 'leaf' }, '1.0.2': { on: 'B' } },
      { B: ['leaf'], C: ['B'], A: ['C'] },
    );

    expect(verdicts(inventory, ['latest'], { registry: 'own-api' })).toEqual({
      '1.0.0': 'blocked provider-missing',
      '1.0.1': 'referenced',
      '1.0.2': 'referenced',
    });
  });

  it('keeps what a tag lists that is blocked only because of what it shares', () => {
    const inventory = inventoryOf(
      {
        ...{ '1.0.0': { on: 'A' }, '1.0.1': { on: 'B' }, nightly: { on: 'A' } },
        ...{ '1.0.2': { on: 'C' } },
      },
      { A: ['B'], B: ['C'] },
    );

    expect(verdicts(inventory, ['nightly'], { registry: 'immutable' })).toEqual({
      '1.0.0': 'blocked immutable',
      '1.0.1': 'referenced',
      '1.0.2': 'referenced',
    });
  });

  it('keeps the children of what shares its digest with a tag that stays', () => {
    const inventory = inventoryOf(
      {
        ...{ latest: { on: 'A' }, '1.0.0': { on: 'B' }, '1.0.1': { on: 'B' } },
        ...{ '1.0.2': { on: 'leaf' }, '1.0.3': {} },
      },
      { B: ['leaf'] },
    );

    expect(verdicts(inventory, ['latest', '1.0.0'], { registry: 'digest' })).toEqual({
      '1.0.1': 'delete by batch-dummy',
      '1.0.2': 'referenced',
      '1.0.3': 'delete by digest',
    });
  });

  it('keeps what a needed digest lists, with or without a tag', () => {
    const inventory = inventoryOf(
      { '1.0.0': { on: 'leaf' }, '1.0.1': {} },
      { untagged: ['inner'], inner: ['leaf'] },
    );

    expect(verdicts(inventory, [], { roots: ['untagged'] })).toEqual({
      '1.0.0': 'referenced',
      '1.0.1': 'delete by tag',
    });
  });

  it('counts the tags that Tagward wrote for itself among those that stay', () => {
    const inventory = inventoryOf(
      {
        ...{ '1.0.0': { on: 'A' }, 'tagward-restore-1': { on: 'A' } },
        ...{ '1.0.1': { on: 'leaf' } },
      },
      { A: ['leaf'] },
    );

    expect(verdicts(inventory, [], { registry: 'digest' })).toEqual({
      '1.0.0': 'delete by batch-dummy',
      '1.0.1': 'referenced',
    });
  });

  describe('of what describes an image', () => {
    const [sig, att, fallback] = ['.sig', '.att', ''].map((ending) => dependantTagOf('A', ending));
    const signature = sig ?? '';
    const restorable = { deletion: { restoreWindowMs: 14 * DAY_MS } };

    it('follows its subject: with a tag, in an index, restorable, needed, without any tag', () => {
      const alone = inventoryOf({ [signature]: {} });
      const tagged = inventoryOf({ [signature]: {}, '1.0.0': { on: 'A' } });
      const listed = inventoryOf({ [signature]: {}, '1.0.0': {} }, { '1.0.0': ['A'] });

      expect(verdicts(alone, [])).toEqual({ [signature]: 'delete by tag' });
      expect(verdicts(tagged, [])[signature]).toBe('delete by tag');
      expect(verdicts(listed, [])[signature]).toBe('delete by tag');
      expect(verdicts(tagged, ['1.0.0'])[signature]).toBe('follows-subject');
      expect(verdicts(listed, ['1.0.0'])[signature]).toBe('follows-subject');
      expect(verdicts(tagged, [], restorable)[signature]).toBe('follows-subject');
      expect(verdicts(listed, [], restorable)[signature]).toBe('follows-subject');
      expect(verdicts(alone, [], restorable)[signature]).toBe('delete by tag');
      expect(verdicts(alone, [], { roots: ['A'] })[signature]).toBe('follows-subject');
      expect(verdicts(inventoryOf({ [signature]: {} }, { A: [] }), [])[signature]).toBe(
        'follows-subject',
      );
    });

    it('stays while its subject is blocked', () => {
      const inventory = inventoryOf({
        ...{ [signature]: {}, '1.0.0': { on: 'A' }, nightly: { on: 'A' } },
      });

      expect(verdicts(inventory, ['nightly'], { registry: 'immutable' })).toEqual({
        '1.0.0': 'blocked immutable',
        [signature]: 'follows-subject',
      });
    });

    it('is followed in chains, and keeps what it lists', () => {
      const tags = {
        ...{ '1.0.0': { on: 'A' }, [fallback ?? '']: { on: 'F' }, [att ?? '']: { on: 'T' } },
        ...{ [dependantTagOf('T')]: { on: 'ST' }, [dependantTagOf('deep')]: { on: 'SD' } },
        ...{ 'report-1': { on: 'R' }, 'child-tag': { on: 'deep' } },
      };
      const inventory = inventoryOf(tags, { F: ['inner'], inner: ['deep'] }, { R: 'ST' });
      const gone = Object.keys(tags).map((tag) => [tag, 'delete by tag']);

      expect(verdicts(inventory, [])).toEqual(Object.fromEntries(gone));
      expect(verdicts(inventory, ['1.0.0'])).toEqual({
        ...{ [fallback ?? '']: 'follows-subject', [att ?? '']: 'follows-subject' },
        ...{ [dependantTagOf('T')]: 'follows-subject', 'report-1': 'follows-subject' },
        ...{ [dependantTagOf('deep')]: 'follows-subject', 'child-tag': 'referenced' },
      });
    });

    it('is followed through manifests without a tag', () => {
      const inventory = inventoryOf(
        { '1.0.0': { on: 'A' }, [dependantTagOf('R')]: {} },
        {},
        { R: 'A' },
      );

      expect(verdicts(inventory, ['1.0.0'])).toEqual({ [dependantTagOf('R')]: 'follows-subject' });
    });

    it('stays where the policy says so', () => {
      const inventory = inventoryOf({ [signature]: {} });

      expect(verdicts(inventory, [], { deletion: { dependants: 'keep' } })).toEqual({
        [signature]: 'follows-subject',
      });
    });

    it('keeps what it lists where it stays by the policy', () => {
      const inventory = inventoryOf({ [signature]: {}, '1.0.0': {} }, { [signature]: ['1.0.0'] });

      expect(verdicts(inventory, [], { deletion: { dependants: 'keep' } })).toEqual({
        ...{ [signature]: 'follows-subject', '1.0.0': 'referenced' },
      });
    });
  });
});

describe(reachableFrom.name, () => {
  it('is the digests of the tags and all that their indexes list', () => {
    const { tags, manifests } = inventoryOf(
      { '1.0.0': {}, '2.0.0': {} },
      { '2.0.0': ['a', 'b'], b: ['c'], c: ['a'], elsewhere: ['d'] },
    );

    const reached = reachableFrom(tags, manifests);

    expect([...reached].sort()).toEqual(['1.0.0', '2.0.0', 'a', 'b', 'c'].map(digestOf).sort());
    expect(reachableFrom([], manifests).size).toBe(0);
  });

  it('ends where indexes list each other', () => {
    const { tags, manifests } = inventoryOf({ '1.0.0': {} }, { '1.0.0': ['a'], a: ['1.0.0'] });

    expect(reachableFrom(tags, manifests).size).toBe(2);
  });
});
