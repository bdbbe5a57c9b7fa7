import { isMovingTagShape, movingTagsOf } from '../../src/core/moving-tags';
import {
  type Level,
  LEVELS_OF_SCHEME,
  type RepositoryRules,
  type VersionPrefix,
} from '../../src/core/rules';
import { releaseOf, rulesWith } from './builders';

function tagsOf(tag: string, changes: Partial<RepositoryRules> = {}): readonly string[] {
  const rules = rulesWith(changes);
  return movingTagsOf(releaseOf(tag, { rules }), rules);
}

describe(movingTagsOf.name, () => {
  it.each`
    release       | prefix     | tags
    ${'v2.1.106'} | ${'strip'} | ${['2.1', '2', 'latest']}
    ${'v2.1.106'} | ${'keep'}  | ${['v2.1', 'v2', 'latest']}
    ${'v2.1.106'} | ${'both'}  | ${['2.1', 'v2.1', '2', 'v2', 'latest']}
    ${'2.1.106'}  | ${'strip'} | ${['2.1', '2', 'latest']}
    ${'2.1.106'}  | ${'keep'}  | ${['2.1', '2', 'latest']}
    ${'2.1.106'}  | ${'both'}  | ${['2.1', '2', 'latest']}
    ${'v0.1.2'}   | ${'both'}  | ${['0.1', 'v0.1', 'latest']}
    ${'v0.0.2'}   | ${'keep'}  | ${['latest']}
  `(
    'gives $tags for $release under $prefix',
    (row: { release: string; prefix: VersionPrefix; tags: string[] }) => {
      expect(tagsOf(row.release, { versionPrefix: row.prefix })).toEqual(row.tags);
    },
  );

  it.each`
    levels                     | tags
    ${LEVELS_OF_SCHEME.semver} | ${['2.1', '2', 'latest']}
    ${['minor', 'latest']}     | ${['2.1', 'latest']}
    ${['latest']}              | ${['latest']}
    ${['major']}               | ${['2']}
    ${[]}                      | ${[]}
  `('gives $tags for the set $levels', ({ levels, tags }: { levels: Level[]; tags: string[] }) => {
    expect(tagsOf('2.1.106', { levels })).toEqual(tags);
  });

  it.each`
    release    | zeroMajor | tags
    ${'0.1.2'} | ${false}  | ${['0.1', 'latest']}
    ${'0.1.2'} | ${true}   | ${['0.1', '0', 'latest']}
    ${'0.0.3'} | ${false}  | ${['latest']}
    ${'0.0.3'} | ${true}   | ${['0.0', '0', 'latest']}
    ${'1.0.0'} | ${false}  | ${['1.0', '1', 'latest']}
  `(
    'gives $tags for $release with zeroMajor $zeroMajor',
    ({ release, zeroMajor, tags }: { release: string; zeroMajor: boolean; tags: string[] }) => {
      expect(tagsOf(release, { zeroMajor })).toEqual(tags);
    },
  );

  it('gives a pre-release the tags of its channels, and none without', () => {
    const channels = { rc: { match: 'prerelease', tags: ['minor', 'latest'] as const } };

    expect(tagsOf('2.1.0-rc.1')).toEqual([]);
    expect(tagsOf('2.1.0-rc.1', { channels })).toEqual(['2.1-rc', 'rc']);
  });

  it('gives a variant tags of its own', () => {
    const variants = { ...rulesWith({}).variants, known: ['alpine'] };

    expect(tagsOf('2.1.0-alpine', { variants })).toEqual(['2.1-alpine', '2-alpine', 'alpine']);
  });
});

describe(isMovingTagShape.name, () => {
  it.each(['latest', '2', '0', '2.1', '0.0', 'v2', 'v2.1', '10.20', '1234567'])(
    'takes %s for the name of a moving tag',
    (tag) => {
      expect(isMovingTagShape(tag)).toBe(true);
    },
  );

  it.each([
    ...['', '2.1.106', 'v2.1.106', '2.1-alpine', '02', '2.01', 'v', 'V2', 'vlatest', 'Latest'],
    ...['2.', '.2', '2.1.', '2.1\n', ' 2', 'latest-alpine', '2.x', 'rc', '2-rc', '2.1-'],
  ])('does not take %j for one', (tag) => {
    expect(isMovingTagShape(tag)).toBe(false);
  });

  it.each([
    ...['alpine', '2-alpine', '2.1-alpine3.23', 'latest-alpine', 'v2.1-alpine'],
    ...['rc', '2-rc', '2.1-rc', '2.1-rc-alpine', '2.1-alpine-rc', 'krypton', 'krypton-alpine'],
  ])('takes %s for the name of one that variants and channels make', (tag) => {
    const rules = rulesWith({
      variants: { ...rulesWith({}).variants, known: ['alpine*'] },
      channels: { rc: { match: 'prerelease' }, lts: { majors: [24], names: { 24: 'krypton' } } },
    });

    expect(isMovingTagShape(tag, rules)).toBe(true);
    expect(isMovingTagShape(tag)).toBe(false);
  });

  it.each`
    scheme         | tag          | expected
    ${'two-part'}  | ${'18'}      | ${true}
    ${'two-part'}  | ${'18.6'}    | ${false}
    ${'four-part'} | ${'24.10.1'} | ${true}
    ${'calver'}    | ${'2026.07'} | ${true}
  `(
    'takes $tag for one under $scheme: $expected',
    (row: { scheme: RepositoryRules['scheme']; tag: string; expected: boolean }) => {
      expect(isMovingTagShape(row.tag, rulesWith({ scheme: row.scheme }))).toBe(row.expected);
    },
  );
});
