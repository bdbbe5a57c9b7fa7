import { checkSource, type SourceFacts } from '../../src/core/source-checks';

const NOW = Date.UTC(2026, 6, 3, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const WELL: SourceFacts = {
  ...{ id: 'ci', kind: 'generic', lastDeliveryAt: NOW - 3 * HOUR, deliveries24h: 12 },
  ...{ dead24h: 0, rejected24h: 0, pending: 0, refused: 0, refusedByClock: 0 },
  ...{ lastRefusedAt: null, clockSkewMs: 800, lastFoundBySweepAt: null },
};

/** One check as a line: its status, what was found, and what to do. */
function lineOf(name: string, facts: Partial<SourceFacts>): string {
  const check = checkSource({ ...WELL, ...facts }, NOW).find((one) => one.name === name);
  if (check === undefined) throw new Error(`there is no check ${name}`);
  const { status, text, fix } = check;
  return `${status}: ${text}${fix === undefined ? '' : ` | ${fix}`}`;
}

describe(checkSource, () => {
  it('has nothing to say of a sender that works', () => {
    expect(checkSource(WELL, NOW)).toEqual([
      { name: 'last-delivery', status: 'ok', text: '3 h ago' },
      { name: 'failures', status: 'ok', text: 'none among 12 in 24 h' },
      { name: 'refused', status: 'ok', text: 'nobody since the service started' },
      { name: 'clock', status: 'ok', text: "the sender's clock and Tagward's agree" },
    ]);
  });

  const SETUP = 'see that it sends to /webhooks/ci: docs/sources';
  const MISSED = 'a sweep found a release that it may have kept to itself';

  it.each<[string, Partial<SourceFacts>, string]>([
    ['a moment', { lastDeliveryAt: NOW - 1_500 }, 'ok: 2 s ago'],
    ['the future', { lastDeliveryAt: NOW + 1_500 }, 'ok: 0 s ago'],
    ['a while', { lastDeliveryAt: NOW - 90_000 }, 'ok: 90 s ago'],
    ['weeks, without a release', { lastDeliveryAt: NOW - 30 * DAY }, 'ok: 30 d ago'],
    [
      'never',
      { lastDeliveryAt: null },
      `warn: nothing authentic has come from it yet | ${SETUP}/generic.md`,
    ],
    [
      'never, of a kind that shares its page',
      { lastDeliveryAt: null, kind: 'forgejo' },
      `warn: nothing authentic has come from it yet | ${SETUP}/gitea.md`,
    ],
    [
      'never, with a release that a sweep found',
      { lastDeliveryAt: null, lastFoundBySweepAt: NOW - 5 * MINUTE },
      `warn: nothing authentic has come from it yet; 5 min ago ${MISSED} | ${SETUP}/generic.md`,
    ],
    [
      'before a release that a sweep found',
      { lastDeliveryAt: NOW - 3 * DAY, lastFoundBySweepAt: NOW - 2 * HOUR },
      `warn: 3 d ago; 2 h ago ${MISSED} | ${SETUP}/generic.md`,
    ],
    ['after a release that a sweep found', { lastFoundBySweepAt: NOW - 2 * DAY }, 'ok: 3 h ago'],
  ])('judges when it was last heard of: %s', (_title, facts, line) => {
    expect(lineOf('last-delivery', facts)).toBe(line);
  });

  it.each<[Partial<SourceFacts>, string]>([
    [{ pending: 3 }, 'ok: none among 12 in 24 h; 3 wait'],
    [
      { dead24h: 2, rejected24h: 1 },
      'warn: in 24 h 2 given up and 1 that could not be used | tagward deliveries ls --status dead --source ci',
    ],
    [
      { rejected24h: 4, pending: 1, kind: 'zot' },
      'warn: in 24 h 0 given up and 4 that could not be used; 1 wait | tagward deliveries ls --status ignored --source ci',
    ],
    [
      { rejected24h: 1 },
      'warn: in 24 h 0 given up and 1 that could not be used | look at the answer that its pipeline got: 422, with the reason',
    ],
  ])('judges failures: %j', (facts, line) => {
    expect(lineOf('failures', facts)).toBe(line);
  });

  it.each<[Partial<SourceFacts>, RegExp]>([
    [{ refused: 1 }, /^warn: 1 request since the service started, .* 5 min ago \| compare the sec/],
    [{ refused: 9, refusedByClock: 2 }, /^warn: 9 requests .*, 2 of them for their time.*compare/],
    [{ refused: 9, refusedByClock: 9 }, /^warn: 9 .*, 9 of them for .* \| let NTP set/],
  ])('judges who was refused: %j', (facts, line) => {
    expect(lineOf('refused', { ...facts, lastRefusedAt: NOW - 5 * MINUTE })).toMatch(line);
  });

  const AHEAD = (size: string): string =>
    `the sender's clock is ${size} ahead | let NTP set its clock`;
  const BEHIND = (size: string): string =>
    `the sender's clock is ${size} behind, or what it sends takes that long | let NTP set its clock`;

  it.each<[string, Partial<SourceFacts>, string]>([
    ['unknown', { clockSkewMs: null }, 'unknown: nothing that came lately tells when it was sent'],
    ['60 s behind', { clockSkewMs: 60_000 }, "ok: the sender's clock and Tagward's agree"],
    ['60 s ahead', { clockSkewMs: -60_000 }, "ok: the sender's clock and Tagward's agree"],
    ['over 60 s behind', { clockSkewMs: 60_001 }, `warn: ${BEHIND('60 s')}`],
    ['over 60 s ahead', { clockSkewMs: -60_001 }, `warn: ${AHEAD('60 s')}`],
    ['5 min ahead', { clockSkewMs: -5 * MINUTE }, `warn: ${AHEAD('5 min')}`],
    ['7 min ahead', { clockSkewMs: -7 * MINUTE }, `fail: ${AHEAD('7 min')}`],
    ['7 min late, and taken', { clockSkewMs: 7 * MINUTE }, `warn: ${BEHIND('7 min')}`],
    [
      '7 min behind, and refused for it',
      { clockSkewMs: 7 * MINUTE, refused: 3, refusedByClock: 3 },
      `fail: ${BEHIND('7 min')}`,
    ],
  ])('judges a clock: %s', (_title, facts, line) => {
    expect(lineOf('clock', facts)).toBe(line);
  });
});
