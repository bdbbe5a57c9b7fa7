import type { Decision } from '../../src/core/decision';
import { planMoves, type PlanInput, type TagState } from '../../src/core/plan';
import type { Release } from '../../src/core/release';
import { DEFAULT_RULES } from '../../src/core/rules';
import { digestOf, NOW, releaseOf, rulesWith, tagOf, targetOf } from './builders';

/** Where Tagward put a tag, and where it is now; one name for both when nobody touched it. */
type Standing = string | { recorded: string | null; found: string | null };

function plan(
  releases: readonly Release[],
  standing: Readonly<Record<string, Standing>> = {},
  changes: Partial<PlanInput> = {},
): readonly Decision[] {
  const states = new Map(
    Object.entries(standing).map(([tag, at]) => [
      tagOf(tag),
      stateOf(typeof at === 'string' ? { recorded: at, found: at } : at),
    ]),
  );
  return planMoves({
    ...{ releases, rules: DEFAULT_RULES, cause: 'released', states, holds: new Map(), now: NOW },
    ...changes,
  });
}

function stateOf({ recorded, found }: { recorded: string | null; found: string | null }): TagState {
  return {
    recorded: recorded === null ? null : targetOf(recorded),
    found: found === null ? null : digestOf(found),
  };
}

function decisionOn(tag: string, decisions: readonly Decision[]): Decision | undefined {
  return decisions.find((decision) => decision.tag === tag);
}

function summaryOf(decisions: readonly Decision[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    decisions.map(({ tag, action, reason }) => [tag, `${action} ${reason.code}`]),
  );
}

const gone = { missing: true };

describe(planMoves.name, () => {
  it('decides nothing without stable releases', () => {
    expect(plan([])).toEqual([]);
    expect(plan([releaseOf('1.0.0-rc.1')], { latest: '0.9.0' })).toEqual([]);
  });

  it('creates the tags of a first release', () => {
    const decisions = plan([releaseOf('2.1.106')]);

    expect(decisions).toEqual(
      ['latest', '2', '2.1'].map((tag) => ({
        tag,
        action: 'move',
        reason: { code: 'released', text: 'created: 2.1.106 is the highest release of this line' },
        from: null,
        to: targetOf('2.1.106'),
      })),
    );
  });

  it('moves a tag from the old to the new release', () => {
    const decisions = plan([releaseOf('2.1.105'), releaseOf('2.1.106')], { '2.1': '2.1.105' });

    expect(decisionOn('2.1', decisions)).toEqual({
      tag: '2.1',
      action: 'move',
      reason: { code: 'released', text: 'moved: 2.1.106 is higher than 2.1.105' },
      from: targetOf('2.1.105'),
      to: targetOf('2.1.106'),
    });
  });

  it('keeps a tag that is right', () => {
    const decisions = plan([releaseOf('2.1.106')], { '2.1': '2.1.106' });

    expect(decisionOn('2.1', decisions)).toEqual({
      tag: '2.1',
      action: 'keep',
      reason: { code: 'already-right', text: 'kept: already on 2.1.106' },
      from: targetOf('2.1.106'),
      to: targetOf('2.1.106'),
    });
  });

  it('keeps a tag that somebody else put right', () => {
    const releases = [releaseOf('2.1.105'), releaseOf('2.1.106')];

    const decisions = plan(releases, { '2.1': { recorded: '2.1.105', found: '2.1.106' } });

    expect(decisionOn('2.1', decisions)).toMatchObject({
      action: 'keep',
      reason: { code: 'already-right' },
      to: targetOf('2.1.106'),
    });
  });

  it('gives its decisions in the order of lanes', () => {
    const releases = ['2.1.0', '3.0.0', '2.10.0', '2.2.0', '10.0.0'].map((tag) => releaseOf(tag));

    expect(plan(releases).map(({ tag }) => tag)).toEqual([
      ...['latest', '10', '10.0', '3', '3.0', '2', '2.10', '2.2', '2.1'],
    ]);
  });

  it('decides only on the tags asked for', () => {
    const tags = new Set([tagOf('2.1'), tagOf('latest'), tagOf('9.9')]);

    const decisions = plan([releaseOf('2.1.106')], {}, { tags });

    expect(decisions.map(({ tag }) => tag)).toEqual(['latest', '2.1']);
  });

  it('publishes what the rules say', () => {
    const rules = rulesWith({ levels: ['latest'], versionPrefix: 'keep' });

    expect(summaryOf(plan([releaseOf('v2.1.106')], {}, { rules }))).toEqual({
      latest: 'move released',
    });
  });

  it('lays moves that follow new rules to the rules', () => {
    const releases = [releaseOf('2.1.105'), releaseOf('2.1.106')];
    const standing = { '2.1': '2.1.106', latest: '2.1.105' };

    expect(summaryOf(plan(releases, standing, { cause: 'rules-changed' }))).toEqual({
      '2.1': 'keep already-right',
      '2': 'move rules-changed',
      latest: 'move rules-changed',
    });
  });

  describe('with drift', () => {
    const releases = [releaseOf('2.1.105'), releaseOf('2.1.106'), releaseOf('1.0.0')];

    it.each`
      what                                            | tag      | standing                                     | text
      ${'to a lower release'}                         | ${'2.1'} | ${{ recorded: '2.1.106', found: '2.1.105' }} | ${'kept: somebody else moved 2.1 to'}
      ${'to a digest that no release has'}            | ${'2.1'} | ${{ recorded: '2.1.106', found: 'by-hand' }} | ${'kept: somebody else moved 2.1 to'}
      ${'while it waited for its move'}               | ${'2.1'} | ${{ recorded: 'before', found: '2.1.105' }}  | ${'kept: somebody else moved 2.1 to'}
      ${'away'}                                       | ${'2.1'} | ${{ recorded: '2.1.106', found: null }}      | ${'kept: somebody else deleted 2.1'}
      ${'from nowhere to a digest of no release'}     | ${'2.1'} | ${{ recorded: null, found: 'by-hand' }}      | ${'which is no release of its line'}
      ${'from nowhere to a release outside its line'} | ${'2.1'} | ${{ recorded: null, found: '1.0.0' }}        | ${'which is no release of its line'}
      ${'before Tagward knew of it'}                  | ${'2'}   | ${{ recorded: 'by-hand', found: 'by-hand' }} | ${'which is no release of its line'}
    `(
      'does not touch a tag that somebody else moved $what',
      ({
        tag,
        standing,
        text,
      }: {
        tag: string;
        standing: Exclude<Standing, string>;
        text: string;
      }) => {
        const decision = decisionOn(tag, plan(releases, { [tag]: standing }));

        expect(decision).toMatchObject({ action: 'keep', reason: { code: 'drifted' } });
        expect(decision?.reason.text).toContain(text);
        expect(decision?.to?.digest).toBe(
          standing.found === null ? undefined : digestOf(standing.found),
        );
        expect(decision?.to).toEqual(decision?.from);
      },
    );

    it('lets the other tags go on', () => {
      const decisions = plan(releases, { latest: { recorded: '2.1.105', found: 'by-hand' } });

      expect(summaryOf(decisions)).toEqual({
        latest: 'keep drifted',
        ...{ '2': 'move released', '2.1': 'move released' },
        ...{ '1': 'move released', '1.0': 'move released' },
      });
    });

    it('names the release of the line that a drifted tag stands on', () => {
      const standing = { '2.1': { recorded: '2.1.106', found: '2.1.105' } };

      expect(decisionOn('2.1', plan(releases, standing))?.from).toEqual(targetOf('2.1.105'));
    });

    it('names no release for a digest outside the line', () => {
      const standing = { '2.1': { recorded: null, found: '1.0.0' } };

      expect(decisionOn('2.1', plan(releases, standing))?.from).toEqual({
        digest: digestOf('1.0.0'),
        release: null,
      });
    });
  });

  describe('at the first contact', () => {
    const releases = [releaseOf('2.0.9'), releaseOf('2.1.105'), releaseOf('2.1.106')];

    it.each`
      found        | expected
      ${'2.1.106'} | ${'keep already-right'}
      ${'2.1.105'} | ${'move released'}
      ${'2.0.9'}   | ${'move released'}
    `('adopts a tag on $found: $expected', ({ found, expected }: Record<string, string>) => {
      const decisions = plan(releases, { '2': { recorded: null, found: found ?? '' } });

      expect(summaryOf(decisions)['2']).toBe(expected);
      expect(decisionOn('2', decisions)?.from).toEqual(targetOf(found ?? ''));
    });

    it('takes no tag of one minor for a tag of another', () => {
      const decisions = plan(releases, { '2.1': { recorded: null, found: '2.0.9' } });

      expect(summaryOf(decisions)['2.1']).toBe('keep drifted');
    });
  });

  describe('when a release vanishes', () => {
    it('leaves its tags on it', () => {
      const releases = [releaseOf('2.1.105'), releaseOf('2.1.106', gone)];

      const decisions = plan(releases, { '2.1': '2.1.106', '2': '2.1.106', latest: '2.1.105' });

      expect(summaryOf(decisions)).toEqual({
        '2.1': 'keep manifest-missing',
        '2': 'keep manifest-missing',
        latest: 'keep already-right',
      });
      expect(decisionOn('2.1', decisions)?.to).toEqual(targetOf('2.1.106'));
      expect(decisionOn('2.1', decisions)?.reason.text).toContain('2.1.106 is gone');
    });

    it('moves them on when a higher release comes', () => {
      const releases = [releaseOf('2.1.106', gone), releaseOf('2.1.107')];

      const decisions = plan(releases, { '2.1': '2.1.106' });

      expect(decisionOn('2.1', decisions)).toMatchObject({
        action: 'move',
        from: targetOf('2.1.106'),
        to: targetOf('2.1.107'),
      });
    });

    it('makes no tag for a line without any release that is there', () => {
      expect(summaryOf(plan([releaseOf('2.1.106', gone)]))).toEqual({
        '2.1': 'keep manifest-missing',
        '2': 'keep manifest-missing',
        latest: 'keep manifest-missing',
      });
    });

    it('lets a tag that does not stand on it follow the highest that is left', () => {
      const releases = [releaseOf('2.1.104'), releaseOf('2.1.105'), releaseOf('2.1.106', gone)];

      expect(decisionOn('2.1', plan(releases, { '2.1': '2.1.104' }))).toMatchObject({
        action: 'move',
        to: targetOf('2.1.105'),
      });
    });
  });

  describe('with two digests for one version', () => {
    const disputed = [
      releaseOf('2.1.105'),
      releaseOf('2.1.106', { digest: digestOf('2.1.106') }),
      releaseOf('v2.1.106', { digest: digestOf('v2.1.106') }),
    ];

    it.each(['2.1.106', 'v2.1.106'])('leaves a tag where it is on %s', (at) => {
      const decision = decisionOn('2.1', plan(disputed, { '2.1': at }));

      expect(decision).toMatchObject({ action: 'keep', to: targetOf(at) });
      expect(decision?.reason).toEqual({
        code: 'conflict',
        text: 'kept: two tags name version 2.1.106 with different digests',
      });
    });

    it('sends other tags to the highest release left', () => {
      const decisions = plan([releaseOf('2.1.104'), ...disputed], { '2': '2.1.104' });

      expect(decisionOn('2', decisions)).toMatchObject({ action: 'move', to: targetOf('2.1.105') });
      expect(decisionOn('latest', decisions)).toMatchObject({ to: targetOf('2.1.105') });
    });

    it('makes no tag for a line of nothing else', () => {
      expect(summaryOf(plan(disputed.slice(1)))['2.1']).toBe('keep conflict');
    });
  });

  it('does not take a tag back from a release that became a pre-release', () => {
    const releases = [releaseOf('2.1.105'), releaseOf('2.1.106', { announcedPrerelease: true })];

    const decisions = plan(releases, { '2.1': '2.1.106' });

    expect(summaryOf(decisions)).toEqual({
      '2.1': 'keep prerelease',
      '2': 'move released',
      latest: 'move released',
    });
    expect(decisionOn('2.1', decisions)?.to).toEqual(targetOf('2.1.106'));
  });

  it('keeps the recorded name of a target that has two', () => {
    const twin = releaseOf('2.1.106', { digest: digestOf('2.1.105') });

    const decision = decisionOn('2.1', plan([releaseOf('2.1.105'), twin], { '2.1': '2.1.105' }));

    expect(decision).toMatchObject({ action: 'keep', to: targetOf('2.1.105') });
  });

  it('moves between the spellings of one version to the one that is there', () => {
    const releases = [
      releaseOf('v2.1.106', { ...gone, digest: digestOf('v2.1.106') }),
      releaseOf('2.1.106'),
    ];

    expect(decisionOn('2.1', plan(releases, { '2.1': 'v2.1.106' }))).toMatchObject({
      action: 'move',
      to: targetOf('2.1.106'),
    });
  });
});
