import fc from 'fast-check';
import { isInForce } from '../../src/core/hold';
import { restoreTagOf } from '../../src/core/internal-tags';
import type { InventoryTag, RetentionInventory } from '../../src/core/inventory';
import { isMovingTagShape } from '../../src/core/moving-tags';
import type { Digest } from '../../src/core/names';
import { resolveOwners } from '../../src/core/owners';
import { evaluateRetention, type RetentionInput } from '../../src/core/retention';
import { isDeleted, type RetentionDecision } from '../../src/core/retention-decision';
import type { RetentionRule } from '../../src/core/retention-policy';
import { tagGlob } from '../../src/core/tag-pattern';
import { seedLaws, shuffled } from './arbitraries';
import { DAY_MS, NOW } from './builders';
import { anyCondition, pin, report, retentionInputs } from './retention-arbitraries';

const RUNS = { numRuns: 1000 };
seedLaws();

type Manifests = RetentionInventory['manifests'];

function deletionsIn(input: RetentionInput): readonly RetentionDecision[] {
  return evaluateRetention(input).decisions.filter(isDeleted);
}

function deletedOf(input: RetentionInput): readonly string[] {
  return deletionsIn(input).map(({ tag }) => tag);
}

function stayingOf(input: RetentionInput): readonly InventoryTag[] {
  const deleted = new Set(deletedOf(input));
  return input.inventory.tags.filter(({ tag }) => !deleted.has(tag));
}

function isInternal({ tag }: { readonly tag: string }): boolean {
  return tag.startsWith('tagward-');
}

/** All digests below one, found by following every path. */
function below(digest: Digest, manifests: Manifests): readonly Digest[] {
  const direct = manifests.get(digest)?.children ?? [];
  return [...direct, ...direct.flatMap((child) => below(child, manifests))];
}

function reachedBy(
  tags: readonly Pick<InventoryTag, 'digest'>[],
  manifests: Manifests,
): ReadonlySet<Digest> {
  return new Set(tags.flatMap(({ digest }) => [digest, ...below(digest, manifests)]));
}

/** The same with whatever describes it, as a registry lists it. */
function referredTo(
  tags: readonly Pick<InventoryTag, 'digest'>[],
  manifests: Manifests,
): ReadonlySet<Digest> {
  const found = reachedBy(tags, manifests);
  const describing = [...manifests].flatMap(([digest, { subject }]) =>
    subject !== undefined && found.has(subject) && !found.has(digest) ? [{ digest }] : [],
  );
  if (describing.length === 0) return found;
  return referredTo([...tags, ...describing], manifests);
}

/** What is pinned or in use now, by digest. */
function neededIn({ pins, inUse, now }: RetentionInput): readonly Digest[] {
  const pinned = pins.flatMap((one) =>
    one.target.kind === 'digest' && isInForce(one, now) ? [one.target.digest] : [],
  );
  return [...pinned, ...inUse.flatMap(({ digests }) => digests)];
}

/** Everything that is said about each tag, and about the whole. */
function told(input: RetentionInput): object {
  const { decisions, unreachable, ...others } = evaluateRetention(input);
  const sorted = decisions.toSorted((left, right) => (left.tag < right.tag ? -1 : 1));
  return { ...others, decisions: sorted, unreachable: unreachable.toSorted() };
}

/** The repository when everything that may go is gone; what may come back has a restore tag. */
function afterwards(input: RetentionInput): RetentionInput {
  const { inventory, policy, releases } = input;
  const [staying, deleted] = [stayingOf(input), new Set(deletedOf(input))];
  const restorable = policy.deletion.restoreWindowMs > 0;
  const on = new Set(staying.map(({ digest }) => digest));
  const lost = inventory.tags.filter(({ tag, digest }) => deleted.has(tag) && !on.has(digest));
  const restoreTags = new Map(
    lost.map(({ digest }) => [
      restoreTagOf(digest),
      { tag: restoreTagOf(digest), digest, lastMoved: NOW, firstObserved: false },
    ]),
  );
  const tags = restorable ? [...staying, ...restoreTags.values()] : staying;
  const before = reachedBy(inventory.tags, inventory.manifests);
  const after = referredTo(tags, inventory.manifests);
  const manifests = new Map(
    [...inventory.manifests].filter(([digest]) => !before.has(digest) || after.has(digest)),
  );
  return {
    ...input,
    inventory: { tags, manifests },
    releases: releases.map((one) => ({ ...one, missing: one.missing || deleted.has(one.tag) })),
  };
}

/** Holds for every repository and every policy. */
function law(check: (input: RetentionInput) => void): void {
  fc.assert(fc.property(retentionInputs, check), RUNS);
}

describe(evaluateRetention.name, () => {
  it('deletes something in many repositories, in every form, and in every class', () => {
    const inputs = fc.sample(retentionInputs, { numRuns: 1000, seed: 1 });
    const deletions = inputs.map(deletionsIn);
    const codes = new Set(
      deletions.flat().flatMap(({ reasons }) => reasons.map((one) => one.code)),
    );

    expect(deletions.filter((some) => some.length > 0).length).toBeGreaterThan(200);
    expect(codes).toEqual(new Set(['no-condition-keeps', 'dropped-after-release', 'subject-gone']));
    expect(new Set(deletions.flat().map(({ form }) => form))).toEqual(
      new Set(['tag', 'provider', 'digest', 'batch-dummy']),
    );
  });

  it('decides on every tag but the internal ones, with a reason, in the order of the inventory', () => {
    law((input) => {
      const { decisions } = evaluateRetention(input);
      const external = input.inventory.tags.filter((one) => !isInternal(one));

      expect(decisions.map(({ tag }) => tag)).toEqual(external.map(({ tag }) => tag));
      expect(decisions.filter(({ reasons }) => reasons.length === 0)).toEqual([]);
      expect(decisions.filter((one) => isDeleted(one) !== (one.form !== undefined))).toEqual([]);
    });
  });

  it('says the same in any order of tags, manifests, rules, pins, reports and releases', () => {
    const orders = retentionInputs.chain((input) =>
      fc.record({
        input: fc.constant(input),
        tags: shuffled(input.inventory.tags),
        manifests: shuffled([...input.inventory.manifests]),
        rules: shuffled(input.policy.rules),
        pins: shuffled(input.pins),
        inUse: shuffled(input.inUse),
        releases: shuffled(input.releases),
        formerTargets: shuffled([...input.formerTargets]),
      }),
    );

    fc.assert(
      fc.property(orders, ({ input, tags, manifests, rules, formerTargets, ...others }) => {
        const mixed = {
          ...input,
          ...others,
          policy: { ...input.policy, rules },
          inventory: { tags, manifests: new Map(manifests) },
          formerTargets: new Map(formerTargets),
        };

        expect(told(mixed)).toEqual(told(input));
      }),
      RUNS,
    );
  });

  it('deletes nothing more when it is asked again after the deletion', () => {
    law((given) => {
      const input = { ...given, ledgerTagCount: undefined };
      const { warnings, decisions } = evaluateRetention(input);
      // What suspended a rule may be among what another rule let go.
      if (warnings.some(({ code }) => code === 'same-timestamp')) return;
      // An index may be in the way of what it lists, and gone the next time.
      if (decisions.some(({ verdict }) => verdict === 'blocked')) return;

      expect(deletedOf(afterwards(input))).toEqual([]);
    });
  });

  describe('deletes no more', () => {
    function expectNoMore(input: RetentionInput, changes: Partial<RetentionInput>): void {
      const before = new Set(deletedOf(input));

      expect(deletedOf({ ...input, ...changes }).filter((tag) => !before.has(tag))).toEqual([]);
    }

    it('when something is pinned as well', () => {
      fc.assert(
        fc.property(retentionInputs, pin, (input, more) => {
          expectNoMore(input, { pins: [...input.pins, more] });
        }),
        RUNS,
      );
    });

    it('when a digest is in use as well', () => {
      fc.assert(
        fc.property(retentionInputs, report, (input, more) => {
          const inUse = [...input.inUse, { ...more, reporter: 'more', reportedAt: NOW }];
          // Where no report means no run, the first one lets it run.
          const protect = { ...input.policy.protect, maxReportAgeMs: undefined };
          const known = { ...input, policy: { ...input.policy, protect } };

          expectNoMore(known, { inUse });
        }),
        RUNS,
      );
    });

    it('when a name is protected as well', () => {
      fc.assert(
        fc.property(retentionInputs, fc.nat({ max: 17 }), (input, place) => {
          const name = input.inventory.tags[place]?.tag ?? 'sha-*';
          const tags = [...input.policy.protect.tags, tagGlob(name)];
          const protect = { ...input.policy.protect, tags };

          expectNoMore(input, { policy: { ...input.policy, protect } });
        }),
        RUNS,
      );
    });

    it('when a rule of any gets another condition', () => {
      fc.assert(
        fc.property(retentionInputs, anyCondition, (input, more) => {
          const [first, ...others] = input.policy.rules;
          if (first === undefined) return;
          const any: RetentionRule = { ...first, combine: 'any' };
          const wider: RetentionRule = { ...any, conditions: [...any.conditions, more] };
          const withRules = (...rules: readonly RetentionRule[]): RetentionInput['policy'] => {
            return { ...input.policy, rules };
          };

          expectNoMore(
            { ...input, policy: withRules(any, ...others) },
            { policy: withRules(wider, ...others) },
          );
        }),
        RUNS,
      );
    });

    it('when a rule of all loses a condition', () => {
      fc.assert(
        fc.property(retentionInputs, anyCondition, (input, more) => {
          const [first, ...others] = input.policy.rules;
          if (first === undefined || more.kind === 'moved-within') return;
          const all: RetentionRule = { ...first, combine: 'all' };
          const stricter: RetentionRule = { ...all, conditions: [...all.conditions, more] };

          expectNoMore(
            { ...input, policy: { ...input.policy, rules: [stricter, ...others] } },
            { policy: { ...input.policy, rules: [all, ...others] } },
          );
        }),
        RUNS,
      );
    });

    it('when there is a longer way back', () => {
      law((input) => {
        const { protect } = input.policy;
        const deeper = { ...protect, rollbackDepth: protect.rollbackDepth + 1 };

        expectNoMore(input, { policy: { ...input.policy, protect: deeper } });
      });
    });
  });

  it('never deletes a moving tag, nor a version on its target or on what will be its target', () => {
    law((input) => {
      const { tags } = input.inventory;
      const noLevel = input.rules.versionPrefix === 'strip' ? /^v\d/ : /^$/;
      const moving = tags.filter(
        ({ tag }) => isMovingTagShape(tag, input.rules) && !noLevel.test(tag),
      );
      const present = new Set(moving.map(({ tag }) => tag));
      const { lines } = resolveOwners(input.releases, input.rules, NOW);
      const owners = [...lines.values()].flatMap(({ tag, owner }) =>
        owner !== undefined && present.has(tag) ? [owner.digest] : [],
      );
      const targets = new Set([...moving.map(({ digest }) => digest), ...owners]);

      for (const { tag, digest, reasons } of deletionsIn(input)) {
        expect(present.has(tag)).toBe(false);
        const isVersion = /^v?\d+\.\d+\.\d+(?:[-_](?:rc|beta|7)|$)/.test(tag);
        const isDependant = reasons.some(({ code }) => code === 'subject-gone');
        expect(isVersion && !isDependant && targets.has(digest)).toBe(false);
      }
    });
  });

  it('never takes away the way back of a moving tag', () => {
    law((input) => {
      const { rollbackDepth } = input.policy.protect;
      const former = [...input.formerTargets.values()].flatMap((some) =>
        some.slice(0, rollbackDepth),
      );
      const staying = new Set(stayingOf(input).map(({ digest }) => digest));
      const had = new Set(
        evaluateRetention(input)
          .decisions.filter(({ reasons }) => !reasons.some(({ code }) => code === 'subject-gone'))
          .map(({ digest }) => digest),
      );

      expect(former.filter((digest) => had.has(digest) && !staying.has(digest))).toEqual([]);
    });
  });

  it('never deletes what a tag that stays or a needed digest lists at any depth', () => {
    law((input) => {
      const { manifests } = input.inventory;
      const needed = neededIn(input).map((digest) => ({ digest }));
      const listed = new Set(
        [...stayingOf(input), ...needed].flatMap(({ digest }) => below(digest, manifests)),
      );

      expect(deletionsIn(input).filter(({ digest }) => listed.has(digest))).toEqual([]);
    });
  });

  it('never deletes a tag from which a needed digest can be reached', () => {
    law((input) => {
      const needed = new Set(neededIn(input));
      const pinned = new Set(
        input.pins.flatMap((one) =>
          one.target.kind === 'tag' && isInForce(one, NOW) ? [one.target.tag] : [],
        ),
      );
      const wrong = deletionsIn(input).filter(
        ({ tag, digest }) =>
          pinned.has(tag) ||
          [digest, ...below(digest, input.inventory.manifests)].some((one) => needed.has(one)),
      );

      expect(wrong).toEqual([]);
    });
  });

  it('never deletes what describes something that stays', () => {
    law((input) => {
      const { manifests } = input.inventory;
      const needed = neededIn(input).map((digest) => ({ digest }));
      const living = reachedBy([...stayingOf(input), ...needed], manifests);
      const subjectOf = ({ tag, digest }: RetentionDecision): Digest | undefined => {
        const [, hex] = /^sha256-([0-9a-f]{64})/.exec(tag) ?? [];
        const named = hex === undefined ? undefined : `sha256:${hex}`;
        const subject = manifests.get(digest)?.subject;
        return subject ?? [...living].find((one) => one === named);
      };
      const wrong = deletionsIn(input).filter((decision) => {
        const subject = subjectOf(decision);
        return subject !== undefined && living.has(subject);
      });

      expect(wrong).toEqual([]);
    });
  });

  it('deletes nothing without a rule, except what describes something that is gone', () => {
    law((input) => {
      for (const { rule, reasons } of deletionsIn(input)) {
        const codes = reasons.map(({ code }) => code);
        expect(rule !== undefined || codes.join(' ') === 'subject-gone').toBe(true);
        expect(codes.includes('subject-gone') && rule !== undefined).toBe(false);
      }
    });
  });

  it('deletes nothing whose age is not known for sure, or that is too young', () => {
    law((input) => {
      const deleted = new Set(deletedOf(input));
      const uncertain = input.inventory.tags.filter(
        ({ lastMoved, firstObserved }) =>
          lastMoved === null || firstObserved || NOW - lastMoved < input.policy.minAgeMs,
      );

      expect(uncertain.filter(({ tag }) => deleted.has(tag))).toEqual([]);
    });
  });

  it('deletes by the digest only what goes with all its tags, for good, and is listed nowhere', () => {
    law((input) => {
      const staying = new Set(stayingOf(input).map(({ digest }) => digest));
      const listed = new Set(
        [...input.inventory.manifests.values()].flatMap(({ children }) => children),
      );
      const decisions = deletionsIn(input);
      const byDigest = decisions.filter(({ form }) => form === 'digest');

      expect(byDigest.filter(({ digest }) => staying.has(digest) || listed.has(digest))).toEqual(
        [],
      );
      expect(byDigest.length > 0 && input.policy.deletion.restoreWindowMs > 0).toBe(false);
      for (const { digest } of byDigest) {
        const forms = decisions.filter((one) => one.digest === digest).map(({ form }) => form);
        expect(new Set(forms)).toEqual(new Set(['digest']));
      }
    });
  });

  it('finds unreachable exactly what no tag that stays reaches', () => {
    law((input) => {
      const { tags, manifests } = input.inventory;
      const reached = (some: readonly InventoryTag[]): ReadonlySet<Digest> =>
        reachedBy(
          some.filter((one) => !isInternal(one)),
          manifests,
        );
      const after = reached(stayingOf(input));

      const { unreachable } = evaluateRetention(input);

      expect(unreachable.toSorted()).toEqual(
        [...reached(tags)].filter((digest) => !after.has(digest)).sort(),
      );
    });
  });

  it('plans only what all limits hold, and names every limit that does not', () => {
    law((input) => {
      const { outcome, reason, breaches, decisions } = evaluateRetention(input);
      const { maxDelete, maxDeletePercent, minRemaining, approveAbove } = input.policy.guards;
      const [deletions, all] = [decisions.filter(isDeleted).length, decisions.length];
      const broken = [
        deletions > (maxDelete ?? Infinity) ? ['max-delete'] : [],
        deletions > ((maxDeletePercent ?? Infinity) * all) / 100 ? ['max-delete-percent'] : [],
        all - deletions < (minRemaining ?? 0) ? ['min-remaining'] : [],
        deletions > (approveAbove ?? Infinity) ? ['approve-above'] : [],
      ].flat();

      expect(breaches.map(({ code }) => code)).toEqual(deletions === 0 ? [] : broken);
      expect(outcome === 'planned').toBe(reason === undefined);
      expect(outcome === 'needs-approval' && reason !== breaches[0]).toBe(false);
      expect(outcome === 'planned' && breaches.length > 0).toBe(false);
    });
  });

  it('keeps everything and plans nothing where it was stopped', () => {
    law((input) => {
      const stopped = { ...input, ledgerTagCount: 1000 };
      const { outcome, reason, decisions, unreachable } = evaluateRetention(stopped);

      expect({ outcome, code: reason?.code, unreachable }).toEqual({
        ...{ outcome: 'aborted', code: 'inventory-drop', unreachable: [] },
      });
      expect(decisions.every(({ verdict }) => verdict === 'keep')).toBe(true);
    });
  });

  it('runs on reports that are young enough only', () => {
    law((input) => {
      const protect = { ...input.policy.protect, maxReportAgeMs: 3 * DAY_MS - 1 };
      const { outcome } = evaluateRetention({
        ...input,
        ledgerTagCount: undefined,
        policy: { ...input.policy, protect },
      });
      const isFresh =
        input.inUse.length > 0 && input.inUse.every(({ reportedAt }) => reportedAt === NOW);

      expect(outcome === 'skipped').toBe(!isFresh);
    });
  });
});
