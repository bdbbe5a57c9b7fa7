import fc from 'fast-check';
import type { DeletionCapabilities } from '../../src/core/deletion';
import type { RetentionInventory } from '../../src/core/inventory';
import type { Digest } from '../../src/core/names';
import { resolveOwners } from '../../src/core/owners';
import type { Release } from '../../src/core/release';
import { evaluateRetention, findUnreachable, type RetentionInput } from '../../src/core/retention';
import type { KeepCondition, RetentionRule } from '../../src/core/retention-policy';
import { parseVersionTag } from '../../src/core/version';
import { movingTag, plainRules, prefix, seedLaws, shuffled, versionTag } from './arbitraries';
import { DAY_MS, digestOf, isDeleted, NOW, policyOf, releaseOf, tagOf } from './builders';

const RUNS = { numRuns: 300 };
seedLaws();

describe(evaluateRetention.name, () => {
  const DIGESTS = Array.from('ABCDEFGHIJKLMNOPQRST', digestOf);
  const LAST = DIGESTS.length - 1;
  /** Few minors with many patches, so that most releases own nothing. */
  const patch = fc
    .tuple(prefix, fc.constantFrom('1.0', '1.0', '1.1', '2.0'), fc.nat({ max: 9 }))
    .map(([v, minor, number]) => `${v}${minor}.${number}`);
  const tagName = fc.oneof(
    { weight: 12, arbitrary: patch },
    { weight: 2, arbitrary: versionTag },
    { weight: 1, arbitrary: movingTag },
    {
      weight: 1,
      arbitrary: fc.constantFrom('nightly', '1.0.0-amd64', 'tagward-restore-1', '20260805'),
    },
  );
  const inventoryTag = fc.record({
    tag: tagName.map(tagOf),
    digest: fc.constantFrom(...DIGESTS),
    lastMoved: fc.option(
      fc.nat({ max: 200 }).map((days) => NOW - days * DAY_MS),
      { freq: 12 },
    ),
    firstObserved: fc.nat({ max: 11 }).map((number) => number === 0),
  });
  /** An index lists digests that come after it, so nothing lists itself. */
  const children = fc
    .array(fc.tuple(fc.nat({ max: LAST }), fc.nat({ max: LAST })), { maxLength: 8 })
    .map((pairs) => {
      const listed = new Map<Digest, readonly Digest[]>();
      for (const [from, to] of pairs) {
        const [index, child] = [DIGESTS[Math.min(from, to)], DIGESTS[Math.max(from, to)]];
        if (index === undefined || child === undefined || index === child) continue;
        listed.set(index, [...(listed.get(index) ?? []), child]);
      }
      return listed;
    });
  const inventory: fc.Arbitrary<RetentionInventory> = fc.record({
    tags: fc.uniqueArray(inventoryTag, { selector: ({ tag }) => tag, minLength: 4, maxLength: 16 }),
    children,
  });
  const count = fc.nat({ max: 3 });
  const condition: fc.Arbitrary<KeepCondition> = fc.oneof(
    fc.record({ kind: fc.constant('newest'), count }),
    fc.record({ kind: fc.constant('newest-patches'), count }),
    fc.record({ kind: fc.constant('newest-minors'), count }),
    fc.record({
      kind: fc.constant('moved-within'),
      ms: fc.nat({ max: 100 }).map((days) => days * DAY_MS),
    }),
  );
  const rule: fc.Arbitrary<RetentionRule> = fc.record({
    class: fc.constant('release'),
    combine: fc.constantFrom('any', 'all'),
    conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
  });
  const capabilities: fc.Arbitrary<DeletionCapabilities> = fc.constantFrom(
    { tagDelete: 'works', digestDelete: 'works', provider: false },
    { tagDelete: 'works', digestDelete: 'unproven', provider: false },
    { tagDelete: 'unsupported', digestDelete: 'works', provider: false },
    { tagDelete: 'unsupported', digestDelete: 'works', provider: false },
    { tagDelete: 'unsupported', digestDelete: 'disabled', provider: false },
  );
  const retentionInput: fc.Arbitrary<RetentionInput> = fc
    .record({
      retentionRules: fc.array(rule, { minLength: 1, maxLength: 2 }),
      rules: plainRules,
      inventory,
      capabilities,
      announced: fc.subarray(['1.0.0', '1.0.9', '1.1.1', '2.0.3']),
      gone: fc.uniqueArray(patch, { maxLength: 3 }),
    })
    .map(({ retentionRules, announced, gone, ...input }) => ({
      ...input,
      policy: policyOf(...retentionRules),
      releases: ledgerOf(input.inventory, announced, gone),
      now: NOW,
    }));

  /** Knows the releases of the inventory, and some that are gone. */
  function ledgerOf(
    { tags }: RetentionInventory,
    announced: readonly string[],
    gone: readonly string[],
  ): readonly Release[] {
    const present = tags
      .filter(({ tag }) => parseVersionTag(tag).kind === 'version')
      .map(({ tag, digest: on }) =>
        releaseOf(tag, { digest: on, announcedPrerelease: announced.includes(tag) }),
      );
    const known = new Set<string>(present.map(({ tag }) => tag));
    const missing = gone.filter((tag) => !known.has(tag));
    return [...present, ...missing.map((tag) => releaseOf(tag, { missing: true }))];
  }

  function deletedOf(input: RetentionInput): readonly string[] {
    return evaluateRetention(input)
      .filter(isDeleted)
      .map(({ tag }) => tag)
      .sort();
  }

  function verdictsOf(input: RetentionInput): readonly string[] {
    return evaluateRetention(input)
      .map(({ tag, verdict, form }) => `${tag} ${verdict} ${form ?? ''}`)
      .sort();
  }

  /** All digests below one, found by following every path. */
  function below(digestAbove: Digest, listed: RetentionInventory['children']): readonly Digest[] {
    const direct = listed.get(digestAbove) ?? [];
    return [...direct, ...direct.flatMap((child) => below(child, listed))];
  }

  function stayingOf(input: RetentionInput): RetentionInventory['tags'] {
    const deleted = new Set(deletedOf(input));
    return input.inventory.tags.filter(({ tag }) => !deleted.has(tag));
  }

  it('deletes something in most repositories', () => {
    const deleting = fc
      .sample(retentionInput, { numRuns: 500, seed: 1 })
      .filter((input) => deletedOf(input).length > 0);

    expect(deleting.length).toBeGreaterThan(200);
  });

  it('decides on every tag but the internal ones, in the order of the inventory', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const external = input.inventory.tags.filter(({ tag }) => !tag.startsWith('tagward-'));

        expect(evaluateRetention(input).map(({ tag }) => tag)).toEqual(
          external.map(({ tag }) => tag),
        );
      }),
      RUNS,
    );
  });

  it('deletes releases only, never a moving tag, its target or what will be its target', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const isMoving = (tag: string): boolean => /^(?:latest|v?\d+(?:\.\d+)?)$/.test(tag);
        const targets = new Set(
          input.inventory.tags.filter(({ tag }) => isMoving(tag)).map((one) => one.digest),
        );
        const { lines } = resolveOwners(input.releases, input.rules, NOW);
        const owners = new Set(Array.from(lines.values(), ({ owner }) => owner?.tag));

        for (const { tag, digest: on } of evaluateRetention(input).filter(isDeleted)) {
          expect(tag).toMatch(/^v?\d+\.\d+\.\d+$/);
          expect(targets.has(on)).toBe(false);
          expect(owners.has(tagOf(tag))).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('never deletes a child of an index that stays', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const needed = new Set(
          stayingOf(input).flatMap(({ digest: on }) => below(on, input.inventory.children)),
        );

        for (const { digest: on } of evaluateRetention(input).filter(isDeleted)) {
          expect(needed.has(on)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('deletes by the digest only what shares it with no tag that stays', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const staying = new Set(stayingOf(input).map(({ digest: on }) => on));
        const byDigest = evaluateRetention(input).filter(({ form }) => form === 'digest');

        expect(byDigest.filter(({ digest: on }) => staying.has(on))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('deletes nothing whose age is not known for sure', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const deleted = new Set(deletedOf(input));
        const uncertain = input.inventory.tags.filter(
          ({ lastMoved, firstObserved }) => lastMoved === null || firstObserved,
        );

        expect(uncertain.filter(({ tag }) => deleted.has(tag))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('decides the same for any order of tags, releases, rules and conditions', () => {
    const twoOrders = retentionInput.chain((input) =>
      fc.record({
        input: fc.constant(input),
        tags: shuffled(input.inventory.tags),
        mixedReleases: shuffled(input.releases),
        mixedRules: shuffled(
          input.policy.rules.map((one) => ({ ...one, conditions: one.conditions.toReversed() })),
        ),
      }),
    );

    fc.assert(
      fc.property(twoOrders, ({ input, tags, mixedReleases, mixedRules }) => {
        const mixed = {
          ...input,
          releases: mixedReleases,
          policy: policyOf(...mixedRules),
          inventory: { ...input.inventory, tags },
        };

        expect(verdictsOf(mixed)).toEqual(verdictsOf(input));
      }),
      RUNS,
    );
  });

  it('deletes nothing more when it is asked again after the deletion', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const deleted = new Set(deletedOf(input));

        const again = {
          ...input,
          inventory: { ...input.inventory, tags: stayingOf(input) },
          releases: input.releases.map((one) => ({
            ...one,
            missing: one.missing || deleted.has(one.tag),
          })),
        };

        expect(deletedOf(again)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('deletes no more when a rule of any gets another condition', () => {
    fc.assert(
      fc.property(retentionInput, condition, (input, more) => {
        const [first, ...others] = input.policy.rules;
        if (first === undefined) return;
        const any: RetentionRule = { ...first, combine: 'any' };
        const wider: RetentionRule = { ...any, conditions: [...any.conditions, more] };

        const before = deletedOf({ ...input, policy: policyOf(any, ...others) });
        const after = deletedOf({ ...input, policy: policyOf(wider, ...others) });

        expect(before).toEqual(expect.arrayContaining([...after]));
      }),
      RUNS,
    );
  });

  it('deletes no less when a rule of all loses a condition it had', () => {
    fc.assert(
      fc.property(retentionInput, condition, (input, more) => {
        const [first] = input.policy.rules;
        if (first === undefined) return;
        const all: RetentionRule = { ...first, combine: 'all' };
        const stricter: RetentionRule = { ...all, conditions: [...all.conditions, more] };

        const before = deletedOf({ ...input, policy: policyOf(all) });
        const after = deletedOf({ ...input, policy: policyOf(stricter) });

        expect(after).toEqual(expect.arrayContaining([...before]));
      }),
      RUNS,
    );
  });

  it('finds unreachable exactly what no tag that stays reaches', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const { tags, children: listed } = input.inventory;
        const reachedBy = (some: RetentionInventory['tags']): readonly Digest[] =>
          some.flatMap(({ digest: on }) => [on, ...below(on, listed)]);
        const staying = reachedBy(stayingOf(input));

        const unreachable = findUnreachable(input.inventory, evaluateRetention(input));

        expect(unreachable.filter((one) => staying.includes(one))).toEqual([]);
        expect([...unreachable].sort()).toEqual(
          [...new Set(reachedBy(tags).filter((one) => !staying.includes(one)))].sort(),
        );
      }),
      RUNS,
    );
  });
});
