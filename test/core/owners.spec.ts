import { resolveOwners } from '../../src/core/owners';
import type { Release } from '../../src/core/release';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { digestOf, NOW, releaseOf, rulesWith } from './builders';

function ownersOf(
  releases: readonly Release[],
  rules: RepositoryRules = DEFAULT_RULES,
): Readonly<Record<string, string | undefined>> {
  const { lines } = resolveOwners(releases, rules, NOW);
  return Object.fromEntries([...lines].map(([tag, { owner }]) => [tag, owner?.tag]));
}

describe(resolveOwners.name, () => {
  it('gives no lines without releases', () => {
    const { lines, conflicting } = resolveOwners([], DEFAULT_RULES, NOW);

    expect(lines.size).toBe(0);
    expect(conflicting.size).toBe(0);
  });

  it('gives every line to its highest release', () => {
    const releases = ['2.1.114', '3.0.42', '2.2.11', '2.1.106', '10.0.0'].map((tag) =>
      releaseOf(tag),
    );

    expect(ownersOf(releases)).toEqual({
      ...{ '2.1': '2.1.114', '2.2': '2.2.11', '3.0': '3.0.42', '10.0': '10.0.0' },
      ...{ '2': '2.2.11', '3': '3.0.42', '10': '10.0.0', latest: '10.0.0' },
    });
  });

  it('leaves pre-releases out, marked by text or announced', () => {
    const releases = [
      releaseOf('2.0.0'),
      releaseOf('2.1.0-rc.1'),
      releaseOf('3.0.0', { announcedPrerelease: true }),
    ];

    expect(ownersOf(releases)).toEqual({ '2.0': '2.0.0', '2': '2.0.0', latest: '2.0.0' });
  });

  it('gives nothing to a missing release, and remembers that it is the highest', () => {
    const releases = [releaseOf('2.0.0'), releaseOf('2.1.0', { missing: true })];

    const { lines } = resolveOwners(releases, DEFAULT_RULES, NOW);

    expect(ownersOf(releases)).toEqual({
      ...{ '2.0': '2.0.0', '2.1': undefined, '2': '2.0.0', latest: '2.0.0' },
    });
    expect([...lines.values()].map(({ tag, highest }) => [tag, highest.tag])).toEqual([
      ['2.0', '2.0.0'],
      ['2', '2.1.0'],
      ['latest', '2.1.0'],
      ['2.1', '2.1.0'],
    ]);
  });

  describe('with two tags of one version', () => {
    const bare = releaseOf('2.1.0', { digest: digestOf('A') });
    const same = releaseOf('v2.1.0', { digest: digestOf('A') });
    const other = releaseOf('v2.1.0', { digest: digestOf('B') });
    const lower = releaseOf('2.0.9');

    it('sees one release on one digest, under its bare spelling', () => {
      for (const releases of [
        [bare, same],
        [same, bare],
      ]) {
        expect(resolveOwners(releases, DEFAULT_RULES, NOW).conflicting.size).toBe(0);
        expect(ownersOf(releases)).toEqual({ '2.1': '2.1.0', '2': '2.1.0', latest: '2.1.0' });
      }
    });

    it('takes neither on two digests', () => {
      for (const releases of [
        [lower, bare, other],
        [other, bare, lower],
      ]) {
        const { conflicting } = resolveOwners(releases, DEFAULT_RULES, NOW);

        expect([...conflicting].sort()).toEqual(['2.1.0', 'v2.1.0']);
        expect(ownersOf(releases)).toEqual({
          ...{ '2.0': '2.0.9', '2.1': undefined, '2': '2.0.9', latest: '2.0.9' },
        });
      }
    });

    it('ends the conflict when one of them is gone', () => {
      const releases = [{ ...bare, missing: true }, other];

      expect(resolveOwners(releases, DEFAULT_RULES, NOW).conflicting.size).toBe(0);
      expect(ownersOf(releases)['2.1']).toBe('v2.1.0');
    });

    it('sees no conflict between two versions', () => {
      const releases = [releaseOf('2.1.0'), releaseOf('2.1.0-rc.1'), releaseOf('v2.1.1')];

      expect(resolveOwners(releases, DEFAULT_RULES, NOW).conflicting.size).toBe(0);
    });
  });

  it.each`
    prefix     | owners
    ${'strip'} | ${{ '2.1': 'v2.1.3', '2': 'v2.1.3', latest: 'v2.1.3' }}
    ${'keep'}  | ${{ '2.1': '2.1.2', '2': '2.1.2', 'v2.1': 'v2.1.3', v2: 'v2.1.3', latest: 'v2.1.3' }}
    ${'both'}  | ${{ '2.1': 'v2.1.3', '2': 'v2.1.3', 'v2.1': 'v2.1.3', v2: 'v2.1.3', latest: 'v2.1.3' }}
  `(
    'puts releases with and without v on the lines of $prefix',
    ({ prefix, owners }: { prefix: RepositoryRules['versionPrefix']; owners: object }) => {
      const releases = [releaseOf('2.1.2'), releaseOf('v2.1.3'), releaseOf('v2.1.1')];

      expect(ownersOf(releases, rulesWith({ versionPrefix: prefix }))).toEqual(owners);
    },
  );
});
