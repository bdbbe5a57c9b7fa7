import type { Check } from './diagnosis';

/** What is known of one sender; times in UTC milliseconds, null where there was none. */
export interface SourceFacts {
  readonly id: string;
  readonly kind: string;
  readonly lastDeliveryAt: number | null;
  readonly deliveries24h: number;
  readonly dead24h: number;
  readonly rejected24h: number;
  readonly pending: number;
  readonly refused: number;
  readonly refusedByClock: number;
  readonly lastRefusedAt: number | null;
  /** What the sender's clock is behind, at most; below 0 it is ahead. Null when it tells no time. */
  readonly clockSkewMs: number | null;
  readonly lastFoundBySweepAt: number | null;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** More than this and times in the history are worth little. */
const SKEW_TO_SEE_MS = MINUTE_MS;
/** More than this and signed requests are refused. */
const SKEW_TO_FAIL_MS = 5 * MINUTE_MS;

/** Whether a sender works, as far as its deliveries show it; `now` is UTC milliseconds. */
export function checkSource(source: SourceFacts, now: number): readonly Check[] {
  return [
    checkLastDelivery(source, now),
    checkFailures(source),
    checkRefused(source, now),
    checkClock(source),
  ];
}

function checkLastDelivery(source: SourceFacts, now: number): Check {
  const { lastDeliveryAt, lastFoundBySweepAt: found } = source;
  const name = 'last-delivery';
  const fix = `see that it sends to /webhooks/${source.id}: docs/sources/${pageOf(source)}.md`;
  const missed =
    found !== null && found > (lastDeliveryAt ?? 0)
      ? `; ${ago(found, now)} a sweep found a release that it may have kept to itself`
      : '';
  if (lastDeliveryAt === null) {
    return { name, status: 'warn', text: `nothing authentic has come from it yet${missed}`, fix };
  }
  const text = `${ago(lastDeliveryAt, now)}${missed}`;
  return missed === '' ? { name, status: 'ok', text } : { name, status: 'warn', text, fix };
}

function checkFailures(source: SourceFacts): Check {
  const { dead24h, rejected24h, deliveries24h, pending } = source;
  const name = 'failures';
  const waiting = pending === 0 ? '' : `; ${pending} wait`;
  if (dead24h + rejected24h === 0) {
    return { name, status: 'ok', text: `none among ${deliveries24h} in 24 h${waiting}` };
  }
  const text = `in 24 h ${dead24h} given up and ${rejected24h} that could not be used${waiting}`;
  return { name, status: 'warn', text, fix: whereToLook(source) };
}

function whereToLook({ id, kind, dead24h }: SourceFacts): string {
  if (dead24h > 0) return `tagward deliveries ls --status dead --source ${id}`;
  // It waits for its answer, so nothing is kept of what it got wrong.
  if (kind === 'generic') return 'look at the answer that its pipeline got: 422, with the reason';
  return `tagward deliveries ls --status ignored --source ${id}`;
}

function checkRefused(source: SourceFacts, now: number): Check {
  const { refused, refusedByClock, lastRefusedAt } = source;
  const name = 'refused';
  if (refused === 0) return { name, status: 'ok', text: 'nobody since the service started' };
  const last = lastRefusedAt === null ? '' : `, the last one ${ago(lastRefusedAt, now)}`;
  const clock = refusedByClock === 0 ? '' : `, ${refusedByClock} of them for their time alone`;
  const text = `${counted(refused, 'request')} since the service started${clock}${last}`;
  const fix =
    refusedByClock === refused
      ? "let NTP set the sender's clock; what was kept back for over 5 minutes has to be signed anew"
      : 'compare the secret of the sender with the one that the configuration names; the log at debug has the causes';
  return { name, status: 'warn', text, fix };
}

/** A way that takes long looks like a clock that is behind, and nothing looks like one ahead. */
function checkClock({ clockSkewMs: skew, refusedByClock }: SourceFacts): Check {
  const name = 'clock';
  if (skew === null) {
    return { name, status: 'unknown', text: 'nothing that came lately tells when it was sent' };
  }
  if (Math.abs(skew) <= SKEW_TO_SEE_MS) {
    return { name, status: 'ok', text: "the sender's clock and Tagward's agree" };
  }
  const isAhead = skew < 0;
  const size = lengthOf(Math.abs(skew));
  const text = isAhead
    ? `the sender's clock is ${size} ahead`
    : `the sender's clock is ${size} behind, or what it sends takes that long`;
  const isFar = Math.abs(skew) > SKEW_TO_FAIL_MS && (isAhead || refusedByClock > 0);
  return { name, status: isFar ? 'fail' : 'warn', text, fix: 'let NTP set its clock' };
}

function pageOf({ kind }: SourceFacts): string {
  return kind === 'forgejo' ? 'gitea' : kind;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Two clocks may differ by a moment, so that something was in the future. */
function ago(at: number, now: number): string {
  return `${lengthOf(Math.max(0, now - at))} ago`;
}

const UNITS = [
  ...([
    ['d', 24 * 60 * MINUTE_MS],
    ['h', 60 * MINUTE_MS],
    ['min', MINUTE_MS],
  ] as const),
];

/** In the largest unit that it has two of: `90 s`, `7 min`, `47 h`, `3 d`. */
function lengthOf(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= 2 * size);
  return unit === undefined
    ? `${Math.round(ms / SECOND_MS)} s`
    : `${Math.floor(ms / unit[1])} ${unit[0]}`;
}
