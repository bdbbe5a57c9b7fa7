import fc from 'fast-check';
import { parsePolicy } from '../../src/config/load-policy';
import { type MoveKind, MOVE_KINDS } from '../../src/core/decision';
import type { ManifestLinks } from '../../src/core/inventory';
import type { Digest, TagName } from '../../src/core/names';
import type { RetentionReplay, RetentionReplayInput } from '../../src/core/replay-data';
import type { HistoricMove } from '../../src/core/replayed-tags';
import { evaluateRetention } from '../../src/core/retention';
import type { RetentionPolicy } from '../../src/core/retention-policy';
import { replayRetention } from '../../src/core/retention-replay';
import { DEFAULT_RULES } from '../../src/core/rules';
import { seedLaws } from './arbitraries';
import { DAY_MS, digestOf, NOW, releaseOf, tagOf } from './builders';

seedLaws();

/** Builds go ten days after their move; every other tag has no rule. */
const TEN_DAYS =
  'rules: [{ class: build, match: ["sha-*"], keep: { any: [{ movedWithin: 10d }] } }]';
const NO_RELEASES =
  'rules: [{ class: release, keep: { any: [{ newest: 0 }] } }]\nclock: { minAge: 1d }';
const KEEP_ALL = 'rules: [{ class: build, match: ["*"], keep: { any: [{ always: true }] } }]';

function policyFrom(...lines: readonly string[]): RetentionPolicy {
  return parsePolicy(lines.join('\n'), 'policy.yaml').policy;
}

function dayOf(at: number): number {
  return (at - NOW) / DAY_MS;
}

/** `3 sha-1 A`: on the third day the tag is put on the digest A; on `-` it goes. A kind may follow. */
function moveFrom(line: string, index: number): HistoricMove {
  const [day = '', tag = '', to = '', kind = 'observed'] = line.split(' ');
  return {
    sequence: index + 1,
    tag: tagOf(tag),
    to: to === '-' ? null : digestOf(to),
    at: NOW + Number(day) * DAY_MS,
    kind: MOVE_KINDS.find((known) => known === kind) ?? 'observed',
  };
}

/** `{ I: ['A'] }`: the index I lists A. */
function manifestsOf(
  children: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<Digest, ManifestLinks> {
  return new Map(
    Object.entries(children).map(([index, listed]) => [
      digestOf(index),
      { children: listed.map(digestOf) },
    ]),
  );
}

type Changes = Partial<Omit<RetentionReplayInput, 'moves' | 'policy'>>;

function inputOf(
  moves: readonly string[],
  policy: RetentionPolicy,
  changes: Changes = {},
): RetentionReplayInput {
  return {
    moves: moves.map(moveFrom),
    policy,
    ...{ manifests: new Map(), inUse: [], pins: [], releases: [], withdrawnAt: new Map() },
    ...{ rules: DEFAULT_RULES, from: NOW, to: NOW + 90 * DAY_MS, approve: false },
    ...changes,
  };
}

function run(input: RetentionReplayInput): RetentionReplay {
  const steps = replayRetention(input);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

function replay(
  moves: readonly string[],
  policy: RetentionPolicy,
  changes: Changes = {},
): RetentionReplay {
  return run(inputOf(moves, policy, changes));
}

/** `11 sha-1`: the day on which the tag would have been deleted. */
function deletionsOf({ deleted }: RetentionReplay): readonly string[] {
  return deleted.map(({ at, tag }) => `${dayOf(at)} ${tag}`);
}

/** `30 sha-1 moved-to by 1.0.0, lost` */
function regretsOf({ regrets }: RetentionReplay): readonly string[] {
  return regrets.map(
    ({ neededAt, tag, kind, by, lost }) =>
      `${dayOf(neededAt)} ${tag} ${kind} by ${by.join(' ')}${lost ? ', lost' : ''}`,
  );
}

function reportOf(day: number, ...digests: readonly string[]): RetentionReplayInput['inUse'] {
  return [{ reporter: 'cluster', reportedAt: NOW + day * DAY_MS, digests: digests.map(digestOf) }];
}

describe('a replay of a retention policy', () => {
  it('of nothing has no days', () => {
    const { days, deleted } = replay([], policyFrom(TEN_DAYS));

    expect({ days, deleted }).toEqual({ days: [], deleted: [] });
  });

  it('deletes each tag on the day on which nothing keeps it any more', () => {
    const found = replay(['0 sha-1 A', '3 sha-2 B', '85 sha-3 C'], policyFrom(TEN_DAYS));

    expect(deletionsOf(found)).toEqual(['11 sha-1', '14 sha-2']);
    expect(found.deleted[0]).toMatchObject({
      digest: digestOf('A'),
      rule: 'build sha-*',
      reasons: [{ code: 'no-condition-keeps' }],
    });
    expect(found.days).toHaveLength(90);
    expect(found.days[11]).toMatchObject({ outcome: 'planned', tags: 2, planned: 1, deleted: 1 });
    expect(found.days[12]).toMatchObject({ tags: 1, planned: 0, deleted: 0 });
  });

  it('begins where the record begins', () => {
    const { from, days } = replay(['70 sha-1 A'], policyFrom(TEN_DAYS));

    expect([dayOf(from), days.length]).toEqual([70, 20]);
  });

  it('sees a tag that was deleted and pushed again as a new one', () => {
    const moves = ['0 sha-1 A', '20 sha-1 B'];

    expect(deletionsOf(replay(moves, policyFrom(TEN_DAYS)))).toEqual(['11 sha-1', '31 sha-1']);
  });

  it('does not delete what somebody else had deleted', () => {
    expect(deletionsOf(replay(['0 sha-1 A', '5 sha-1 -'], policyFrom(TEN_DAYS)))).toEqual([]);
  });

  it.each(['off', 'dry-run', 'enforce'])('takes the mode %s as a dry run', (mode) => {
    const found = replay(['0 sha-1 A'], policyFrom(`mode: ${mode}`, TEN_DAYS));

    expect(deletionsOf(found)).toEqual(['11 sha-1']);
  });

  it('stops for no report that is stale', () => {
    const policy = policyFrom(TEN_DAYS, 'protect: { inUse: { maxReportAge: 1h } }');

    expect(deletionsOf(replay(['0 sha-1 A'], policy))).toEqual(['11 sha-1']);
  });

  it('can be stopped on the way, and says how far it came', () => {
    const steps = replayRetention(inputOf(['0 sha-1 A'], policyFrom(TEN_DAYS)));
    for (let day = 0; day < 5; day += 1) steps.next();

    const { value } = steps.next(true);

    expect(value).toMatchObject({ to: NOW + 4 * DAY_MS, deleted: [] });
  });

  describe('knows on each day', () => {
    it('the targets of moving tags at that time', () => {
      const releases = ['1.0.0', '1.0.1'].map((tag, index) =>
        releaseOf(tag, { firstSeenAt: NOW + index * 20 * DAY_MS }),
      );
      const moves = [...['0 1.0.0 1.0.0', '0 latest 1.0.0', '20 1.0.1 1.0.1', '20 latest 1.0.1']];

      expect(deletionsOf(replay(moves, policyFrom(NO_RELEASES), { releases }))).toEqual([
        '20 1.0.0',
      ]);
    });

    it('the former targets of moving tags at that time', () => {
      const moves = [
        ...['0 1.0.0 A', '0 latest A', '20 1.0.1 B', '20 latest B', '40 1.0.2 C', '40 latest C'],
      ];
      const policy = policyFrom(NO_RELEASES, 'protect: { rollbackDepth: 1 }');

      expect(deletionsOf(replay(moves, policy))).toEqual(['40 1.0.0']);
    });

    it('the releases that were taken back by then', () => {
      const releases = [
        releaseOf('1.0.0', { firstSeenAt: NOW }),
        releaseOf('1.0.1', { firstSeenAt: NOW, withdrawn: 'it loses data' }),
      ];
      const moves = ['0 1.0.0 1.0.0', '0 1.0.1 1.0.1', '0 latest 1.0.1', '30 latest 1.0.0'];
      const withdrawnAt = new Map([[tagOf('1.0.1'), NOW + 30 * DAY_MS]]);
      const found = replay(moves, policyFrom(NO_RELEASES), { releases, withdrawnAt });

      expect(deletionsOf(found)).toEqual(['1 1.0.0', '30 1.0.1']);
      expect(regretsOf(found)).toEqual(['30 1.0.0 moved-to by latest, lost']);
    });

    it('the releases that are gone now and were there', () => {
      const releases = [
        releaseOf('1.0.0', { firstSeenAt: NOW }),
        releaseOf('1.0.1', { firstSeenAt: NOW, missing: true }),
      ];
      // Somebody holds latest: its owner is the next target all the same.
      const moves = ['0 1.0.0 1.0.0', '0 1.0.1 1.0.1', '0 latest 1.0.0', '50 1.0.1 -'];

      expect(replay(moves, policyFrom(NO_RELEASES), { releases }).deleted).toEqual([]);
    });

    it('the tags that there were before', () => {
      const moves = ['0 sha-1 A', '0 other B'];
      const misspelled = TEN_DAYS.replace('sha-*', 'sah-*');

      expect(replay(moves, policyFrom(TEN_DAYS)).warnings).toEqual([]);
      expect(replay(moves, policyFrom(misspelled)).warnings).toMatchObject([
        { code: 'zero-match' },
      ]);
    });

    it('what was reported in use by then', () => {
      const inUse = reportOf(15, 'B');
      const found = replay(['0 sha-1 A', '6 sha-2 B'], policyFrom(TEN_DAYS), { inUse });

      expect(deletionsOf(found)).toEqual(['11 sha-1']);
    });

    it('the pins whose time was not over', () => {
      const target = { kind: 'tag', tag: tagOf('sha-1') } as const;
      const pins = [{ target, reason: 'a barrier', expiresAt: NOW + 30 * DAY_MS }];

      expect(deletionsOf(replay(['0 sha-1 A'], policyFrom(TEN_DAYS), { pins }))).toEqual([
        '30 sha-1',
      ]);
    });
  });

  describe('regrets', () => {
    const WINDOW = 'delete: { restoreWindow: 14d }';

    it.each`
      what                               | later                               | window                                                  | regrets
      ${'a promotion'}                   | ${['40 1.0.0 A released']}          | ${WINDOW}                                               | ${['40 sha-1 moved-to by 1.0.0, lost']}
      ${'a promotion within the window'} | ${['24 1.0.0 A released']}          | ${WINDOW}                                               | ${['24 sha-1 moved-to by 1.0.0']}
      ${'the end of the window'}         | ${['25 1.0.0 A released']}          | ${WINDOW}                                               | ${['25 sha-1 moved-to by 1.0.0, lost']}
      ${'a policy without a window'}     | ${['12 1.0.0 A released']}          | ${''}                                                   | ${['12 sha-1 moved-to by 1.0.0, lost']}
      ${'a rollback'}                    | ${['40 latest A rolled-back']}      | ${WINDOW}                                               | ${['40 sha-1 rolled-back by latest, lost']}
      ${'a restore'}                     | ${['20 sha-1 A restored']}          | ${WINDOW}                                               | ${['20 sha-1 restored by sha-1']}
      ${'tags that moved together'}      | ${['40 1 A', '40 1.0 A']}           | ${WINDOW}                                               | ${['40 sha-1 moved-to by 1 1.0, lost']}
      ${'the first move only'}           | ${['40 1 A', '50 1.0 A']}           | ${WINDOW}                                               | ${['40 sha-1 moved-to by 1, lost']}
      ${'a rollback among moves'}        | ${['40 1 A', '40 2 A rolled-back']} | ${WINDOW}                                               | ${['40 sha-1 rolled-back by 1 2, lost']}
      ${'the first need only'}           | ${['40 1 A', '45 1 B', '50 1.0 A']} | ${WINDOW}                                               | ${['40 sha-1 moved-to by 1, lost']}
      ${'a move after the last day'}     | ${['89.5 1 A']}                     | ${WINDOW}                                               | ${['89.5 sha-1 moved-to by 1, lost']}
      ${'a window without restore tags'} | ${['12 1 A']}                       | ${'delete: { restoreWindow: 14d, restoreTags: false }'} | ${['12 sha-1 moved-to by 1, lost']}
      ${'nothing where another tag is'}  | ${['5 v1 A', '40 latest A']}        | ${WINDOW}                                               | ${[]}
      ${'the same tag where another is'} | ${['5 v1 A', '40 sha-1 A']}         | ${WINDOW}                                               | ${['40 sha-1 moved-to by sha-1']}
      ${'what has lost its other tag'}   | ${['5 v1 A', '30 v1 B', '40 v2 A']} | ${WINDOW}                                               | ${['40 sha-1 moved-to by v2, lost']}
      ${'nothing for a move before'}     | ${['5 v1 A', '6 v1 -']}             | ${WINDOW}                                               | ${[]}
    `('$what', (row: { later: readonly string[]; window: string; regrets: readonly string[] }) => {
      const found = replay(['0 sha-1 A', ...row.later], policyFrom(TEN_DAYS, row.window));

      expect(regretsOf(found)).toEqual(row.regrets);
    });

    it('what a report names afterwards', () => {
      const inUse = reportOf(60, 'A', 'B');
      const found = replay(['0 sha-1 A', '0 1.0.0 B'], policyFrom(TEN_DAYS), { inUse });

      expect(regretsOf(found)).toEqual(['60 sha-1 in-use by cluster, lost']);
    });

    it.each([
      { what: 'an image in it', needed: 'A', words: 'latest moved to an image that it lists' },
      { what: 'an index that lists it', needed: 'J', words: 'latest moved to an index that lists' },
    ])('what was needed for $what', ({ needed, words }) => {
      const tagged = needed === 'A' ? 'I' : 'A';
      const manifests = manifestsOf({ I: ['A'], J: ['A'] });
      const moves = [`0 sha-1 ${tagged}`, `40 latest ${needed}`];
      const { regrets } = replay(moves, policyFrom(TEN_DAYS), { manifests });

      expect(regrets).toMatchObject([{ tag: 'sha-1', lost: true }]);
      expect(regrets[0]?.text).toContain(words);
    });

    it('nothing that an index with a tag still lists', () => {
      const moves = ['0 sha-1 A', '20 1.0.0 I', '40 latest A'];
      const manifests = manifestsOf({ I: ['A'] });
      const found = replay(moves, policyFrom(TEN_DAYS), { manifests });

      // The index itself was the first to need it.
      expect(regretsOf(found)).toEqual(['20 sha-1 moved-to by 1.0.0, lost']);
    });

    it.each([
      {
        later: '40 latest A rolled-back',
        text: 'sha-1 would have been gone for 29 days when latest was rolled back to it; it could no longer have been restored',
      },
      {
        later: '11.5 1.0.0 A',
        text: 'sha-1 would have been gone for 12 hours when 1.0.0 moved to it; it could still have been restored',
      },
      {
        later: '12 sha-1 A restored',
        text: 'sha-1 would have been gone for 1 day when sha-1 was restored to it; it could still have been restored',
      },
    ])('and says: $text', ({ later, text }) => {
      const { regrets } = replay(['0 sha-1 A', later], policyFrom(TEN_DAYS, WINDOW));

      expect(regrets.map((regret) => regret.text)).toEqual([text]);
    });
  });

  describe('with a notice', () => {
    const NOTICE = 'delete: { notice: 3d }';

    it('deletes at its end', () => {
      const found = replay(['0 sha-1 A'], policyFrom(TEN_DAYS, NOTICE));

      expect(deletionsOf(found)).toEqual(['14 sha-1']);
      expect(found.days.filter(({ planned }) => planned > 0)).toHaveLength(4);
      expect(found).toMatchObject({ cancelled: 0, pending: 0 });
    });

    it('calls a deletion off when the tag moves in it', () => {
      const found = replay(['0 sha-1 A', '13 sha-1 B'], policyFrom(TEN_DAYS, NOTICE));

      expect(deletionsOf(found)).toEqual(['27 sha-1']);
      expect(found.cancelled).toBe(1);
    });

    it('calls a deletion off when something protects the tag at its end', () => {
      const inUse = reportOf(13, 'A');
      const found = replay(['0 sha-1 A'], policyFrom(TEN_DAYS, NOTICE), { inUse });

      expect(found).toMatchObject({ deleted: [], cancelled: 1, regrets: [] });
    });

    it.each([
      { notice: '12h', moved: 0.2, deleted: 1.5 },
      { notice: '1d', moved: 0.5, deleted: 2 },
    ])('of $notice begins anew when the tag moves in it', ({ notice, moved, deleted }) => {
      const none = 'rules: [{ class: build, match: ["sha-*"], keep: { any: [{ newest: 0 }] } }]';
      const policy = policyFrom(none, `delete: { notice: ${notice} }`);
      const found = replay(['0 sha-1 A', `${moved} sha-1 B`], policy);

      expect(deletionsOf(found)).toEqual([`${deleted} sha-1`]);
      expect(found.cancelled).toBe(1);
    });

    it('ends in the middle of a day', () => {
      const policy = policyFrom(TEN_DAYS, 'delete: { notice: 12h }');
      const found = replay(['0 sha-1 A'], policy);

      expect(deletionsOf(found)).toEqual(['11.5 sha-1']);
      expect(found.days[11]).toMatchObject({ planned: 1, deleted: 1 });
    });

    it('leaves open what was not over at the end', () => {
      const found = replay(['78 sha-1 A'], policyFrom(TEN_DAYS, NOTICE));

      expect(found).toMatchObject({ deleted: [], pending: 1 });
    });
  });

  describe('with a guard', () => {
    const moves = ['0 sha-1 A', '0.1 sha-2 B', '0.2 1.0.0 C'];
    const policy = policyFrom(TEN_DAYS, 'guards: { maxDelete: 1 }');

    it('deletes nothing on a day that waits for a person', () => {
      const { days, deleted } = replay(moves, policy);

      expect(deleted).toEqual([]);
      expect(days[11]).toMatchObject({
        outcome: 'needs-approval',
        reason: { code: 'max-delete' },
        ...{ planned: 2, deleted: 0 },
      });
    });

    it('deletes where plans are taken as approved', () => {
      expect(deletionsOf(replay(moves, policy, { approve: true }))).toEqual([
        '11 sha-1',
        '11 sha-2',
      ]);
    });
  });

  describe('of what describes an image', () => {
    const signature = `sha256-${digestOf('A').slice(7)}.sig`;
    const moves = ['0 sha-1 A', `0 ${signature} S`];

    it.each([
      { what: 'with it', terms: '', days: ['11 sha-1', `11 ${signature}`] },
      {
        what: 'when its window is over',
        terms: 'delete: { restoreWindow: 14d }',
        days: ['11 sha-1', `25 ${signature}`],
      },
    ])('deletes it $what', ({ terms, days }) => {
      const manifests = manifestsOf({ A: ['B'] });

      expect(deletionsOf(replay(moves, policyFrom(TEN_DAYS, terms)))).toEqual(days);
      expect(deletionsOf(replay(moves, policyFrom(TEN_DAYS, terms), { manifests }))).toEqual(days);
    });
  });

  describe('of any history', () => {
    const kind = fc.constantFrom<MoveKind>(...MOVE_KINDS);
    const history = fc
      .array(
        fc.record({
          hours: fc.nat({ max: 72 }),
          tag: fc.constantFrom(
            ...['1.0.0', '1.0.1', '1.1.0', '2.0.0-rc.1', 'latest', '1', 'sha-1', 'sha-2', 'other'],
          ),
          to: fc.option(fc.constantFrom('A', 'B', 'C', 'D', 'I'), { freq: 8 }),
          kind,
        }),
        { maxLength: 40 },
      )
      .map((steps) => {
        let at = NOW;
        return steps.map(({ hours, tag, to, kind: why }, index): HistoricMove => {
          at += hours * (DAY_MS / 24);
          const digest = to === null ? null : digestOf(to);
          return { sequence: index + 1, tag: tagOf(tag), to: digest, at, kind: why };
        });
      });
    const manifests = manifestsOf({ I: ['A', 'B'] });
    const BOTH =
      'rules: [{ class: release, keep: { any: [{ newest: 1 }] } }, { class: build, match: ["sha-*"], keep: { any: [{ movedWithin: 5d }] } }]';
    const policies = fc.constantFrom(
      policyFrom(BOTH),
      policyFrom(NO_RELEASES, 'delete: { restoreWindow: 7d }'),
      policyFrom(BOTH, 'protect: { rollbackDepth: 1 }', 'delete: { notice: 30h }'),
    );

    /** What the ledger had at a time, and the replay had left: worked out from the whole list. */
    function tagsAt(
      { moves }: RetentionReplayInput,
      { deleted }: RetentionReplay,
      at: number,
    ): readonly (readonly [TagName, Digest])[] {
      const names = new Set(moves.map(({ tag }) => tag));
      return [...names].flatMap((tag) => {
        const last = moves.findLast((move) => move.tag === tag && move.at <= at);
        const isDeleted = deleted.some(
          (one) => one.tag === tag && one.at < at && one.at >= (last?.at ?? 0),
        );
        return last?.to == null || isDeleted ? [] : [[tag, last.to] as const];
      });
    }

    it('deletes only what the evaluation of that time lets go', () => {
      fc.assert(
        fc.property(history, policies, (moves, policy) => {
          const input: RetentionReplayInput = { ...inputOf([], policy, { manifests }), moves };
          const found = run(input);

          for (const { tag, digest, at } of found.deleted) {
            const there = tagsAt(input, found, at);
            expect(there).toContainEqual([tag, digest]);
            const { decisions } = evaluateRetention({
              ...input,
              policy: { ...policy, protect: { ...policy.protect, rollbackDepth: 0 } },
              inventory: {
                manifests,
                tags: there.map(([name, on]) => ({
                  ...{ tag: name, digest: on, firstObserved: false },
                  lastMoved: moves.findLast((one) => one.tag === name && one.at <= at)?.at ?? 0,
                })),
              },
              capabilities: { tagDelete: 'works', digestDelete: 'works', provider: false },
              ...{ formerTargets: new Map(), tagsEverSeen: [], ledgerTagCount: undefined, now: at },
            });
            expect(decisions.find((one) => one.tag === tag)?.verdict).toBe('delete');
          }
        }),
      );
    });

    it('regrets only what was deleted before and needed after', () => {
      fc.assert(
        fc.property(history, policies, (moves, policy) => {
          const input: RetentionReplayInput = { ...inputOf([], policy, { manifests }), moves };
          const { deleted, regrets } = run(input);

          for (const { tag, digest, deletedAt, neededAt, by } of regrets) {
            expect(deleted).toContainEqual(expect.objectContaining({ tag, digest, at: deletedAt }));
            expect(neededAt).toBeGreaterThanOrEqual(deletedAt);
            expect(moves.some((one) => one.at === neededAt && by.includes(one.tag))).toBe(true);
          }
        }),
      );
    });

    it('deletes and regrets nothing where the policy keeps everything', () => {
      fc.assert(
        fc.property(history, (moves) => {
          const found = run({ ...inputOf([], policyFrom(KEEP_ALL), { manifests }), moves });

          expect(found).toMatchObject({ deleted: [], regrets: [], pending: 0, cancelled: 0 });
        }),
      );
    });
  });
});
