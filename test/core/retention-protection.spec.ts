import { DEFAULT_RULES } from '../../src/core/rules';
import type { RetentionInput } from '../../src/core/retention';
import { splitInternal } from '../../src/core/retention-member';
import { protectTags } from '../../src/core/retention-protection';
import { tagGlob } from '../../src/core/tag-pattern';
import type { Digest, TagName } from '../../src/core/names';
import {
  DAY_MS,
  dependantTagOf,
  digestOf,
  digestPin,
  inventoryOf,
  NOW,
  policyOf,
  releaseOf,
  retentionInput,
  tagOf,
  tagPin,
  type TagSpec,
} from './builders';

function protectedIn(input: RetentionInput): Readonly<Record<string, string>> {
  const { members } = splitInternal(input.inventory, input.releases, input.rules);
  return Object.fromEntries(
    Array.from(protectTags(members, input), ([tag, reasons]) => [
      tag,
      reasons.map(({ code, text }) => `${code} ${text}`).join(' | '),
    ]),
  );
}

/** Every reason for each tag that is protected. */
function protectedBy(
  tags: Readonly<Record<string, TagSpec>>,
  changes: Partial<RetentionInput> = {},
): Readonly<Record<string, string>> {
  return protectedIn(retentionInput({ inventory: inventoryOf(tags), ...changes }));
}

function protecting(
  protect: Partial<RetentionInput['policy']['protect']>,
): RetentionInput['policy'] {
  const policy = policyOf();
  return { ...policy, protect: { ...policy.protect, ...protect } };
}

const MOVING = 'moving-tag kept: a moving tag is never pruned';

describe(protectTags.name, () => {
  it('protects no release by itself', () => {
    expect(protectedBy({ '1.2.3': {}, '1.2.4': {} })).toEqual({});
  });

  it('protects every version tag on the digest of a moving tag, and nothing else on it', () => {
    const tags = {
      ...{ '1.2.3': { on: 'A' }, 'v1.2.3': { on: 'A' }, '1.2.4-rc.1': { on: 'A' }, '1.2.2': {} },
      ...{ '1.2': { on: 'A' }, stable: { on: 'A' }, 'sha-a': { on: 'A' } },
    };

    expect(protectedBy(tags)).toEqual({
      '1.2.3': 'moving-target kept: target of 1.2',
      'v1.2.3': 'moving-target kept: target of 1.2',
      '1.2.4-rc.1': 'moving-target kept: target of 1.2',
      '1.2': MOVING,
    });
  });

  it('protects the target of a moving tag that no release owns', () => {
    expect(protectedBy({ '1.2.3': { on: 'A' }, '7.7': { on: 'A' } })).toEqual({
      '1.2.3': 'moving-target kept: target of 7.7',
      '7.7': MOVING,
    });
  });

  it('protects the owner of a tag that has not moved yet, and where the tag still stands', () => {
    const tags = { '1.2.2': {}, '1.2.3': {}, '1.2': { on: '1.2.2' } };
    const releases = [releaseOf('1.2.2'), releaseOf('1.2.3')];

    expect(protectedBy(tags, { releases })).toEqual({
      '1.2.2': 'moving-target kept: target of 1.2',
      '1.2.3': 'moving-target kept: target of 1.2',
      '1.2': MOVING,
    });
  });

  it('protects no owner of a tag that is not there', () => {
    expect(protectedBy({ '1.2.3': {} }, { releases: [releaseOf('1.2.3')] })).toEqual({});
  });

  it('protects the owner by name where it was pushed again', () => {
    const tags = { '1.2.3': { on: 'B' }, '1.2': { on: 'A' } };
    const releases = [releaseOf('1.2.3', { digest: digestOf('A') })];

    expect(protectedBy(tags, { releases })['1.2.3']).toBe('moving-target kept: target of 1.2');
  });

  it('protects the owner that describes another image and so is no version here', () => {
    const tags = { '1.2.3': { on: 'A' }, '1.2': { on: 'A' } };
    const inventory = inventoryOf(tags, {}, { A: 'gone' });
    const releases = [releaseOf('1.2.3', { digest: digestOf('A') })];

    expect(protectedIn(retentionInput({ inventory, releases }))).toEqual({
      '1.2.3': 'moving-target kept: target of 1.2',
      '1.2': MOVING,
    });
  });

  it('names each moving tag once, in the order of lanes', () => {
    const tags = {
      ...{ '1.2.3': {}, '1.2': { on: '1.2.3' } },
      ...{ '1': { on: '1.2.3' }, latest: { on: '1.2.3' } },
    };

    expect(protectedBy(tags, { releases: [releaseOf('1.2.3')] })['1.2.3']).toBe(
      'moving-target kept: target of latest, 1 and 1.2',
    );
  });

  it('protects no owner that is missing or a pre-release', () => {
    const releases = [
      releaseOf('1.2.3', { missing: true }),
      releaseOf('1.2.4', { announcedPrerelease: true }),
    ];

    expect(protectedBy({ '1.2.3': {}, '1.2.4': {}, '1.2': {} }, { releases })).toEqual({
      '1.2': MOVING,
    });
  });

  describe('of a rollback', () => {
    const tags = {
      ...{ '1.0.0': {}, '1.0.1': {}, '1.0.2': {} },
      ...{ '1.0': { on: '1.0.2' }, 'sha-b': { on: '1.0.1' }, 'sha-x': { on: 'X' } },
    };
    const formerTargets: ReadonlyMap<TagName, readonly Digest[]> = new Map([
      [tagOf('1.0'), ['1.0.1', '1.0.0', 'X'].map(digestOf)],
      [tagOf('latest'), [digestOf('1.0.0')]],
    ]);

    it.each([
      [0, {}],
      [1, { '1.0.1': '1.0', '1.0.0': 'latest' }],
      [2, { '1.0.1': '1.0', '1.0.0': 'latest and 1.0' }],
      [3, { '1.0.1': '1.0', '1.0.0': 'latest and 1.0', 'sha-x': '1.0' }],
    ])(
      'protects versions on the last %d targets, or other tags where they have none',
      (depth, expected) => {
        const policy = protecting({ rollbackDepth: depth });
        const found = protectedBy(tags, { policy, formerTargets });

        const expectedTexts = Object.entries(expected).map(
          ([tag, by]) => `${tag} rollback-target kept: ${by} pointed at it before`,
        );
        const texts = Object.entries(found).map(([tag, text]) => `${tag} ${text}`);

        expect(texts.filter((text) => text.includes('rollback-target')).sort()).toEqual(
          expectedTexts.sort(),
        );
      },
    );
  });

  describe('of pins', () => {
    it('protects what is pinned by name, until the pin ends', () => {
      const pins = [
        tagPin('1.0.0'),
        tagPin('1.0.1', { expiresAt: NOW + DAY_MS }),
        tagPin('1.0.2', { expiresAt: NOW }),
        tagPin('nightly', { reason: 'demo' }),
      ];

      expect(protectedBy({ '1.0.0': {}, '1.0.1': {}, '1.0.2': {}, nightly: {} }, { pins })).toEqual(
        {
          '1.0.0': 'pinned kept: pinned: barrier',
          '1.0.1': 'pinned kept: pinned until 2026-06-02T00:00:00.000Z: barrier',
          nightly: 'pinned kept: pinned: demo',
        },
      );
    });

    it('protects every tag from which a pinned digest can be reached, and no other', () => {
      const inventory = inventoryOf(
        { '1.0.0': { on: 'top' }, '1.0.1': { on: 'inner' }, '1.0.2': { on: 'other' }, '1.0.3': {} },
        { top: ['inner'], inner: ['leaf', 'sibling'], other: ['sibling'] },
      );

      expect(
        Object.keys(protectedIn(retentionInput({ inventory, pins: [digestPin('leaf')] }))),
      ).toEqual(['1.0.0', '1.0.1']);
    });

    it('gives the same reason whatever the order of several pins', () => {
      const pins = [
        tagPin('1.0.0', { reason: 'b' }),
        tagPin('1.0.0', { reason: 'a', expiresAt: NOW + DAY_MS }),
        tagPin('1.0.0', { reason: 'c', expiresAt: NOW + 2 * DAY_MS }),
        digestPin('1.0.0', { reason: 'd' }),
      ];
      const texts = [pins, pins.toReversed()].map((some) =>
        protectedBy({ '1.0.0': {} }, { pins: some }),
      );

      expect(texts[0]).toEqual(texts[1]);
      expect(texts[0]?.['1.0.0']).toContain('pinned: b');
    });
  });

  it('protects names by patterns over the whole name', () => {
    const policy = protecting({ tags: ['lts-*', 'stable'].map(tagGlob) });
    const tags = { 'lts-1': {}, 'x-lts-1': {}, stable: {}, 'stable-2': {} };

    expect(protectedBy(tags, { policy })).toEqual({
      'lts-1': 'protected-name kept: its name is protected by lts-*',
      stable: 'protected-name kept: its name is protected by stable',
    });
  });

  it('protects every tag from which a digest in use can be reached, whatever the order of reports', () => {
    const inventory = inventoryOf(
      { '1.0.0': { on: 'top' }, '1.0.1': { on: 'leaf' }, '1.0.2': {} },
      { top: ['inner'], inner: ['leaf'] },
    );
    const inUse = ['b', 'a'].map((reporter) => {
      return { reporter, reportedAt: NOW, digests: [digestOf('leaf')] };
    });

    for (const reports of [inUse, inUse.toReversed()]) {
      expect(protectedIn(retentionInput({ inventory, inUse: reports }))).toEqual({
        '1.0.0': 'in-use kept: in use, says a',
        '1.0.1': 'in-use kept: in use, says a',
      });
    }
  });

  it('protects both tags of one version on two digests', () => {
    const text = 'version-conflict kept: two tags name version 1.2.3 with different digests';

    expect(protectedBy({ '1.2.3': {}, 'v1.2.3': {}, '1.2.2': {} })).toEqual({
      '1.2.3': text,
      'v1.2.3': text,
    });
    expect(protectedBy({ '1.2.3': { on: 'A' }, 'v1.2.3': { on: 'A' } })).toEqual({});
    expect(protectedBy({ '1.2.3_1': {}, '1.2.3_2': {} })).toEqual({});
  });

  it('protects what is seen for the first time, what has no known age and what is too young', () => {
    const policy = { ...policyOf(), minAgeMs: 2 * DAY_MS };
    const tags = {
      ...{ '1.2.1': { firstObserved: true }, '1.2.2': { ageDays: null } },
      ...{ '1.2.3': { ageDays: 2 - 1 / DAY_MS }, '1.2.4': { ageDays: 2 } },
      'sha-a': { firstObserved: true, ageDays: null },
      [dependantTagOf('A')]: { ageDays: 1 },
    };

    expect(protectedBy(tags, { policy })).toEqual({
      '1.2.1': 'first-observed kept: the ledger does not know it on this digest yet',
      '1.2.2': 'unknown-age kept: it is not known when it last moved',
      '1.2.3': 'too-young kept: moved less than 2 days ago',
      'sha-a': 'first-observed kept: the ledger does not know it on this digest yet',
      [dependantTagOf('A')]: 'too-young kept: moved less than 2 days ago',
    });
  });

  it('gives all reasons, the moving tags first', () => {
    const policy = protecting({ tags: [tagGlob('1.*')] });
    const tags = { '1.0.0': { on: 'A', ageDays: null }, '1.0': { on: 'A' } };
    const reasons = protectedBy(tags, { policy, pins: [tagPin('1.0.0')], rules: DEFAULT_RULES });

    expect(reasons['1.0.0']?.split(' | ').map((text) => text.split(' ')[0])).toEqual([
      ...['moving-target', 'pinned', 'protected-name', 'unknown-age'],
    ]);
  });
});
