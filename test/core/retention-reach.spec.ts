import type { DeletionCapabilities } from '../../src/core/deletion';
import type { RetentionInventory } from '../../src/core/inventory';
import { judgeCandidates, reachableFrom } from '../../src/core/retention-reach';
import { digestOf, inventoryOf, tagOf } from './builders';

const REGISTRIES = {
  tag: { tagDelete: 'works', digestDelete: 'works', provider: false },
  digest: { tagDelete: 'unsupported', digestDelete: 'works', provider: false },
  'own-api': { tagDelete: 'own-api', digestDelete: 'works', provider: false },
  provider: { tagDelete: 'own-api', digestDelete: 'works', provider: true },
} as const satisfies Readonly<Record<string, DeletionCapabilities>>;
type Registry = keyof typeof REGISTRIES;

function verdicts(
  inventory: RetentionInventory,
  kept: readonly string[],
  registry: Registry,
): Readonly<Record<string, string>> {
  const names = new Map(kept.map((tag) => [tagOf(tag), 'kept']));
  const judged = judgeCandidates(inventory.tags, names, inventory, REGISTRIES[registry]);
  return Object.fromEntries(
    [...judged].map(([tag, { verdict, form, reason }]) => [
      tag,
      form === undefined ? `${verdict} ${reason.code}` : `${verdict} by ${form}`,
    ]),
  );
}

describe(judgeCandidates.name, () => {
  it('takes nothing back that harms nobody', () => {
    const inventory = inventoryOf({ '1.0.0': {}, '1.0.1': {}, latest: { on: '1.0.1' } });

    expect(verdicts(inventory, ['1.0.1', 'latest'], 'tag')).toEqual({ '1.0.0': 'delete by tag' });
    expect(verdicts(inventory, ['1.0.1', 'latest'], 'digest')).toEqual({
      '1.0.0': 'delete by digest',
    });
  });

  it.each`
    registry      | expected
    ${'tag'}      | ${'delete by tag'}
    ${'digest'}   | ${'delete by batch-dummy'}
    ${'provider'} | ${'delete by provider'}
    ${'own-api'}  | ${'blocked provider-missing'}
  `(
    'judges a tag beside one that stays on its digest: $expected where the form is $registry',
    ({ registry, expected }: { registry: Registry; expected: string }) => {
      const inventory = inventoryOf({ '1.0.0': { on: 'A' }, latest: { on: 'A' } });

      expect(verdicts(inventory, ['latest'], registry)).toEqual({ '1.0.0': expected });
    },
  );

  it('lets a digest go with all its tags', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'A' }, 'v1.0.0': { on: 'A' } });

    expect(verdicts(inventory, [], 'digest')).toEqual({
      ...{ '1.0.0': 'delete by digest', 'v1.0.0': 'delete by digest' },
    });
  });

  it.each(['tag', 'digest'] as const)('keeps children at any depth by the form %s', (form) => {
    const inventory = inventoryOf(
      { '2.0.0': {}, '1.0.0': { on: 'leaf' }, '1.0.1': { on: 'inner' }, '1.0.2': {} },
      { '2.0.0': ['inner', 'other'], inner: ['innermost'], innermost: ['leaf'] },
    );

    expect(verdicts(inventory, ['2.0.0'], form)).toEqual({
      '1.0.0': 'keep referenced',
      '1.0.1': 'keep referenced',
      '1.0.2': `delete by ${form}`,
    });
  });

  it('lets the children of an index go with it', () => {
    const inventory = inventoryOf({ '2.0.0': {}, '1.0.0': { on: 'leaf' } }, { '2.0.0': ['leaf'] });

    expect(verdicts(inventory, [], 'tag')).toEqual({
      ...{ '2.0.0': 'delete by tag', '1.0.0': 'delete by tag' },
    });
  });

  it('keeps what the index of a blocked tag lists, at any depth', () => {
    const inventory = inventoryOf(
      { latest: { on: 'A' }, '1.0.0': { on: 'A' }, '1.0.1': { on: 'leaf' }, '1.0.2': { on: 'B' } },
      { B: ['leaf'], C: ['B'], A: ['C'] },
    );

    expect(verdicts(inventory, ['latest'], 'own-api')).toEqual({
      '1.0.0': 'blocked provider-missing',
      '1.0.1': 'keep referenced',
      '1.0.2': 'keep referenced',
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

    expect(verdicts(inventory, ['latest', '1.0.0'], 'digest')).toEqual({
      '1.0.1': 'delete by batch-dummy',
      '1.0.2': 'keep referenced',
      '1.0.3': 'delete by digest',
    });
  });

  it('names the tag whose index lists the digest', () => {
    const inventory = inventoryOf({ '2.0.0': {}, '1.0.0': { on: 'leaf' } }, { '2.0.0': ['leaf'] });

    const taken = judgeCandidates(
      inventory.tags,
      new Map([[tagOf('2.0.0'), 'kept']]),
      inventory,
      REGISTRIES.tag,
    );

    expect(taken.get(tagOf('1.0.0'))?.reason.text).toBe('kept: child of 2.0.0');
  });

  it('counts the tags that Tagward wrote for itself among those that stay', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'A' }, 'tagward-restore-1': { on: 'A' } });
    const members = inventory.tags.slice(0, 1);

    const judged = judgeCandidates(members, new Map(), inventory, REGISTRIES.digest);

    expect(judged.get(tagOf('1.0.0'))).toMatchObject({ form: 'batch-dummy' });
  });
});

describe(reachableFrom.name, () => {
  it('is the digests of the tags and all that their indexes list', () => {
    const { tags, children } = inventoryOf(
      { '1.0.0': {}, '2.0.0': {} },
      { '2.0.0': ['a', 'b'], b: ['c'], c: ['a'], elsewhere: ['d'] },
    );

    const reached = reachableFrom(tags, children);

    expect([...reached].sort()).toEqual(['1.0.0', '2.0.0', 'a', 'b', 'c'].map(digestOf).sort());
    expect(reachableFrom([], children).size).toBe(0);
  });

  it('ends where indexes list each other', () => {
    const { tags, children } = inventoryOf({ '1.0.0': {} }, { '1.0.0': ['a'], a: ['1.0.0'] });

    expect(reachableFrom(tags, children).size).toBe(2);
  });
});
