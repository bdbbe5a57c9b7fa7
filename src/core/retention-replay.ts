import type { RetentionReplay, RetentionReplayInput } from './replay-data';
import { DAY_MS, ReplayedPeriod } from './replayed-period';

/**
 * Runs a policy day by day over the recorded past, as if it had been in force, and finds what it
 * would have deleted that was needed later. Only as much of the future is known on each day as the
 * ledger knew then. Deletions are taken as possible, whatever the registry allows. No moves give no
 * days. Yields after each evaluation; with `true` for an answer it stops there.
 */
export function* replayRetention(
  input: RetentionReplayInput,
): Generator<undefined, RetentionReplay, boolean | undefined> {
  const { moves, policy } = input;
  const begin = Math.max(input.from, moves[0]?.at ?? input.to);
  const period = new ReplayedPeriod(input);
  let to = input.to;
  for (const { at, isDay } of timesOf({ from: begin, to }, policy.deletion.noticeMs)) {
    period.goTo(at);
    if (period.step(at, isDay)) {
      const isStopped: boolean | undefined = yield undefined;
      if (isStopped === true) {
        to = at;
        break;
      }
    }
  }
  period.goTo(to);
  return { from: begin, to, ...period.result() };
}

interface Step {
  readonly at: number;
  readonly isDay: boolean;
}

/** The days of a period and the ends of their notices, in order. */
function timesOf(
  { from, to }: { readonly from: number; readonly to: number },
  noticeMs: number,
): readonly Step[] {
  const count = Math.max(0, Math.ceil((to - from) / DAY_MS));
  const days = Array.from({ length: count }, (_, day) => from + day * DAY_MS);
  const isDay = new Set(days);
  const dues = days.map((day) => day + noticeMs).filter((due) => due <= to);
  const times = [...new Set([...days, ...dues])].sort((left, right) => left - right);
  return times.map((at) => ({ at, isDay: isDay.has(at) }));
}
