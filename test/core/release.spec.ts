import { compareReleases, isPrerelease } from '../../src/core/release';
import { releaseOf } from './builders';

describe(isPrerelease.name, () => {
  it.each`
    tag             | announced | expected
    ${'2.1.0'}      | ${false}  | ${false}
    ${'2.1.0'}      | ${true}   | ${true}
    ${'2.1.0-rc.1'} | ${false}  | ${true}
    ${'2.1.0-rc.1'} | ${true}   | ${true}
  `(
    'is $expected for $tag announced with prerelease $announced',
    ({ tag, announced, expected }: { tag: string; announced: boolean; expected: boolean }) => {
      expect(isPrerelease(releaseOf(tag, { announcedPrerelease: announced }))).toBe(expected);
    },
  );
});

describe(compareReleases.name, () => {
  it.each`
    lower       | higher
    ${'2.1.9'}  | ${'2.1.10'}
    ${'2.1.9'}  | ${'v2.1.10'}
    ${'v2.1.9'} | ${'2.1.10'}
    ${'v2.1.9'} | ${'2.1.9'}
  `('puts $lower below $higher', ({ lower, higher }: { lower: string; higher: string }) => {
    const [left, right] = [releaseOf(lower), releaseOf(higher)];

    expect(Math.sign(compareReleases(left, right))).toBe(-1);
    expect(Math.sign(compareReleases(right, left))).toBe(1);
  });

  it('ignores the digest, the announcement and whether the tag is there', () => {
    const release = releaseOf('2.1.9');
    const other = releaseOf('2.1.9', {
      digest: releaseOf('9.9.9').digest,
      announcedPrerelease: true,
      missing: true,
    });

    expect(compareReleases(release, other)).toBe(0);
  });
});
