import fc from 'fast-check';
import type { DeletionCapabilities } from '../../src/core/deletion';
import type { InUseReport } from '../../src/core/in-use';
import type { InventoryTag, ManifestLinks, RetentionInventory } from '../../src/core/inventory';
import type { Digest, TagName } from '../../src/core/names';
import type { Pin } from '../../src/core/pin';
import type { Release } from '../../src/core/release';
import type { RetentionInput } from '../../src/core/retention';
import type {
  KeepCondition,
  RetentionPolicy,
  RetentionRule,
} from '../../src/core/retention-policy';
import type { RepositoryRules } from '../../src/core/rules';
import { tagGlob } from '../../src/core/tag-pattern';
import { parseVersionTag } from '../../src/core/version';
import { movingTag, plainRules, prefix } from './arbitraries';
import {
  DAY_MS,
  dependantTagOf,
  digestOf,
  digestPin,
  NOW,
  releaseOf,
  tagOf,
  tagPin,
} from './builders';

const LABELS = Array.from('ABCDEFGHIJKLMNOPQRST');
const DIGESTS = LABELS.map(digestOf);
const label = fc.constantFrom(...LABELS);
const someDigest = fc.constantFrom(...DIGESTS);

/** Few minors with many patches, so that most releases own nothing. */
const patch = fc
  .tuple(prefix, fc.constantFrom('1.0', '1.0', '1.1', '2.0'), fc.nat({ max: 9 }))
  .map(([v, minor, number]) => `${v}${minor}.${number}`);
const candidate = fc
  .tuple(
    fc.constantFrom('1.0.0', '1.0.1', '2.0.0'),
    fc.constantFrom('rc.1', 'rc.2', 'rc10', 'beta'),
  )
  .map((parts) => parts.join('-'));
const buildTag = fc
  .tuple(fc.constantFrom('sha', 'sha', 'pr'), fc.nat({ max: 9 }))
  .map((parts) => parts.join('-'));
const dependantTag = fc
  .tuple(label, fc.constantFrom('.sig', '.att', ''))
  .map(([subject, ending]) => dependantTagOf(subject, ending));

const tagName: fc.Arbitrary<TagName> = fc
  .oneof(
    { weight: 9, arbitrary: patch },
    { weight: 4, arbitrary: candidate },
    { weight: 5, arbitrary: buildTag },
    { weight: 3, arbitrary: dependantTag },
    { weight: 2, arbitrary: movingTag },
    { weight: 1, arbitrary: fc.constantFrom('nightly', '1.0.0-amd64', '20260805', '1.0.0_7') },
    { weight: 1, arbitrary: label.map((on) => `tagward-restore-${dependantTagOf(on, '')}`) },
  )
  .map(tagOf);

const inventoryTag: fc.Arbitrary<InventoryTag> = fc.record({
  tag: tagName,
  digest: someDigest,
  lastMoved: fc.option(
    fc
      .tuple(fc.nat({ max: 200 }), fc.nat({ max: 3 }))
      .map(([days, hours]) => NOW - days * DAY_MS - hours * 3_600_000),
    { freq: 12 },
  ),
  lastPulled: fc.option(
    fc.nat({ max: 100 }).map((days) => NOW - days * DAY_MS),
    { nil: undefined },
  ),
  sequence: fc.option(fc.nat({ max: 99 }), { nil: undefined }),
  firstObserved: fc.nat({ max: 11 }).map((number) => number === 0),
});

const edge = fc.record({
  from: fc.nat({ max: LABELS.length - 1 }),
  to: fc.nat({ max: LABELS.length - 1 }),
  kind: fc.constantFrom('child', 'child', 'subject'),
});

/** A manifest refers to what came before it, so nothing refers to itself. */
const manifests: fc.Arbitrary<RetentionInventory['manifests']> = fc
  .array(edge, { maxLength: 8 })
  .map((edges) => {
    const found = new Map<Digest, ManifestLinks>();
    for (const { from, to, kind } of edges) {
      const [later, earlier] = [DIGESTS[Math.max(from, to)], DIGESTS[Math.min(from, to)]];
      if (later === undefined || earlier === undefined || later === earlier) continue;
      const links = found.get(later) ?? { children: [] };
      const more =
        kind === 'child' ? { children: [...links.children, earlier] } : { subject: earlier };
      found.set(later, { ...links, ...more });
    }
    return found;
  });

/** What describes a digest came after it, too. */
function isPossible({ tag, digest }: InventoryTag): boolean {
  const place = DIGESTS.findIndex((subject) => tag.startsWith(subject.replace(':', '-')));
  return DIGESTS.indexOf(digest) > place;
}

const inventory: fc.Arbitrary<RetentionInventory> = fc.record({
  tags: fc.uniqueArray(inventoryTag.filter(isPossible), {
    selector: ({ tag }) => tag,
    minLength: 4,
    maxLength: 18,
  }),
  manifests,
});

const count = fc.nat({ max: 3 });
const age = fc.nat({ max: 100 }).map((days) => days * DAY_MS);
const buildCondition: fc.Arbitrary<KeepCondition> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('newest'), count }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('moved-within'), ms: age }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pulled-within'), ms: age }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('newest-pulled'), count }) },
);
const versionCondition: fc.Arbitrary<KeepCondition> = fc.oneof(
  { weight: 4, arbitrary: buildCondition },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('newest'),
      count,
      per: fc.constantFrom('major', 'minor', 'core'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('newest-patches'), count }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('newest-minors'), count }) },
);
const combine = fc.constantFrom('any', 'any', 'all');
const dropReleasedAfterMs = fc.option(fc.constantFrom(0, 14 * DAY_MS), { nil: undefined });
const pattern = fc.constantFrom('sha-*', 'pr-*', '*', '1.0.*', 'nightly', 'none-*').map(tagGlob);
const match = fc.uniqueArray(pattern, {
  selector: ({ text }) => text,
  minLength: 1,
  maxLength: 2,
});

function conditions(
  condition: fc.Arbitrary<KeepCondition>,
): fc.Arbitrary<readonly KeepCondition[]> {
  return fc.array(condition, { minLength: 1, maxLength: 3 });
}

const rule: fc.Arbitrary<RetentionRule> = fc.oneof(
  fc.record({
    class: fc.constant('release'),
    combine,
    conditions: conditions(versionCondition),
  }),
  fc.record({
    class: fc.constant('prerelease'),
    combine,
    conditions: conditions(versionCondition),
    dropReleasedAfterMs,
  }),
  fc.record({
    class: fc.constant('build'),
    combine,
    conditions: conditions(buildCondition),
    match,
  }),
);
/** Legal in every class. */
export const anyCondition = buildCondition;

const guard = fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 2 });

const policy: fc.Arbitrary<RetentionPolicy> = fc.record({
  name: fc.constant('services'),
  mode: fc.constantFrom('dry-run', 'enforce'),
  minAgeMs: fc.constantFrom(0, 0, 5 * DAY_MS),
  protect: fc.record({
    rollbackDepth: fc.nat({ max: 3 }),
    tags: fc.array(fc.constantFrom('1.1.*', 'pr-*', 'nightly').map(tagGlob), { maxLength: 1 }),
    maxReportAgeMs: fc.constantFrom(undefined, undefined, 3 * DAY_MS),
  }),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  guards: fc.record({
    maxDelete: guard,
    maxDeletePercent: guard.map((part) => part && part * 8),
    minRemaining: guard,
    approveAbove: guard,
    maxInventoryDropPercent: fc.constant(undefined),
  }),
  deletion: fc.record({
    form: fc.constantFrom('auto', 'auto', 'auto', 'tag-only'),
    noticeMs: fc.constant(0),
    restoreWindowMs: fc.constantFrom(0, 14 * DAY_MS),
    restoreTags: fc.constant(true),
    dependants: fc.constantFrom('follow-subject', 'follow-subject', 'keep'),
  }),
  execution: fc.constant({ concurrency: 2, perSecond: undefined, stopAfterErrors: undefined }),
});

const capabilities: fc.Arbitrary<DeletionCapabilities> = fc.constantFrom(
  ...([
    { tagDelete: 'works', digestDelete: 'works', provider: false },
    { tagDelete: 'works', digestDelete: 'unproven', provider: false },
    { tagDelete: 'unsupported', digestDelete: 'works', provider: false },
    { tagDelete: 'unsupported', digestDelete: 'works', provider: false },
    { tagDelete: 'unsupported', digestDelete: 'works', provider: false, immutable: true },
    { tagDelete: 'own-api', digestDelete: 'works', provider: false },
    { tagDelete: 'own-api', digestDelete: 'works', provider: true },
    { tagDelete: 'unsupported', digestDelete: 'disabled', provider: false },
  ] as const),
);

const end = fc.constantFrom(null, null, NOW, NOW + DAY_MS);
export const pin: fc.Arbitrary<Pin> = fc.oneof(
  fc
    .tuple(tagName, end)
    .map(([tag, expiresAt]) => tagPin(tag, { expiresAt, reason: `for ${tag}` })),
  fc.tuple(label, end).map(([on, expiresAt]) => digestPin(on, { expiresAt, reason: `for ${on}` })),
);

export const report: fc.Arbitrary<InUseReport> = fc.record({
  reporter: fc.constantFrom('prod', 'test', 'edge'),
  reportedAt: fc.constantFrom(NOW, NOW - 3 * DAY_MS),
  digests: fc.uniqueArray(someDigest, { maxLength: 3 }),
});

const formerTargets = fc
  .uniqueArray(fc.tuple(movingTag, fc.uniqueArray(someDigest, { minLength: 1, maxLength: 4 })), {
    selector: ([tag]) => tag,
    maxLength: 3,
  })
  .map((entries): ReadonlyMap<TagName, readonly Digest[]> => new Map(entries));

/** Knows the releases of the inventory, and some that are gone. */
function ledgerOf(
  { tags }: RetentionInventory,
  { rules, announced, withdrawn, gone }: LedgerFacts,
): readonly Release[] {
  const present = tags
    .filter(({ tag }) => parseVersionTag(tag, rules).kind === 'version')
    .map(({ tag, digest, lastMoved }) =>
      releaseOf(tag, {
        rules,
        digest,
        announcedPrerelease: announced.includes(tag),
        withdrawn: withdrawn.includes(tag) ? 'broken' : undefined,
        firstSeenAt: lastMoved ?? undefined,
      }),
    );
  const known = new Set<string>(present.map(({ tag }) => tag));
  const missing = gone.filter((tag) => !known.has(tag));
  return [...present, ...missing.map((tag) => releaseOf(tag, { rules, missing: true }))];
}

interface LedgerFacts {
  readonly rules: RepositoryRules;
  readonly announced: readonly string[];
  readonly withdrawn: readonly string[];
  readonly gone: readonly string[];
}

/** A repository with everything in it that a decision looks at, and a policy. */
export const retentionInputs: fc.Arbitrary<RetentionInput> = fc
  .record({
    rules: plainRules,
    policy,
    inventory,
    capabilities,
    formerTargets,
    pins: fc.array(pin, { maxLength: 3 }),
    inUse: fc.uniqueArray(report, { selector: ({ reporter }) => reporter, maxLength: 3 }),
    ledgerTagCount: fc.constantFrom(undefined, undefined, undefined, 4, 16),
    tagsEverSeen: fc.uniqueArray(tagName, { maxLength: 2 }),
    announced: fc.subarray(['1.0.0', '1.0.9', '1.1.1', '2.0.3']),
    withdrawn: fc.subarray(['1.0.0', '2.0.0']),
    gone: fc.uniqueArray(patch, { maxLength: 3 }),
  })
  .map(({ announced, withdrawn, gone, ...input }) => ({
    ...input,
    releases: ledgerOf(input.inventory, { rules: input.rules, announced, withdrawn, gone }),
    now: NOW,
  }));
