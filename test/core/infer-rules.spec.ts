import fc from 'fast-check';
import { inferRules } from '../../src/core/infer-rules';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';

function rulesOf(tags: string): RepositoryRules {
  return inferRules(tags.split(' ').filter((tag) => tag !== '')).rules;
}

describe(inferRules.name, () => {
  it.each(['', 'main latest', 'sha-ab12cd3 20260805 nightly-20260820'])(
    'keeps the defaults where no version is listed: "%s"',
    (tags) => {
      expect(rulesOf(tags)).toEqual(DEFAULT_RULES);
    },
  );

  it.each`
    tags                                                        | scheme
    ${'2.1.106 2.1 2 latest'}                                   | ${'semver'}
    ${'18.6 18.5 17.2 18 17 latest'}                            | ${'two-part'}
    ${'18.6 10.1 18 10 9.6.24 9.6.23 9.6 9 latest'}             | ${'two-part'}
    ${'24.10.1.2812 24.10.1 24.10 24 latest'}                   | ${'four-part'}
    ${'2026.07 2026.08 2026.10 2026 latest'}                    | ${'calver'}
    ${'2026.7.1 2026.7 2026.8 2026'}                            | ${'calver'}
    ${'24.04 23.10 24 latest'}                                  | ${'calver'}
    ${'3.24.1 3.24 3 latest 20260805 20260101 20250101'}        | ${'semver'}
    ${'1.2.3 1.02.4 1.2.5 1.2.6 1.3.0 1.2 1'}                   | ${'semver'}
    ${'1.2.2 1.3 1 1.2 latest'}                                 | ${'semver'}
    ${'2.5.3 2.5 2.4 2.3 2.2 2 latest'}                         | ${'semver'}
    ${'2.0.0-rc.3 2.0.0-rc.3-alpine'}                           | ${'semver'}
    ${'1.0.0 1.1.0 1.2.0 0.2.1.0-rc1'}                          | ${'semver'}
    ${'1.0.0 1.1.0 1.2.0 1.3.0 1.4.0 1.5.0 1.6.0 1.7.0 2026.1'} | ${'semver'}
  `('reads $tags as $scheme', ({ tags, scheme }: { tags: string; scheme: string }) => {
    expect(rulesOf(tags).scheme).toBe(scheme);
  });

  it.each`
    tags                                        | levels
    ${'1.0.0 1.1.0 2.0.0'}                      | ${['minor', 'major', 'latest']}
    ${'1.0.0 1.1.0 2.0.0 1.0 1.1 2.0 latest'}   | ${['minor', 'latest']}
    ${'1.0.0 1.1.0 2.0.0 latest'}               | ${['latest']}
    ${'1.0.0-alpine 1.1.0 2.0.0 alpine'}        | ${['latest']}
    ${'1.0.0 1.1.0 2.0.0 1 2'}                  | ${['major']}
    ${'2.6.1 2.6 latest'}                       | ${['minor', 'major', 'latest']}
    ${'0.10.1 0.10.2 0.11.0 0.12.0 0.10 0.11'}  | ${['minor', 'major']}
    ${'1.1.1.1 1.1.1.2 1.1.2.3 1.1.1 1.1.2'}    | ${['patch']}
    ${'18.5 18.6 17.1 18 17'}                   | ${['major']}
    ${'1.0.0 1.1.0 2.0.0 1.0-alpine 1.0-other'} | ${['minor']}
  `('finds the levels $levels in $tags', (row: { tags: string; levels: readonly string[] }) => {
    expect(rulesOf(row.tags).levels).toEqual(row.levels);
  });

  it.each`
    tags                                            | changed
    ${'v2.1.0 v2.1 v2'}                             | ${{ versionPrefix: 'keep' }}
    ${'v2.1.0 v2.1 2.1'}                            | ${{ versionPrefix: 'both' }}
    ${'v2.1.0 2.1 2'}                               | ${{ versionPrefix: 'strip' }}
    ${'v2.1.0'}                                     | ${{ versionPrefix: 'strip' }}
    ${'2.1.0 v2'}                                   | ${{ versionPrefix: 'strip' }}
    ${'0.4.0 0.4 0'}                                | ${{ zeroMajor: true }}
    ${'0.0.1 0.0'}                                  | ${{ zeroMajor: true }}
    ${'0.4.0 0.4'}                                  | ${{ zeroMajor: false }}
    ${'6.4.3-r9 6.4.3-r10 6.4.3 6.4'}               | ${{ revisions: true }}
    ${'6.4.3-debian-12-r9 6.4.3-debian-12'}         | ${{ revisions: true }}
    ${'6.4.3-r9 6.4.2'}                             | ${{ revisions: false }}
    ${'3.15.0-rc.1 3.15-rc 3.14.0 3.14'}            | ${{ channels: { rc: { match: 'prerelease', tags: ['minor'] } } }}
    ${'3.1.0-rc.1 3.1-rc 3-rc rc'}                  | ${{ channels: { rc: { match: 'prerelease', tags: ['minor', 'major', 'latest'] } } }}
    ${'2.3.0-beta.1 2.3.0-rc.1 2.3-beta 2-rc'}      | ${{ channels: { beta: { match: 'beta', tags: ['minor'] }, rc: { match: 'rc', tags: ['major'] } } }}
    ${'13.0.1-ubi10-rc 13.0-ubi10-rc 12.3.1-noble'} | ${{ channels: { rc: { match: 'prerelease', tags: ['minor'] } } }}
    ${'2.3.0-rc.1 rc nightly'}                      | ${{ channels: {} }}
  `('infers $changed from $tags', (row: { tags: string; changed: Partial<RepositoryRules> }) => {
    expect(rulesOf(row.tags)).toMatchObject(row.changed);
    expect(rulesOf(row.tags).channels).toEqual(row.changed.channels ?? {});
  });

  it.each`
    tags                                      | accepted
    ${'3.5.0rc1 3.4.0'}                       | ${['gluedPrerelease']}
    ${'4.0-beta1 3.11.1 3.11.2'}              | ${['shortPrerelease']}
    ${'1.10beta1 1.9.1 1.9.2'}                | ${['gluedPrerelease', 'shortPrerelease']}
    ${'1.2.2 1.3 1 1.2 latest'}               | ${['shortRelease']}
    ${'1.0.0 1.1.0 1.2.0 1.3.0 1.4.0 2026.1'} | ${[]}
    ${'2.1.106 2.1 1.9 1.8'}                  | ${[]}
    ${'5.0.1 6.0-beta1 6.0'}                  | ${['shortPrerelease']}
    ${'1.2.3 7f3a9c2 7b3 1.2.3-1 1.2.3-rc.1'} | ${[]}
    ${'3.1.0-rc.1 3.1-rc 3.0.0'}              | ${[]}
  `('accepts $accepted because of $tags', (row: { tags: string; accepted: readonly string[] }) => {
    const accepted = Object.entries(rulesOf(row.tags).parse).flatMap(([key, value]) =>
      value === 'accept' ? [key] : [],
    );

    expect(accepted).toEqual(row.accepted);
  });

  it.each`
    tags                                                               | known
    ${'1.0.0 1.0.0-weird'}                                             | ${[]}
    ${'1.0.0 1.0.0-alpine'}                                            | ${['alpine']}
    ${'1.0.0-passenger 1.0-passenger'}                                 | ${['passenger']}
    ${'1.0.0-passenger passenger'}                                     | ${['passenger']}
    ${'1.0.0-weird 1.1.0-weird'}                                       | ${['weird']}
    ${'1.0.0-weird other latest-other'}                                | ${[]}
    ${'1.0.0-rc.1 1.1.0-rc.1 1.0.0-beta2 1.1.0-beta2 1.0.0-1 1.1.0-1'} | ${[]}
    ${'1.0.0-amd64 1.1.0-amd64 1.0.0-linux-arm64 1.1.0-linux-arm64'}   | ${[]}
    ${'1.0.0-amd64 1.0-amd64 latest-amd64'}                            | ${['amd64']}
    ${'1.0.0-alpine 1.1.0-alpine3.23'}                                 | ${['alpine*']}
    ${'1.0.0-alpine3.22 1.1.0-alpine3.23'}                             | ${['alpine*']}
    ${'1.0.0-alpine3.22 1.1.0-alpine3.22'}                             | ${['alpine3.22']}
    ${'1.0.0-slim-bookworm 1.0.0-slim 1.0.0-bookworm'}                 | ${['bookworm', 'slim']}
    ${'1.0.0-slim-bookworm 1.0.0-rc1-slim-bookworm'}                   | ${['slim-bookworm']}
    ${'1.0.0-nanoserver-1809 1.1.0-nanoserver-1809'}                   | ${['nanoserver-1809']}
    ${'1.0.0-alpine-2 1.1.0-alpine-3'}                                 | ${[]}
    ${'1.0.0-ubi10-rc 1.0.1-ubi10-rc'}                                 | ${['ubi10']}
  `('knows the variants $known in $tags', (row: { tags: string; known: readonly string[] }) => {
    expect(rulesOf(row.tags).variants.known).toEqual(row.known);
  });

  it.each`
    tags                                       | latestName
    ${'1.0.0-alpine 1.0-alpine alpine'}        | ${'bare'}
    ${'1.0.0-alpine 1.0-alpine latest-alpine'} | ${'prefixed'}
    ${'1.0.0-alpine 1.0-alpine'}               | ${'bare'}
  `('names the latest of a variant $latestName', (row: { tags: string; latestName: string }) => {
    expect(rulesOf(row.tags).variants.latestName).toBe(row.latestName);
  });

  const DROPPED =
    '2.0.0 2.0 2 latest 1.0.0-slim 1.1.0-slim 1.0-slim 1.1-slim 2.0.0-alpine 2-alpine';

  it('takes the scope head where dropped variants have no tags of their own', () => {
    const tags = `${DROPPED} 1.2.0 1.2 1 1.0.0-perl 1.0-perl 1.1.0`;

    expect(rulesOf(tags).variants.scope).toBe('head');
  });

  it('takes the scope own where dropped variants have them', () => {
    const tags = `${DROPPED} 1.2.0 1.2 1 1.0.0-perl 1.0-perl 1-perl perl slim 1-slim 1.1.0`;

    expect(rulesOf(tags).variants.scope).toBe('own');
  });

  it('counts what fits and what only looks like a version', () => {
    const tags = ['2.1.106', '2.1.0-rc.1', '2.1', 'latest', 'main', '02.1.7', '2.1.106-weird'];

    const { fitting, versions } = inferRules(tags);

    expect({ fitting, versions }).toEqual({ fitting: 2, versions: 4 });
  });

  it('infers the same whatever the order of the tags and however often each is listed', () => {
    const numbers = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.'));
    const suffix = fc.constantFrom('', '', '-alpine', '-alpine3.2', '-slim', '-rc.1', 'rc2', '-r1');
    const version = fc
      .tuple(fc.constantFrom('', 'v'), numbers, fc.integer({ min: 1, max: 5 }), suffix)
      .map(([prefix, text, length, end]) => `${prefix}${text.slice(0, length)}${end}`);
    const tag = fc.oneof(version, fc.constantFrom('latest', 'alpine', 'latest-slim', 'rc'));
    const shuffled = fc
      .array(tag)
      .chain((tags) =>
        fc.tuple(fc.constant(tags), fc.shuffledSubarray(tags, { minLength: tags.length })),
      );

    fc.assert(
      fc.property(shuffled, ([tags, others]) => {
        expect(inferRules([...others, ...tags])).toEqual(inferRules(tags));
      }),
    );
  });
});
