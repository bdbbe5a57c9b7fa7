import {
  findMember,
  groupByDigest,
  type MemberSearch,
  type ReleasesByDigest,
} from '../../src/core/members';
import { DEFAULT_RULES } from '../../src/core/rules';
import { digestOf, releaseOf, rulesWith, tagOf } from './builders';

const A = digestOf('A');
const B = digestOf('B');

describe(groupByDigest.name, () => {
  it('collects the releases of each digest', () => {
    const releases = [
      releaseOf('1.0.0', { digest: A }),
      releaseOf('1.0.1', { digest: B }),
      releaseOf('1.1.0', { digest: A }),
    ];

    const groups = groupByDigest(releases);

    expect([...groups].map(([digest, group]) => [digest, group.map(({ tag }) => tag)])).toEqual([
      [A, ['1.0.0', '1.1.0']],
      [B, ['1.0.1']],
    ]);
  });
});

function searchIn(byDigest: ReleasesByDigest): MemberSearch {
  return { byDigest, rules: DEFAULT_RULES, movedTo: null };
}

describe(findMember.name, () => {
  const releases = [
    releaseOf('1.0.9', { digest: A }),
    releaseOf('1.0.10', { digest: A, missing: true }),
    releaseOf('1.0.11-rc.1', { digest: A }),
    releaseOf('2.0.0', { digest: A }),
    releaseOf('3.0.0', { digest: B }),
  ];

  it.each`
    tag         | digest | member
    ${'1.0'}    | ${A}   | ${'1.0.9'}
    ${'1'}      | ${A}   | ${'1.0.9'}
    ${'2'}      | ${A}   | ${'2.0.0'}
    ${'latest'} | ${A}   | ${'2.0.0'}
    ${'latest'} | ${B}   | ${'3.0.0'}
    ${'2'}      | ${B}   | ${undefined}
    ${'1.1'}    | ${A}   | ${undefined}
  `(
    'finds $member for $tag, in any order',
    ({ tag, digest, member }: { tag: string; digest: typeof A; member: string | undefined }) => {
      for (const order of [releases, releases.toReversed()]) {
        const found = findMember(tagOf(tag), digest, searchIn(groupByDigest(order)));

        expect(found?.tag).toBe(member);
      }
    },
  );

  it('finds a missing release and knows no unpublished line', () => {
    const groups = groupByDigest([releaseOf('1.0.10', { digest: A, missing: true })]);

    expect(findMember(tagOf('1'), A, searchIn(groups))?.tag).toBe('1.0.10');
    expect(
      findMember(tagOf('1'), A, { ...searchIn(groups), rules: rulesWith({ levels: ['minor'] }) }),
    ).toBeUndefined();
    expect(findMember(tagOf('1'), B, searchIn(groups))).toBeUndefined();
  });

  it('prefers the release that the tag was moved to, then one that can own tags', () => {
    const groups = groupByDigest([
      releaseOf('2.1.0', { digest: A }),
      releaseOf('2.2.0-rc.1', { digest: A }),
      releaseOf('2.9.9', { digest: A, missing: true }),
    ]);

    expect(findMember(tagOf('2'), A, searchIn(groups))?.tag).toBe('2.1.0');
    const movedTo = tagOf('2.9.9');
    expect(findMember(tagOf('2'), A, { ...searchIn(groups), movedTo })?.tag).toBe('2.9.9');
  });
});
