import type { DeleteForm } from '../../src/core/deletion';
import type { RetentionInventory } from '../../src/core/inventory';
import { reachableFrom, withdrawUnsafe } from '../../src/core/retention-reach';
import { digestOf, inventoryOf, tagOf } from './builders';

function withdrawn(
  inventory: RetentionInventory,
  kept: readonly string[],
  form: DeleteForm,
): Readonly<Record<string, string>> {
  const names = new Map(kept.map((tag) => [tagOf(tag), 'kept']));
  const taken = withdrawUnsafe(inventory.tags, names, inventory, form);
  return Object.fromEntries(
    [...taken].map(([tag, { verdict, reason }]) => [tag, `${verdict} ${reason.code}`]),
  );
}

describe(withdrawUnsafe.name, () => {
  it('takes nothing back that harms nobody', () => {
    const inventory = inventoryOf({ '1.0.0': {}, '1.0.1': {}, latest: { on: '1.0.1' } });

    expect(withdrawn(inventory, ['1.0.1', 'latest'], 'tag')).toEqual({});
    expect(withdrawn(inventory, ['1.0.1', 'latest'], 'digest')).toEqual({});
  });

  it.each`
    form        | expected
    ${'tag'}    | ${{}}
    ${'digest'} | ${{ '1.0.0': 'blocked shares-digest' }}
  `(
    'deletes a tag beside one that stays on its digest only by the form tag: $form',
    ({ form, expected }: { form: DeleteForm; expected: object }) => {
      const inventory = inventoryOf({ '1.0.0': { on: 'A' }, latest: { on: 'A' }, '1.0.1': {} });

      expect(withdrawn(inventory, ['latest'], form)).toEqual(expected);
    },
  );

  it('lets a digest go with all its tags', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'A' }, 'v1.0.0': { on: 'A' } });

    expect(withdrawn(inventory, [], 'digest')).toEqual({});
  });

  it.each(['tag', 'digest'] as const)('keeps children at any depth by the form %s', (form) => {
    const inventory = inventoryOf(
      { '2.0.0': {}, '1.0.0': { on: 'leaf' }, '1.0.1': { on: 'inner' }, '1.0.2': {} },
      { '2.0.0': ['inner', 'other'], inner: ['innermost'], innermost: ['leaf'] },
    );

    expect(withdrawn(inventory, ['2.0.0'], form)).toEqual({
      '1.0.0': 'keep referenced',
      '1.0.1': 'keep referenced',
    });
  });

  it('lets the children of an index go with it', () => {
    const inventory = inventoryOf({ '2.0.0': {}, '1.0.0': { on: 'leaf' } }, { '2.0.0': ['leaf'] });

    expect(withdrawn(inventory, [], 'tag')).toEqual({});
  });

  it('keeps what the index of a blocked tag lists, at any depth', () => {
    const inventory = inventoryOf(
      { latest: { on: 'A' }, '1.0.0': { on: 'A' }, '1.0.1': { on: 'leaf' }, '1.0.2': { on: 'B' } },
      { B: ['leaf'], C: ['B'], A: ['C'] },
    );

    expect(withdrawn(inventory, ['latest'], 'digest')).toEqual({
      '1.0.0': 'blocked shares-digest',
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

    expect(withdrawn(inventory, ['latest', '1.0.0'], 'digest')).toEqual({
      '1.0.1': 'blocked shares-digest',
      '1.0.2': 'keep referenced',
    });
  });

  it('names the tag whose index lists the digest', () => {
    const inventory = inventoryOf({ '2.0.0': {}, '1.0.0': { on: 'leaf' } }, { '2.0.0': ['leaf'] });

    const taken = withdrawUnsafe(
      inventory.tags,
      new Map([[tagOf('2.0.0'), 'kept']]),
      inventory,
      'tag',
    );

    expect(taken.get(tagOf('1.0.0'))?.reason.text).toBe('kept: child of 2.0.0');
  });

  it('counts the tags that Tagward wrote for itself among those that stay', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'A' }, 'tagward-restore-1': { on: 'A' } });
    const members = inventory.tags.slice(0, 1);

    const taken = withdrawUnsafe(members, new Map(), inventory, 'digest');

    expect([...taken.keys()]).toEqual(['1.0.0']);
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
