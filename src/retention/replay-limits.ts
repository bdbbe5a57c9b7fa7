import type { RetentionReplay, RetentionReplayInput } from '../core/replay-data';

/**
 * What a replay cannot know, in sentences: nobody may take for safe what was not looked at. `asked`
 * is the beginning that was asked for (UTC milliseconds), `end` the end of it.
 */
export function limitsOf(
  input: RetentionReplayInput,
  { from, to, days }: Pick<RetentionReplay, 'from' | 'to' | 'days'>,
): readonly string[] {
  const isShort = from > input.from || days.length === 0;
  const wasImported = input.moves.some(({ kind, at }) => kind === 'imported' && at <= to);
  return [
    ...(isShort ? [recordBegins(input)] : []),
    ...(to < input.to ? [stoppedAt(to, days.length)] : []),
    ...(wasImported ? [IMPORTED] : []),
    'what indexes list is what is known now: references of manifests that are gone are not recorded',
    inUseLimit(input),
    ...(input.pins.length === 0 ? [] : [PINS]),
    'deletions are taken as possible, whatever the registry allows',
  ];
}

const IMPORTED =
  'tags that were there before Tagward count as moved when they were imported: rules about ages keep them for longer here than they will from now on';
const PINS = 'pins are taken as set from the beginning of the period';

function recordBegins({ moves }: RetentionReplayInput): string {
  const [first] = moves;
  if (first === undefined) return 'nothing is on record for this repository';
  return `the record of this repository begins on ${dateOf(first.at)}: nothing before was replayed`;
}

function stoppedAt(to: number, days: number): string {
  return `the replay took too long and was stopped after ${days} days, on ${dateOf(to)}: ask for fewer days`;
}

function inUseLimit({ inUse }: RetentionReplayInput): string {
  return inUse.length === 0
    ? 'nobody has reported what is in use, so what was needed by running containers is not known'
    : 'of what was in use only the last report of each reporter is known: before it, nothing counts as in use';
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
