import { DEFAULT_RULES } from '../../src/core/rules';

describe('the rules of a repository that configures nothing', () => {
  it('publish all levels, strip the v and leave 0 out', () => {
    expect(DEFAULT_RULES).toEqual({
      levels: ['minor', 'major', 'latest'],
      versionPrefix: 'strip',
      zeroMajor: false,
    });
  });
});
