import type { DeletionCapabilities } from '../../src/core/deletion';
import { evaluateRetention, type RetentionInput } from '../../src/core/retention';
import { isDeleted, type RetentionDecision } from '../../src/core/retention-decision';
import { DEFAULT_RULES } from '../../src/core/rules';
import { tagGlob } from '../../src/core/tag-pattern';
import {
  buildRuleOf,
  DAY_MS,
  dependantTagOf,
  digestOf,
  digestPin,
  inventoryOf,
  KEEP_NOTHING,
  NOW,
  policyOf,
  releaseOf,
  retentionInput,
  ruleOf,
  rulesWith,
  tagPin,
  type TagSpec,
} from './builders';

type Verdicts = Readonly<Record<string, string>>;

function evaluate(
  tags: Readonly<Record<string, TagSpec>>,
  changes: Partial<RetentionInput> = {},
): Verdicts {
  const input = retentionInput({ inventory: inventoryOf(tags), ...changes });
  return verdictsOf(evaluateRetention(input).decisions);
}

/** The verdict on each tag, with its first reason. */
function verdictsOf(decisions: readonly RetentionDecision[]): Verdicts {
  return Object.fromEntries(
    decisions.map(({ tag, verdict, reasons }) => [tag, `${verdict} ${reasons[0]?.code ?? ''}`]),
  );
}

function deletedOf(
  tags: Readonly<Record<string, TagSpec>>,
  changes: Partial<RetentionInput>,
): readonly string[] {
  const inventory = inventoryOf(tags);
  const { decisions } = evaluateRetention(retentionInput({ inventory, ...changes }));
  return decisions.filter(isDeleted).map(({ tag }) => tag);
}

/** Distribution 2.8: it deletes manifests, and does not know the form for tags. */
const DIGESTS_ONLY: DeletionCapabilities = {
  tagDelete: 'unsupported',
  digestDelete: 'works',
  provider: false,
};

const FIXTURE_R: Readonly<Record<string, TagSpec>> = {
  ...{ '1.4.0': { on: 'A', ageDays: 200 }, '1.4.1': { on: 'B', ageDays: 190 } },
  ...{ '1.4.2': { on: 'C', ageDays: 180 }, '1.4': { on: 'C', ageDays: 180 } },
  ...{ '1.5.0': { on: 'D', ageDays: 100 }, '1.5.1': { on: 'E', ageDays: 40 } },
  ...{ '1.5': { on: 'E', ageDays: 40 }, '1': { on: 'E', ageDays: 40 } },
  ...{ '2.0.0-rc.1': { on: 'F', ageDays: 35 }, '2.0.0-rc.2': { on: 'G', ageDays: 32 } },
  ...{ '2.0.0': { on: 'H', ageDays: 30 }, '2.0.1': { on: 'I', ageDays: 5 } },
  ...{ '2.0': { on: 'I', ageDays: 5 }, '2': { on: 'I', ageDays: 5 } },
  ...{ latest: { on: 'I', ageDays: 5 }, 'sha-aaa': { on: 'I', ageDays: 5 } },
  ...{ 'sha-bbb': { on: 'J', ageDays: 60 }, 'pr-17': { on: 'K', ageDays: 20 } },
  ...{ nightly: { on: 'L', ageDays: 90 } },
};
const POLICY_P0 = policyOf(
  ruleOf(
    { kind: 'newest-patches', count: 1 },
    { kind: 'newest', count: 3 },
    { kind: 'moved-within', ms: 30 * DAY_MS },
  ),
);

describe(evaluateRetention.name, () => {
  it('lets a release go that nothing keeps, and says how', () => {
    const { decisions } = evaluateRetention(
      retentionInput({ inventory: inventoryOf({ '1.0.0': {} }) }),
    );

    expect(decisions).toEqual([
      {
        tag: '1.0.0',
        digest: digestOf('1.0.0'),
        verdict: 'delete',
        form: 'tag',
        rule: 'release',
        reasons: [{ code: 'no-condition-keeps', text: 'deleted: no condition keeps it' }],
      },
    ]);
  });

  it('decides nothing about an empty repository', () => {
    expect(evaluateRetention(retentionInput({}))).toEqual({
      ...{ outcome: 'planned', breaches: [], warnings: [], decisions: [], unreachable: [] },
    });
  });

  it('keeps everything without a rule', () => {
    expect(evaluate({ '1.0.0': {}, '1.0.1': {} }, { policy: policyOf() })).toEqual({
      '1.0.0': 'keep no-rule',
      '1.0.1': 'keep no-rule',
    });
  });

  it('has rules for what is no release only where they say so', () => {
    const tags = {
      ...{ '1.0.0': {}, '1.0.1-rc.1': {}, nightly: {}, '1.0.0-alpine': {} },
      ...{ '9.9': {}, latest: {}, [dependantTagOf('A')]: {}, 'tagward-restore-1': {} },
    };

    expect(evaluate(tags)).toEqual({
      '1.0.0': 'delete no-condition-keeps',
      '1.0.1-rc.1': 'keep no-rule',
      nightly: 'keep no-rule',
      '1.0.0-alpine': 'keep no-rule',
      '9.9': 'keep moving-tag',
      latest: 'keep moving-tag',
      [dependantTagOf('A')]: 'delete subject-gone',
    });
    const everything = buildRuleOf(['*'], { kind: 'newest', count: 0 });
    expect(evaluate(tags, { policy: policyOf(everything) })).toEqual({
      ...{ '1.0.0': 'delete no-condition-keeps', '1.0.1-rc.1': 'delete no-condition-keeps' },
      ...{ nightly: 'delete no-condition-keeps', '1.0.0-alpine': 'delete no-condition-keeps' },
      ...{ '9.9': 'keep moving-tag', latest: 'keep moving-tag' },
      [dependantTagOf('A')]: 'delete subject-gone',
    });
  });

  it('says why each class is kept', () => {
    const tags = { latest: {}, '1.0.0-rc.1': {}, nightly: {} };

    const { decisions } = evaluateRetention(retentionInput({ inventory: inventoryOf(tags) }));

    expect(decisions.map(({ reasons }) => reasons[0]?.text)).toEqual([
      'kept: a moving tag is never pruned',
      'kept: no rule is about it',
      'kept: no rule is about it',
    ]);
  });

  it('takes a tag whose manifest describes another one for its dependant, whatever its name', () => {
    const inventory = inventoryOf(
      { '1.0.0': { on: 'A' }, 'sbom-1': { on: 'S' }, '2.0.0': { on: 'T' } },
      {},
      { S: 'A', T: 'gone' },
    );

    expect(verdictsOf(evaluateRetention(retentionInput({ inventory })).decisions)).toEqual({
      '1.0.0': 'delete no-condition-keeps',
      'sbom-1': 'delete subject-gone',
      '2.0.0': 'delete subject-gone',
    });
  });

  it('keeps what any rule keeps, in any order of the rules', () => {
    const rules = [KEEP_NOTHING, ruleOf({ kind: 'newest', count: 1 })];

    for (const order of [rules, rules.toReversed()]) {
      expect(evaluate({ '1.0.0': {}, '1.0.1': {} }, { policy: policyOf(...order) })).toEqual({
        '1.0.0': 'delete no-condition-keeps',
        '1.0.1': 'keep kept-by-rule',
      });
    }
  });

  it('names the rule that decided, and none where a protection did', () => {
    const policy = policyOf(
      KEEP_NOTHING,
      buildRuleOf(['sha-*', 'pr-*'], { kind: 'newest', count: 1 }),
    );
    const tags = { '1.0.0': {}, '1.0': { on: '1.0.0' }, '1.0.1': {}, 'sha-a': {}, 'pr-1': {} };
    const inventory = inventoryOf(tags);
    const { decisions } = evaluateRetention(retentionInput({ inventory, policy }));

    expect(decisions.map(({ tag, rule }) => [tag, rule])).toEqual([
      ...[['1.0.0', undefined] as const, ['1.0', undefined] as const],
      ...[
        ['1.0.1', 'release'],
        ['sha-a', 'build sha-*, pr-*'],
        ['pr-1', 'build sha-*, pr-*'],
      ],
    ]);
  });

  it('counts only stable releases', () => {
    const policy = policyOf(ruleOf({ kind: 'newest', count: 1 }));
    const releases = [releaseOf('1.0.2', { announcedPrerelease: true })];
    const tags = { '1.0.0': {}, '1.0.1': {}, '1.0.2': {}, '1.0.3-rc.1': {} };

    expect(evaluate(tags, { policy, releases })).toEqual({
      '1.0.0': 'delete no-condition-keeps',
      '1.0.1': 'keep kept-by-rule',
      '1.0.2': 'keep no-rule',
      '1.0.3-rc.1': 'keep no-rule',
    });
  });

  it('keeps a pre-release whose final version was taken back', () => {
    const policy = policyOf({
      ...{ class: 'prerelease', combine: 'any', dropReleasedAfterMs: 0 },
      conditions: [{ kind: 'always' }],
    });
    const tags = { '1.0.0-rc.1': {}, '1.0.0': {} };
    const releases = [releaseOf('1.0.0', { withdrawn: 'broken' })];

    expect(evaluate(tags, { policy })['1.0.0-rc.1']).toBe('delete dropped-after-release');
    expect(evaluate(tags, { policy, releases })['1.0.0-rc.1']).toBe('keep kept-by-rule');
  });

  it('counts the age of a final version from its observation where the ledger does not know it', () => {
    const policy = policyOf({
      ...{ class: 'prerelease', combine: 'any', dropReleasedAfterMs: DAY_MS },
      conditions: [{ kind: 'always' }],
    });
    const tags = { '1.0.0-rc.1': {}, '1.0.0': { firstObserved: true } };

    expect(evaluate(tags, { policy })['1.0.0-rc.1']).toBe('keep kept-by-rule');
  });

  it.each`
    what                | changes                                            | kept
    ${'pinned tags'}    | ${{ pins: [tagPin('1.0.3')] }}                     | ${['1.0.1', '1.0.2']}
    ${'pinned digests'} | ${{ pins: [digestPin('1.0.3')] }}                  | ${['1.0.1', '1.0.2']}
    ${'ended pins'}     | ${{ pins: [tagPin('1.0.3', { expiresAt: NOW })] }} | ${['1.0.2', '1.0.3']}
    ${'digests in use'} | ${{ inUse: [inUseBy('prod', '1.0.3')] }}           | ${['1.0.2', '1.0.3']}
    ${'first observed'} | ${{ inventory: withFirstObserved() }}              | ${['1.0.2', '1.0.3']}
  `(
    'counts by where tags stand: with $what it keeps by count $kept',
    ({ changes, kept }: { changes: Partial<RetentionInput>; kept: readonly string[] }) => {
      const policy = policyOf(ruleOf({ kind: 'newest', count: 2 }));
      const inventory = inventoryOf({ '1.0.0': {}, '1.0.1': {}, '1.0.2': {}, '1.0.3': {} });
      const { decisions } = evaluateRetention(retentionInput({ policy, inventory, ...changes }));

      expect(
        decisions
          .filter(({ reasons }) => reasons.some(({ code }) => code === 'kept-by-rule'))
          .map(({ tag }) => tag),
      ).toEqual(kept);
    },
  );

  function inUseBy(
    reporter: string,
    ...labels: readonly string[]
  ): RetentionInput['inUse'][number] {
    return { reporter, reportedAt: NOW, digests: labels.map(digestOf) };
  }

  function withFirstObserved(): RetentionInput['inventory'] {
    const tags = { '1.0.0': {}, '1.0.1': {}, '1.0.2': {}, '1.0.3': { firstObserved: true } };
    return inventoryOf(tags);
  }

  it('takes protected names out before it counts', () => {
    const policy = policyOf(ruleOf({ kind: 'newest', count: 1 }));
    const protect = { ...policy.protect, tags: [tagGlob('*.2')] };

    expect(
      deletedOf({ '1.0.0': {}, '1.0.1': {}, '1.0.2': {} }, { policy: { ...policy, protect } }),
    ).toEqual(['1.0.0']);
  });

  it('keeps a digest in use in a digest of its own, and what describes it', () => {
    const tags = { '1.0.0': {}, [dependantTagOf('1.0.0')]: {}, '1.0.1': {} };

    expect(deletedOf(tags, { inUse: [inUseBy('prod', '1.0.0')] })).toEqual(['1.0.1']);
  });

  describe('with the fixture of the rules', () => {
    it('lets old patches go and keeps everything else', () => {
      expect(deletedOf(FIXTURE_R, { policy: POLICY_P0 })).toEqual(['1.4.0', '1.4.1', '1.5.0']);
    });

    it('keeps a release at exactly the age of the window', () => {
      const policy = policyOf(ruleOf({ kind: 'moved-within', ms: 30 * DAY_MS }));

      expect(evaluate(FIXTURE_R, { policy })['2.0.0']).toBe('keep kept-by-rule');
      expect(evaluate(FIXTURE_R, { policy, now: retentionInput({}).now + 1 })['2.0.0']).toBe(
        'delete no-condition-keeps',
      );
    });

    it('keeps moving tags and their targets although no condition does', () => {
      expect(deletedOf(FIXTURE_R, {})).toEqual(['1.4.0', '1.4.1', '1.5.0', '2.0.0']);
      expect(evaluate(FIXTURE_R)).toMatchObject({
        '1.4.2': 'keep moving-target',
        '1.5.1': 'keep moving-target',
        '2.0.1': 'keep moving-target',
      });
    });
  });

  it('keeps the owner of a moving tag before the tag has moved', () => {
    const tags = { '1.0.0': {}, '1.0.1': {}, '1.0.2': {}, '1.0': { on: '1.0.1' } };
    const releases = ['1.0.0', '1.0.1', '1.0.2'].map((tag) => releaseOf(tag));

    expect(evaluate(tags, { releases })).toEqual({
      '1.0.0': 'delete no-condition-keeps',
      '1.0.1': 'keep moving-target',
      '1.0.2': 'keep moving-target',
      '1.0': 'keep moving-tag',
    });
  });

  it('names the protection before the rule that keeps a tag as well', () => {
    const policy = policyOf(ruleOf({ kind: 'newest', count: 1 }));
    const inventory = inventoryOf({ '1.0.0': {}, '1.0': { on: '1.0.0' } });

    const { decisions } = evaluateRetention(retentionInput({ inventory, policy }));

    expect(decisions[0]?.reasons.map(({ code }) => code)).toEqual([
      'moving-target',
      'kept-by-rule',
    ]);
  });

  it('keeps what was not known before, and what has no known age', () => {
    const tags = {
      '1.0.0': { firstObserved: true },
      '1.0.1': { ageDays: null },
      '1.0.2': { ageDays: 1_000 },
    };

    expect(evaluate(tags)).toEqual({
      '1.0.0': 'keep first-observed',
      '1.0.1': 'keep unknown-age',
      '1.0.2': 'delete no-condition-keeps',
    });
  });

  it('counts two spellings on one digest once, and keeps both on two digests', () => {
    const policy = policyOf(ruleOf({ kind: 'newest', count: 2 }));

    expect(
      evaluate(
        { '1.2.3': { on: 'A' }, 'v1.2.3': { on: 'A' }, '1.2.2': {}, '1.2.1': {} },
        { policy },
      ),
    ).toEqual({
      '1.2.3': 'keep kept-by-rule',
      'v1.2.3': 'keep kept-by-rule',
      '1.2.2': 'keep kept-by-rule',
      '1.2.1': 'delete no-condition-keeps',
    });
    expect(evaluate({ '1.2.3': {}, 'v1.2.3': {} })).toEqual({
      '1.2.3': 'keep version-conflict',
      'v1.2.3': 'keep version-conflict',
    });
  });

  describe('with a registry that deletes manifests only', () => {
    const tags = { '1.0.0': { on: 'A' }, nightly: { on: 'A' }, '1.0.1': { on: 'B' } };

    it('takes a tag from one that stays on its digest by a dummy', () => {
      const { decisions } = evaluateRetention(
        retentionInput({ inventory: inventoryOf(tags), capabilities: DIGESTS_ONLY }),
      );

      expect(verdictsOf(decisions)).toEqual({
        '1.0.0': 'delete no-condition-keeps',
        nightly: 'keep no-rule',
        '1.0.1': 'delete no-condition-keeps',
      });
      expect(decisions.map(({ form }) => form)).toEqual(['batch-dummy', undefined, 'digest']);
    });

    it('lets all tags of a digest go together', () => {
      const spelled = { '1.0.0': { on: 'A' }, 'v1.0.0': { on: 'A' } };

      expect(deletedOf(spelled, { capabilities: DIGESTS_ONLY })).toEqual(['1.0.0', 'v1.0.0']);
    });

    it('takes a tag from one that Tagward needs by a dummy', () => {
      const inventory = inventoryOf({ '1.0.0': { on: 'A' }, 'tagward-restore-1': { on: 'A' } });

      const { decisions } = evaluateRetention(
        retentionInput({ inventory, capabilities: DIGESTS_ONLY }),
      );

      expect(decisions).toMatchObject([{ tag: '1.0.0', form: 'batch-dummy' }]);
    });

    it('blocks a tag beside one that stays where an API of its own is needed', () => {
      const capabilities = { ...DIGESTS_ONLY, tagDelete: 'own-api' } as const;

      const { decisions } = evaluateRetention(
        retentionInput({ inventory: inventoryOf(tags), capabilities }),
      );

      expect(verdictsOf(decisions)).toMatchObject({
        '1.0.0': 'blocked provider-missing',
        '1.0.1': 'delete no-condition-keeps',
      });
      expect(decisions[0]?.reasons[0]?.text).toContain('without its sibling');
    });
  });

  it('lets one tag of a digest go where tags are deleted one by one', () => {
    const tags = { '1.0.0': { on: 'A' }, nightly: { on: 'A' } };

    expect(deletedOf(tags, {})).toEqual(['1.0.0']);
  });

  it.each`
    digestDelete     | code
    ${'disabled'}    | ${'delete-disabled'}
    ${'denied'}      | ${'delete-denied'}
    ${'unproven'}    | ${'delete-unproven'}
    ${'unsupported'} | ${'delete-unproven'}
  `(
    'blocks what may go with $code when deletes are $digestDelete',
    ({
      digestDelete,
      code,
    }: {
      digestDelete: DeletionCapabilities['digestDelete'];
      code: string;
    }) => {
      const capabilities = { tagDelete: 'unsupported', digestDelete, provider: false } as const;

      expect(evaluate({ '1.0.0': {}, latest: {} }, { capabilities })).toEqual({
        '1.0.0': `blocked ${code}`,
        latest: 'keep moving-tag',
      });
    },
  );

  it.each([
    ['one by one', undefined],
    ['by manifests', DIGESTS_ONLY],
  ])('keeps children of a kept index at any depth where tags go %s', (_how, capabilities) => {
    const inventory = inventoryOf(
      {
        ...{ latest: { on: 'index' }, '1.0.0': { on: 'leaf' }, '1.0.1': { on: 'inner' } },
        ...{ '1.0.2': { on: 'old' }, '1.0.3': { on: 'old leaf' } },
      },
      { index: ['inner'], inner: ['innermost'], innermost: ['leaf'], old: ['old leaf'] },
    );

    const { decisions } = evaluateRetention(
      retentionInput({ inventory, ...(capabilities === undefined ? {} : { capabilities }) }),
    );

    expect(verdictsOf(decisions)).toEqual({
      latest: 'keep moving-tag',
      '1.0.0': 'keep referenced',
      '1.0.1': 'keep referenced',
      '1.0.2': 'delete no-condition-keeps',
      '1.0.3': 'delete no-condition-keeps',
    });
  });

  it('protects the target of a tag whatever the policy says about its mode', () => {
    const policy = { ...policyOf(KEEP_NOTHING), mode: 'dry-run' } as const;

    expect(evaluate({ '1.0.0': {}, '1.0': { on: '1.0.0' } }, { policy })).toEqual({
      '1.0.0': 'keep moving-target',
      '1.0': 'keep moving-tag',
    });
  });
});

describe('the digests that nothing reaches any more', () => {
  function unreachableOf(changes: Partial<RetentionInput>): readonly string[] {
    return [...evaluateRetention(retentionInput(changes)).unreachable].sort();
  }

  it('is what only deleted tags reached', () => {
    const inventory = inventoryOf(
      { '1.0.0': { on: 'old' }, '1.0.1': { on: 'other' }, nightly: { on: 'kept' } },
      { old: ['own', 'shared'], kept: ['shared'], own: ['deep'] },
    );

    expect(unreachableOf({ inventory })).toEqual(
      ['old', 'own', 'deep', 'other'].map(digestOf).sort(),
    );
  });

  it('is nothing when another tag stays on the digest', () => {
    const inventory = inventoryOf({ '1.0.0': { on: 'A' }, nightly: { on: 'A' } });

    expect(unreachableOf({ inventory })).toEqual([]);
  });

  it('does not count restore tags', () => {
    const inventory = inventoryOf({ '1.0.1': { on: 'B' }, 'tagward-restore-1': { on: 'B' } });

    expect(unreachableOf({ inventory })).toEqual([digestOf('B')]);
    expect(unreachableOf({ inventory, policy: policyOf() })).toEqual([]);
  });

  it('is nothing when what may go is blocked', () => {
    const capabilities = {
      tagDelete: 'disabled',
      digestDelete: 'disabled',
      provider: false,
    } as const;

    expect(unreachableOf({ inventory: inventoryOf({ '1.0.0': {} }), capabilities })).toEqual([]);
  });
});

describe('an evaluation that stops', () => {
  const inventory = inventoryOf({ '1.0.0': {}, '1.0.1': {} });
  const unreadable = { ...inventory, manifests: new Map([[digestOf('A'), broken()]]) };

  function broken(): { readonly children: readonly never[]; readonly unreadable: true } {
    return { children: [], unreadable: true };
  }

  it.each`
    outcome      | code                     | changes
    ${'aborted'} | ${'inventory-drop'}      | ${{ ledgerTagCount: 100, inventory: unreadable }}
    ${'aborted'} | ${'unreadable-manifest'} | ${{ inventory: unreadable }}
    ${'skipped'} | ${'stale-in-use-report'} | ${{ policy: withReports() }}
  `(
    'keeps everything when it is $outcome for $code',
    ({
      outcome,
      code,
      changes,
    }: Record<string, unknown> & { changes: Partial<RetentionInput> }) => {
      const evaluation = evaluateRetention(retentionInput({ inventory, ...changes }));

      expect(evaluation).toMatchObject({ outcome, reason: { code }, unreachable: [] });
      expect(verdictsOf(evaluation.decisions)).toEqual({
        '1.0.0': `keep ${String(code)}`,
        '1.0.1': `keep ${String(code)}`,
      });
    },
  );

  function withReports(): RetentionInput['policy'] {
    const policy = policyOf(KEEP_NOTHING);
    return { ...policy, protect: { ...policy.protect, maxReportAgeMs: DAY_MS } };
  }

  it('keeps everything when the policy is off', () => {
    const policy = { ...policyOf(KEEP_NOTHING), mode: 'off' } as const;
    const { decisions, outcome } = evaluateRetention(retentionInput({ inventory, policy }));

    expect(outcome).toBe('planned');
    expect(verdictsOf(decisions)).toEqual({ '1.0.0': 'keep no-rule', '1.0.1': 'keep no-rule' });
  });
});

describe('the variants of a version', () => {
  it('are counted each by itself, and only where they are declared', () => {
    const rules = rulesWith({ variants: { ...DEFAULT_RULES.variants, known: ['alpine'] } });
    const policy = policyOf(ruleOf({ kind: 'newest', count: 1 }));
    const tags = {
      '1.0.0': {},
      '1.0.1': {},
      '1.0.0-alpine': {},
      '1.0.1-alpine': {},
      '1.0.0-x': {},
    };

    expect(deletedOf(tags, { rules, policy })).toEqual(['1.0.0', '1.0.0-alpine']);
    expect(deletedOf(tags, { policy })).toEqual(['1.0.0']);
  });
});
