import type { Digest, TagName } from '../../src/core/names';
import { type Observation, observedChanges, takeInReleases } from '../../src/core/observation';
import type { Release, Target } from '../../src/core/release';
import { DEFAULT_RULES } from '../../src/core/rules';
import { digestOf, NOW, releaseOf, rulesWith, tagOf, targetOf } from './builders';

function observationOf(
  found: Readonly<Record<string, string | null>>,
  { complete = false, marks = {} }: { complete?: boolean; marks?: Record<string, boolean> } = {},
): Observation {
  return {
    found: new Map(
      Object.entries(found).map(([tag, on]): [TagName, Digest | null] => [
        tagOf(tag),
        on === null ? null : digestOf(on),
      ]),
    ),
    complete,
    prereleaseMarks: new Map(Object.entries(marks).map(([tag, mark]) => [tagOf(tag), mark])),
  };
}

const AT = { rules: DEFAULT_RULES, now: NOW };

describe(takeInReleases.name, () => {
  const known = [releaseOf('2.1.105'), releaseOf('2.1.106')];

  it('takes in version tags and leaves everything else', () => {
    const observation = observationOf({
      ...{ '2.1.107': 'A', 'v2.1.108': 'B', '2.2.0-rc.1': 'C' },
      ...{ '2.1': 'A', latest: 'A', main: 'A', '2.1.107-alpine': 'D', '2.1.109': null },
    });

    const { releases, changed } = takeInReleases([], observation, AT);

    expect(releases).toEqual([
      releaseOf('2.1.107', { digest: digestOf('A'), firstSeenAt: NOW }),
      releaseOf('v2.1.108', { digest: digestOf('B'), firstSeenAt: NOW }),
      releaseOf('2.2.0-rc.1', { digest: digestOf('C'), firstSeenAt: NOW }),
    ]);
    expect(changed).toEqual(releases);
  });

  it('changes nothing when it sees the same again', () => {
    const observation = observationOf({ '2.1.105': '2.1.105', '2.1.106': '2.1.106' });

    const { releases, changed } = takeInReleases(known, observation, AT);

    expect(releases).toEqual(known);
    expect(changed).toEqual([]);
  });

  it('keeps the digest that a release was first seen with', () => {
    const { releases, changed } = takeInReleases(
      known,
      observationOf({ '2.1.106': 'rebuilt' }),
      AT,
    );

    expect(releases).toEqual(known);
    expect(changed).toEqual([]);
  });

  it('keeps that digest also when the release changes otherwise', () => {
    const missing = [releaseOf('2.1.105'), releaseOf('2.1.106', { missing: true })];
    const observation = observationOf(
      { '2.1.105': 'rebuilt', '2.1.106': 'rebuilt' },
      { marks: { '2.1.105': true } },
    );

    const { changed } = takeInReleases(missing, observation, AT);

    expect(changed).toEqual([
      releaseOf('2.1.105', { announcedPrerelease: true }),
      releaseOf('2.1.106'),
    ]);
  });

  it('takes the new digest of a release where the rules allow rebuilds', () => {
    const rules = rulesWith({ rebuilds: 'allow' });
    const observation = observationOf({ '2.1.106': 'rebuilt' });

    const { changed } = takeInReleases(known, observation, { rules, now: NOW });

    expect(changed).toEqual([releaseOf('2.1.106', { digest: digestOf('rebuilt') })]);
  });

  it('forgets the platforms of a release that was built again', () => {
    const seen = [releaseOf('2.1.106', { platforms: ['linux/amd64'] })];
    const rules = rulesWith({ rebuilds: 'allow' });
    const observation = observationOf({ '2.1.106': 'rebuilt' });

    const { releases } = takeInReleases(seen, observation, { rules, now: NOW });

    expect(releases[0]?.platforms).toBeUndefined();
  });

  it('remembers when it saw a release first, not last', () => {
    const seen = [releaseOf('2.1.105', { firstSeenAt: 1 }), releaseOf('2.1.106')];
    const observation = observationOf({ '2.1.105': '2.1.105', '2.1.107': 'A' });

    const { releases } = takeInReleases(seen, observation, AT);

    expect(releases.map(({ firstSeenAt }) => firstSeenAt)).toEqual([1, undefined, NOW]);
  });

  it('marks a release as missing when its tag was looked for in vain', () => {
    const { releases, changed } = takeInReleases(known, observationOf({ '2.1.106': null }), AT);

    expect(changed).toEqual([releaseOf('2.1.106', { missing: true })]);
    expect(releases).toEqual([known[0], ...changed]);
  });

  it('marks a release as missing when a complete list does not have it', () => {
    const observation = observationOf({ '2.1.105': '2.1.105' }, { complete: true });

    expect(takeInReleases(known, observation, AT).changed).toEqual([
      releaseOf('2.1.106', { missing: true }),
    ]);
  });

  it('concludes nothing from what an incomplete look leaves out', () => {
    const { releases, changed } = takeInReleases(
      known,
      observationOf({ '2.1.105': '2.1.105' }),
      AT,
    );

    expect(releases).toEqual(known);
    expect(changed).toEqual([]);
  });

  it('takes a release back that comes again', () => {
    const missing = [releaseOf('2.1.106', { missing: true })];

    const { changed } = takeInReleases(missing, observationOf({ '2.1.106': '2.1.106' }), AT);

    expect(changed).toEqual([releaseOf('2.1.106')]);
  });

  it('reports a missing release once', () => {
    const missing = [releaseOf('2.1.106', { missing: true })];

    expect(takeInReleases(missing, observationOf({}, { complete: true }), AT).changed).toEqual([]);
  });

  it.each`
    before   | mark         | after    | changes
    ${false} | ${true}      | ${true}  | ${1}
    ${true}  | ${false}     | ${false} | ${1}
    ${true}  | ${undefined} | ${true}  | ${0}
    ${true}  | ${true}      | ${true}  | ${0}
    ${false} | ${undefined} | ${false} | ${0}
  `(
    'goes from prerelease $before to $after when an announcement says $mark',
    (row: { before: boolean; mark?: boolean; after: boolean; changes: number }) => {
      const release = releaseOf('2.1.106', { announcedPrerelease: row.before });
      const marks = row.mark === undefined ? {} : { '2.1.106': row.mark };

      const { releases, changed } = takeInReleases(
        [release],
        observationOf({ '2.1.106': '2.1.106' }, { marks }),
        AT,
      );

      expect(releases).toEqual([releaseOf('2.1.106', { announcedPrerelease: row.after })]);
      expect(changed).toHaveLength(row.changes);
    },
  );

  it('marks a new release as it was announced', () => {
    const marks = { '2.1.106': true, '2.1.107': false };
    const observation = observationOf({ '2.1.106': 'A', '2.1.107': 'B' }, { marks });

    const { releases } = takeInReleases([], observation, AT);

    expect(releases.map(({ announcedPrerelease }) => announcedPrerelease)).toEqual([true, false]);
  });

  it('counts a text with a pre-release word whatever the announcement says', () => {
    const observation = observationOf({ '2.1.0-rc.1': 'A' }, { marks: { '2.1.0-rc.1': false } });

    const [release] = takeInReleases([], observation, AT).releases;

    expect(release?.version.prerelease).toEqual(['rc', 1]);
  });

  it('makes no release of an announced tag that is not there', () => {
    const observation = observationOf({ '2.1.106': null }, { marks: { '2.1.106': true } });

    expect(takeInReleases([], observation, AT)).toEqual({ releases: [], changed: [] });
  });
});

describe(observedChanges.name, () => {
  const releases: readonly Release[] = [
    ...[releaseOf('2.1.105'), releaseOf('2.1.106'), releaseOf('1.0.0')],
  ];

  function changesOf(
    recorded: Readonly<Record<string, string>>,
    observation: Observation,
  ): ReturnType<typeof observedChanges> {
    const targets = new Map(
      Object.entries(recorded).map(([tag, at]): [TagName, Target] => [tagOf(tag), targetOf(at)]),
    );
    return observedChanges(targets, observation, releases, DEFAULT_RULES);
  }

  it('sees nothing where everything is as recorded', () => {
    const observation = observationOf({ latest: '2.1.106', '2.1.106': '2.1.106', '2.2': null });

    expect(changesOf({ latest: '2.1.106', '2.1.106': '2.1.106' }, observation)).toEqual([]);
  });

  it.each`
    what                                           | tag          | recorded     | found        | from         | to
    ${'a moving tag that went down'}               | ${'2.1'}     | ${'2.1.106'} | ${'2.1.105'} | ${'2.1.106'} | ${'2.1.105'}
    ${'a moving tag that appeared'}                | ${'2.1'}     | ${undefined} | ${'2.1.105'} | ${null}      | ${'2.1.105'}
    ${'a moving tag on a digest outside its line'} | ${'2.1'}     | ${'2.1.106'} | ${'1.0.0'}   | ${'2.1.106'} | ${null}
    ${'a release on its own digest'}               | ${'2.1.106'} | ${undefined} | ${'2.1.106'} | ${null}      | ${'2.1.106'}
    ${'a release on the digest of another'}        | ${'2.1.106'} | ${'2.1.106'} | ${'2.1.105'} | ${'2.1.106'} | ${null}
    ${'a word, which stands on no release'}        | ${'main'}    | ${undefined} | ${'2.1.105'} | ${null}      | ${null}
  `(
    'sees $what',
    (row: {
      tag: string;
      recorded?: string;
      found: string;
      from: string | null;
      to: string | null;
    }) => {
      const recorded = row.recorded === undefined ? {} : { [row.tag]: row.recorded };

      const changes = changesOf(recorded, observationOf({ [row.tag]: row.found }));

      expect(changes).toEqual([
        {
          tag: row.tag,
          from: row.from === null ? null : targetOf(row.from),
          to: { digest: digestOf(row.found), release: row.to },
        },
      ]);
    },
  );

  it('sees that a tag which was looked for is gone', () => {
    expect(changesOf({ latest: '2.1.106' }, observationOf({ latest: null }))).toEqual([
      { tag: 'latest', from: targetOf('2.1.106'), to: null },
    ]);
  });

  it.each`
    complete | gone
    ${true}  | ${['latest']}
    ${false} | ${[]}
  `(
    'takes a tag that was not found for gone when the look was complete ($complete)',
    ({ complete, gone }: { complete: boolean; gone: string[] }) => {
      const changes = changesOf({ latest: '2.1.106' }, observationOf({}, { complete }));

      expect(changes.map(({ tag }) => tag)).toEqual(gone);
    },
  );
});
