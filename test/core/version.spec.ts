import {
  compareVersions,
  describeSkip,
  parseVersionTag,
  type SkipReason,
} from '../../src/core/version';
import { versionOf } from './builders';

const MAX = Number.MAX_SAFE_INTEGER;

describe(parseVersionTag.name, () => {
  it.each`
    tag              | text             | parts              | prefixed | prerelease
    ${'2.1.106'}     | ${'2.1.106'}     | ${[2, 1, 106]}     | ${false} | ${false}
    ${'0.0.0'}       | ${'0.0.0'}       | ${[0, 0, 0]}       | ${false} | ${false}
    ${'v2.1.106'}    | ${'2.1.106'}     | ${[2, 1, 106]}     | ${true}  | ${false}
    ${`${MAX}.0.0`}  | ${`${MAX}.0.0`}  | ${[MAX, 0, 0]}     | ${false} | ${false}
    ${'1234567.1.2'} | ${'1234567.1.2'} | ${[1234567, 1, 2]} | ${false} | ${false}
    ${'1.0.0-rc.1'}  | ${'1.0.0-rc.1'}  | ${[1, 0, 0]}       | ${false} | ${true}
    ${'v1.0.0-rc.1'} | ${'1.0.0-rc.1'}  | ${[1, 0, 0]}       | ${true}  | ${true}
    ${'1.0.0-0'}     | ${'1.0.0-0'}     | ${[1, 0, 0]}       | ${false} | ${true}
  `(
    'reads $tag',
    (row: {
      tag: string;
      text: string;
      parts: number[];
      prefixed: boolean;
      prerelease: boolean;
    }) => {
      const { text, major, minor, patch, prefixed, prerelease } = versionOf(row.tag);
      const read = { text, parts: [major, minor, patch], prefixed };

      expect({ ...read, prerelease: prerelease.length > 0 }).toEqual({
        text: row.text,
        parts: row.parts,
        prefixed: row.prefixed,
        prerelease: row.prerelease,
      });
    },
  );

  it.each`
    reason                  | tag
    ${'illegal-tag'}        | ${''}
    ${'illegal-tag'}        | ${' 2.1.106'}
    ${'illegal-tag'}        | ${'2.1.106 '}
    ${'illegal-tag'}        | ${'a b'}
    ${'illegal-tag'}        | ${'v1.2.3\n'}
    ${'illegal-tag'}        | ${'\n1.2.3'}
    ${'illegal-tag'}        | ${'1.2.3\nlatest'}
    ${'illegal-tag'}        | ${'=2.1.106'}
    ${'illegal-tag'}        | ${'.1.2.3'}
    ${'illegal-tag'}        | ${'-1.2.3'}
    ${'illegal-tag'}        | ${'+1.2.3'}
    ${'illegal-tag'}        | ${'2.1.106+build.7'}
    ${'illegal-tag'}        | ${'p1/v1.2.3'}
    ${'illegal-tag'}        | ${'１.2.3'}
    ${'illegal-tag'}        | ${'1'.repeat(129)}
    ${'illegal-tag'}        | ${`1.2.3-${'a'.repeat(123)}`}
    ${'other'}              | ${'latest'}
    ${'other'}              | ${'main'}
    ${'other'}              | ${'sha-ab12cd3'}
    ${'other'}              | ${'1234567'}
    ${'other'}              | ${'20260805'}
    ${'other'}              | ${'20260805.1.2'}
    ${'other'}              | ${'nightly-20260820'}
    ${'other'}              | ${'2026-08-05'}
    ${'other'}              | ${'ab12cd3'}
    ${'other'}              | ${'12cd34e'}
    ${'other'}              | ${'2'}
    ${'other'}              | ${'v2'}
    ${'other'}              | ${'v'}
    ${'other'}              | ${'vv1.2.3'}
    ${'other'}              | ${'_1.2.3'}
    ${'other'}              | ${'2.0.330-63-gc1cfb6864'}
    ${'other'}              | ${'v2.0.330-1-gc1cfb68'}
    ${'other'}              | ${'2.0-63-gc1cfb6864'}
    ${'other'}              | ${'1'.repeat(128)}
    ${'wrong-part-count'}   | ${'2.1'}
    ${'wrong-part-count'}   | ${'v2.1'}
    ${'wrong-part-count'}   | ${'2.1.0.4'}
    ${'wrong-part-count'}   | ${'2.1-rc.1'}
    ${'wrong-part-count'}   | ${'0.2.1.0-rc1'}
    ${'wrong-part-count'}   | ${'1.2.3.4.5.6'}
    ${'leading-zero'}       | ${'01.2.3'}
    ${'leading-zero'}       | ${'1.02.3'}
    ${'leading-zero'}       | ${'1.2.03'}
    ${'leading-zero'}       | ${'v00.2.3'}
    ${'leading-zero'}       | ${'2026.07.1'}
    ${'leading-zero'}       | ${'1.2.3-01'}
    ${'leading-zero'}       | ${'1.2.3-rc.01'}
    ${'number-too-large'}   | ${'9007199254740992.0.0'}
    ${'number-too-large'}   | ${'0.9007199254740993.0'}
    ${'number-too-large'}   | ${`0.0.1${'0'.repeat(100)}`}
    ${'not-a-version'}      | ${'1.2.3rc2'}
    ${'not-a-version'}      | ${'1.2.3a'}
    ${'not-a-version'}      | ${'1.2.3.'}
    ${'not-a-version'}      | ${'1.2.3.rc1'}
    ${'not-a-version'}      | ${'1.2.3_'}
    ${'not-a-version'}      | ${'1.2.3_a_b'}
    ${'wrong-part-count'}   | ${'3rc2'}
    ${'undeclared-variant'} | ${'1.2.3-alpine'}
    ${'undeclared-variant'} | ${'1.2.3-amd64'}
    ${'undeclared-variant'} | ${'1.2.3-rc1-bookworm'}
    ${'undeclared-variant'} | ${'1.2.3-ubi10-rc'}
    ${'undeclared-variant'} | ${'1.2.3-a'}
    ${'undeclared-variant'} | ${'1.2.3-rcx'}
    ${'undeclared-variant'} | ${'1.2.3-1rc'}
    ${'undeclared-variant'} | ${'1.2.3-march'}
    ${'undeclared-variant'} | ${'1.2.3-63-gc1cfb6864z'}
    ${'undeclared-variant'} | ${'1.2.3-63-gc1cfb6'}
  `('takes $tag for $reason', ({ tag, reason }: { tag: string; reason: SkipReason }) => {
    expect(parseVersionTag(tag)).toEqual({ kind: 'skipped', reason });
  });

  it.each(['V2.1.106', 'release-2.1.106', 'api-v1.2.3'])('reads no version out of %s', (tag) => {
    expect(parseVersionTag(tag).kind).toBe('skipped');
  });

  it.each([
    ...['alpha', 'beta', 'rc', 'cr', 'm', 'milestone', 'dev', 'pre', 'preview', 'ea'],
    ...['snapshot', 'next', 'nightly', 'experimental'],
  ])('takes %s for a pre-release word, with and without a number', (word) => {
    const suffixes = [word, `${word}9`, `${word}.9`, `${word}-9`, `9.${word}`];

    expect(suffixes.map((suffix) => versionOf(`1.2.3-${suffix}`).prerelease)).toEqual([
      [word],
      [word, 9],
      [word, 9],
      [word, 9],
      [9, word],
    ]);
  });

  it('reads the longest legal tag', () => {
    const tag = `1.2.3-rc.${'1'.repeat(15)}_${'1'.repeat(103)}`;

    expect(tag).toHaveLength(128);
    expect(parseVersionTag(tag).kind).toBe('version');
    expect(parseVersionTag(`${tag}1`)).toEqual({ kind: 'skipped', reason: 'illegal-tag' });
  });

  it.each([
    ['digits and dots', '1.'.repeat(500_000)],
    ['zeros', '0'.repeat(1_000_000)],
    ['suffixes', `1.2.3${'-1'.repeat(500_000)}`],
    ['the longest run of pre-release words', `1.2.3${'-rc1'.repeat(30)}!`],
  ])('comes back from hostile %s', (_what, tag) => {
    expect(parseVersionTag(tag)).toEqual({ kind: 'skipped', reason: 'illegal-tag' });
  });
});

describe(compareVersions.name, () => {
  it.each`
    lower                     | higher
    ${'2.1.9'}                | ${'2.1.10'}
    ${'3.9.0'}                | ${'3.10.0'}
    ${'2.9.9'}                | ${'10.0.0'}
    ${'2.1.106'}              | ${'2.2.0'}
    ${'2.2.106'}              | ${'3.0.0'}
    ${'0.0.3'}                | ${'0.1.2'}
    ${'9007199254740990.0.0'} | ${'9007199254740991.0.0'}
    ${'2.1.0-1'}              | ${'2.1.0-alpha'}
    ${'2.1.0-alpha'}          | ${'2.1.0-alpha.1'}
    ${'2.1.0-alpha.1'}        | ${'2.1.0'}
    ${'2.1.0-alpha.1'}        | ${'2.1.0-beta'}
    ${'2.1.0-rc.9'}           | ${'2.1.0-rc.10'}
    ${'2.1.0-9'}              | ${'2.1.0-10'}
    ${'2.0.9'}                | ${'2.1.0-alpha'}
    ${'v2.1.9'}               | ${'2.1.10'}
  `('puts $lower below $higher', ({ lower, higher }: { lower: string; higher: string }) => {
    const [left, right] = [versionOf(lower), versionOf(higher)];

    expect(Math.sign(compareVersions(left, right))).toBe(-1);
    expect(Math.sign(compareVersions(right, left))).toBe(1);
  });

  it('sees no difference between the spellings of one version', () => {
    expect(compareVersions(versionOf('v2.1.0'), versionOf('2.1.0'))).toBe(0);
    expect(compareVersions(versionOf('v2.1.0-rc.1'), versionOf('2.1.0-rc.1'))).toBe(0);
  });
});

describe(describeSkip.name, () => {
  it.each`
    tag                       | hint
    ${'main'}                 | ${'main is no version'}
    ${' 2.1.106'}             | ${'1 to 128 letters'}
    ${'1.2.3rc2'}             | ${'looks like a version'}
    ${'2.1'}                  | ${'2.1 needs 3 parts'}
    ${'01.2.3'}               | ${'01.2.3 has a number with a leading zero'}
    ${'1.2.9007199254740992'} | ${`a number above ${MAX}`}
    ${'1.2.3-alpine'}         | ${'neither a declared variant nor a pre-release word'}
  `('tells people about "$tag": $hint', ({ tag, hint }: { tag: string; hint: string }) => {
    const parsed = parseVersionTag(tag);

    expect(parsed.kind === 'skipped' && describeSkip(tag, parsed.reason)).toContain(hint);
  });
});
