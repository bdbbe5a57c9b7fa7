import { isMovingTagShape, movingTagsOf, publishedTagsOf } from '../../src/core/moving-tags';
import { type Level, LEVELS, type VersionPrefix } from '../../src/core/rules';
import { rulesWith, versionOf } from './builders';

describe(movingTagsOf.name, () => {
  it('gives every level of a version, most specific first', () => {
    const tags = movingTagsOf(versionOf('2.1.106'), rulesWith({}));

    expect(tags).toEqual([
      { tag: '2.1', level: 'minor', unpublished: undefined },
      { tag: '2', level: 'major', unpublished: undefined },
      { tag: 'latest', level: 'latest', unpublished: undefined },
    ]);
  });

  it('says which levels are off', () => {
    const tags = movingTagsOf(versionOf('2.1.106'), rulesWith({ levels: ['latest'] }));

    expect(tags.map(({ tag, unpublished }) => [tag, unpublished])).toEqual([
      ['2.1', 'level-off'],
      ['2', 'level-off'],
      ['latest', undefined],
    ]);
  });

  it.each`
    version    | zeroMajor | reasons
    ${'0.1.2'} | ${false}  | ${[undefined, 'zero-major-off', undefined]}
    ${'0.0.3'} | ${false}  | ${['zero-major-off', 'zero-major-off', undefined]}
    ${'0.0.3'} | ${true}   | ${[undefined, undefined, undefined]}
    ${'1.0.3'} | ${false}  | ${[undefined, undefined, undefined]}
  `(
    'knows what $version does not publish with zeroMajor $zeroMajor',
    (row: { version: string; zeroMajor: boolean; reasons: (string | undefined)[] }) => {
      const rules = rulesWith({ zeroMajor: row.zeroMajor });

      const tags = movingTagsOf(versionOf(row.version), rules);

      expect(tags.map(({ unpublished }) => unpublished)).toEqual(row.reasons);
    },
  );

  it('names the level before the zero major when both are off', () => {
    const tags = movingTagsOf(versionOf('0.0.3'), rulesWith({ levels: [] }));

    expect(tags.map(({ unpublished }) => unpublished)).toEqual([
      'level-off',
      'level-off',
      'level-off',
    ]);
  });
});

describe(publishedTagsOf.name, () => {
  it.each`
    version         | prefix     | tags
    ${'v2.1.106'}   | ${'strip'} | ${['2.1', '2', 'latest']}
    ${'v2.1.106'}   | ${'keep'}  | ${['v2.1', 'v2', 'latest']}
    ${'v2.1.106'}   | ${'both'}  | ${['2.1', '2', 'v2.1', 'v2', 'latest']}
    ${'2.1.106'}    | ${'strip'} | ${['2.1', '2', 'latest']}
    ${'2.1.106'}    | ${'keep'}  | ${['2.1', '2', 'latest']}
    ${'2.1.106'}    | ${'both'}  | ${['2.1', '2', 'latest']}
    ${'v0.1.2'}     | ${'both'}  | ${['0.1', 'v0.1', 'latest']}
    ${'v0.0.2'}     | ${'keep'}  | ${['latest']}
    ${'2.1.0-rc.1'} | ${'strip'} | ${['2.1', '2', 'latest']}
  `(
    'publishes $tags for $version under $prefix',
    ({ version, prefix, tags }: { version: string; prefix: VersionPrefix; tags: string[] }) => {
      expect(publishedTagsOf(versionOf(version), rulesWith({ versionPrefix: prefix }))).toEqual(
        tags,
      );
    },
  );

  it.each`
    levels                 | tags
    ${LEVELS}              | ${['2.1', '2', 'latest']}
    ${['minor', 'latest']} | ${['2.1', 'latest']}
    ${['major', 'minor']}  | ${['2.1', '2']}
    ${['latest']}          | ${['latest']}
    ${['major']}           | ${['2']}
    ${[]}                  | ${[]}
  `(
    'publishes $tags for the set $levels',
    ({ levels, tags }: { levels: Level[]; tags: string[] }) => {
      expect(publishedTagsOf(versionOf('2.1.106'), rulesWith({ levels }))).toEqual(tags);
    },
  );

  it.each`
    version    | zeroMajor | tags
    ${'0.1.2'} | ${false}  | ${['0.1', 'latest']}
    ${'0.1.2'} | ${true}   | ${['0.1', '0', 'latest']}
    ${'0.0.3'} | ${false}  | ${['latest']}
    ${'0.0.3'} | ${true}   | ${['0.0', '0', 'latest']}
    ${'1.0.0'} | ${false}  | ${['1.0', '1', 'latest']}
  `(
    'publishes $tags for $version with zeroMajor $zeroMajor',
    ({ version, zeroMajor, tags }: { version: string; zeroMajor: boolean; tags: string[] }) => {
      expect(publishedTagsOf(versionOf(version), rulesWith({ zeroMajor }))).toEqual(tags);
    },
  );
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
    ...['2.', '.2', '2.1.', '2.1\n', ' 2', 'latest-alpine', '2.x'],
  ])('does not take %j for one', (tag) => {
    expect(isMovingTagShape(tag)).toBe(false);
  });
});
