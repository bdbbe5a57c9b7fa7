import { protectTags, type RetentionMember } from '../../src/core/retention-protection';
import type { Release } from '../../src/core/release';
import { DEFAULT_RULES } from '../../src/core/rules';
import { classifyTag } from '../../src/core/tag-class';
import { digestOf, inventoryOf, NOW, releaseOf, type TagSpec } from './builders';

function protectedBy(
  tags: Readonly<Record<string, TagSpec>>,
  releases: readonly Release[] = [],
): Readonly<Record<string, string>> {
  const members: RetentionMember[] = inventoryOf(tags).tags.map((tag) => ({
    ...tag,
    class: classifyTag(tag.tag, DEFAULT_RULES),
  }));
  const reasons = protectTags(members, { releases, rules: DEFAULT_RULES, now: NOW });
  return Object.fromEntries([...reasons].map(([tag, { code, text }]) => [tag, `${code} ${text}`]));
}

describe(protectTags.name, () => {
  it('protects no release by itself', () => {
    expect(protectedBy({ '1.2.3': {}, '1.2.4': {} })).toEqual({});
  });

  it('protects every version tag on the digest of a moving tag', () => {
    const tags = {
      ...{ '1.2.3': { on: 'A' }, 'v1.2.3': { on: 'A' }, '1.2.4-rc.1': { on: 'A' }, '1.2.2': {} },
      ...{ '1.2': { on: 'A' }, stable: { on: 'A' } },
    };

    expect(protectedBy(tags)).toEqual({
      '1.2.3': 'moving-target kept: target of 1.2',
      'v1.2.3': 'moving-target kept: target of 1.2',
      '1.2.4-rc.1': 'moving-target kept: target of 1.2',
    });
  });

  it('protects the target of a moving tag that no release owns', () => {
    expect(protectedBy({ '1.2.3': { on: 'A' }, '7.7': { on: 'A' } })).toEqual({
      '1.2.3': 'moving-target kept: target of 7.7',
    });
  });

  it('protects the owner of a tag that has not moved yet, and where the tag still stands', () => {
    const tags = { '1.2.2': {}, '1.2.3': {}, '1.2': { on: '1.2.2' } };
    const releases = [releaseOf('1.2.2'), releaseOf('1.2.3')];

    expect(protectedBy(tags, releases)).toEqual({
      '1.2.2': 'moving-target kept: target of 1.2',
      '1.2.3': 'moving-target kept: target of latest, 1 and 1.2',
    });
  });

  it('names each moving tag once', () => {
    const tags = { '1.2.3': {}, '1.2': { on: '1.2.3' }, '1': { on: '1.2.3' } };

    expect(protectedBy(tags, [releaseOf('1.2.3')])['1.2.3']).toBe(
      'moving-target kept: target of latest, 1 and 1.2',
    );
  });

  it('protects no owner that is missing or a pre-release', () => {
    const releases = [
      releaseOf('1.2.3', { missing: true }),
      releaseOf('1.2.4', { announcedPrerelease: true }),
    ];

    expect(protectedBy({ '1.2.3': {}, '1.2.4': {} }, releases)).toEqual({});
  });

  it('protects both tags of one version on two digests', () => {
    const text = 'version-conflict kept: two tags name version 1.2.3 with different digests';

    expect(protectedBy({ '1.2.3': {}, 'v1.2.3': {}, '1.2.2': {} })).toEqual({
      '1.2.3': text,
      'v1.2.3': text,
    });
    expect(protectedBy({ '1.2.3': { on: 'A' }, 'v1.2.3': { on: 'A' } })).toEqual({});
  });

  it('protects what is seen for the first time and what has no known age', () => {
    const tags = {
      '1.2.1': { firstObserved: true },
      '1.2.2': { ageDays: null },
      '1.2.3': { ageDays: 0 },
    };

    expect(protectedBy(tags)).toEqual({
      '1.2.1': 'first-observed kept: the ledger does not know it on this digest yet',
      '1.2.2': 'unknown-age kept: it is not known when it last moved',
    });
  });

  it('says nothing about tags that are no versions', () => {
    const tags = {
      ...{ nightly: { on: 'A', firstObserved: true }, latest: { on: 'A', ageDays: null } },
      [`sha256-${digestOf('A').slice(7)}`]: { ageDays: null },
    };

    expect(protectedBy(tags)).toEqual({});
  });
});
