import { callModule } from './call-module';

const ROOT = '/repo';

async function lineOf(result: unknown): Promise<unknown> {
  const [counts] = await callModule('test-summary.mjs', ['countTests', result]);
  return (await callModule('test-summary.mjs', ['countsLine', counts]))[0];
}

describe('countsLine', () => {
  it('counts pending and todo tests as skipped', async () => {
    const result = { numPassedTests: 4, numFailedTests: 3, numPendingTests: 2, numTodoTests: 1 };

    expect(await lineOf(result)).toBe('Tests: 4 passed, 3 failed, 3 skipped');
  });

  it('counts nothing when jest left no result', async () => {
    expect(await lineOf(null)).toBe('Tests: 0 passed, 0 failed, 0 skipped');
  });
});

describe('notices', () => {
  async function noticesOf(suite: object): Promise<unknown> {
    const result = { testResults: [{ name: '/repo/test/a.spec.ts', ...suite }] };
    return (await callModule('test-summary.mjs', ['notices', result, ROOT]))[0];
  }

  it('says nothing about a suite that ran in full', async () => {
    const assertionResults = [{ status: 'passed', fullName: 'a b' }];

    expect(await noticesOf({ status: 'passed', assertionResults })).toEqual([]);
  });

  it('names what a suite skipped', async () => {
    const assertionResults = [
      { status: 'pending', fullName: 'a runs where zot is (not on the PATH)' },
      { status: 'passed', fullName: 'a b' },
    ];

    expect(await noticesOf({ status: 'passed', assertionResults })).toEqual([
      'skipped in test/a.spec.ts: a runs where zot is (not on the PATH)',
    ]);
  });

  it('shortens a long list', async () => {
    const titles = ['1', '2', '3', '4', '5', '6', '7'];
    const assertionResults = titles.map((fullName) => ({ status: 'todo', fullName }));

    expect(await noticesOf({ status: 'passed', assertionResults })).toEqual([
      'skipped in test/a.spec.ts: 1; 2; 3; 4; 5; and 2 more',
    ]);
  });

  it('names a suite that did not run', async () => {
    expect(await noticesOf({ status: 'failed', assertionResults: [] })).toEqual([
      'did not run: test/a.spec.ts',
    ]);
  });
});

describe('killsLine', () => {
  it.each([
    [[], 'Kills: 0'],
    [['b.spec.ts', 'a.spec.ts', 'b.spec.ts'], 'Kills: 3, a.spec.ts 1, b.spec.ts 2'],
  ])('counts all and those of each suite of %j', async (suites, line) => {
    expect(await callModule('test-summary.mjs', ['killsLine', suites])).toEqual([line]);
  });
});
