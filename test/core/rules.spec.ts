import { DEFAULT_RULES } from '../../src/core/rules';

describe('the rules of a repository that configures nothing', () => {
  it('publish all levels, strip the v and leave 0 out', () => {
    expect(DEFAULT_RULES).toMatchObject({
      scheme: 'semver',
      levels: ['minor', 'major', 'latest'],
      versionPrefix: 'strip',
      zeroMajor: false,
    });
  });

  it('refuse what has to be asked for', () => {
    expect(DEFAULT_RULES).toMatchObject({
      ...{ bootstrapLatest: false, emptyLine: 'freeze', revisions: false, rebuilds: 'refuse' },
      ...{ requirePlatforms: [], channels: {} },
      parse: {
        ...{ gluedPrerelease: 'reject', shortRelease: 'reject', shortPrerelease: 'reject' },
        ...{ numericSuffix: 'prerelease', buildMetadata: 'underscore' },
      },
      variants: { known: [], scope: 'own', latestName: 'bare', defaults: {}, requireAll: false },
    });
  });
});
