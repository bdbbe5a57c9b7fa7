import { NAMES, type RetagContender, type RetagName } from './retag-contenders';
import { type RequestCounts, textOfCounts } from './retag-counts';
import type { RetagTimes } from './retag-rounds';
import { medianOf, medianRatio, summarise } from './statistics';
import { fixed, printTable, times } from './table';

/** Slowest client and slowest service that are good enough, as ratios. */
const CLIENT_AT_MOST = 1.1;
/** Share of the raw loop's rate. */
const SUSTAINED_AT_LEAST = 0.85;
const SERVICE_FASTER = [
  { tool: 'oras', required: 2, aim: 3 },
  { tool: 'crane', required: 8, aim: 10 },
] as const;

/** Prints how long each contender took for one release. */
export function printRetags(title: string, measured: RetagTimes): void {
  const raw = measured.get('raw') ?? new Map<number, number>();
  const rows = [...measured].flatMap(([id, own]) => {
    if (own.size === 0) return [];
    const { count, median, p99 } = summarise([...own.values()]);
    const tail = [times(median / medianOf([...raw.values()])), times(byRound(own, raw))];
    return [
      [NAMES[id], String(count), fixed(median, 2), fixed(p99, 2), ...tail, verdictOf(id, own, raw)],
    ];
  });
  const head = ['rounds', 'p50 ms', 'p99 ms', 'p50 vs raw', 'vs raw by round', 'required'];
  printTable([[title, ...head], ...rows]);
}

/** What the whole service has to be against the tools; holds for 4 tags on tmpfs without delay. */
export function printServiceVerdicts(measured: RetagTimes): void {
  const own = measured.get('service') ?? new Map<number, number>();
  for (const { tool, required, aim } of SERVICE_FASTER) {
    const other = measured.get(tool);
    if (other === undefined || other.size === 0) continue;
    const ratio = medianOf([...other.values()]) / medianOf([...own.values()]);
    const aimed = `aim ${aim}x: ${metOrMissed(ratio >= aim)}`;
    const asked = `required ${required}x: ${metOrMissed(ratio >= required)}; ${aimed}`;
    const rounds = times(byRound(other, own));
    console.log(
      `whole service against ${tool}: ${times(ratio)} faster at p50, ${rounds} by round (${asked})`,
    );
  }
}

export function printSkipped(contenders: readonly RetagContender[]): void {
  for (const { id, skipped } of contenders) {
    if (skipped !== undefined) console.log(`skipped: ${NAMES[id]} (${skipped})`);
  }
}

/** Requests that one release takes; those of the client and of the raw loop must be the same. */
export function printCounts(
  columns: ReadonlyMap<string, ReadonlyMap<RetagName, RequestCounts>>,
): void {
  const ids = new Set([...columns.values()].flatMap((counts) => [...counts.keys()]));
  const rows = Array.from(ids, (id) => [
    NAMES[id],
    ...Array.from(columns.values(), (counts) => textOfCounts(counts.get(id))),
  ]);
  printTable([['requests per release', ...columns.keys()], ...rows]);
  const same = [...columns.values()].every(
    (counts) => textOfCounts(counts.get('client')) === textOfCounts(counts.get('raw')),
  );
  console.log(`client module and raw loop send the same requests: ${metOrMissed(same)}`);
}

/** By round. */
export interface SustainedMeasured {
  /** Releases a second. */
  readonly rates: number[];
  /** Milliseconds of CPU time for one release, without the registry's. */
  readonly cpu: number[];
}

/** Prints how many releases a second each contender made, and which share of the raw loop's that is. */
export function printSustained(
  title: string,
  measured: ReadonlyMap<RetagName, SustainedMeasured>,
): void {
  const raw = measured.get('raw')?.rates ?? [];
  const rows = Array.from(measured, ([id, { rates, cpu }]) => {
    const share = medianOf(rates) / medianOf(raw);
    const verdict = id === 'raw' ? '' : `85 %: ${metOrMissed(share >= SUSTAINED_AT_LEAST)}`;
    const shares = [share, medianRatio(rates, raw)].map((one) => `${fixed(one * 100, 0)} %`);
    return [NAMES[id], fixed(medianOf(rates)), ...shares, fixed(medianOf(cpu), 2), verdict];
  });
  const head = ['releases/s', 'of the raw loop', 'by round', 'CPU ms each', 'required'];
  printTable([[title, ...head], ...rows]);
}

export function metOrMissed(met: boolean): string {
  return met ? 'met' : 'MISSED';
}

function verdictOf(
  id: RetagName,
  own: ReadonlyMap<number, number>,
  raw: ReadonlyMap<number, number>,
): string {
  if (id !== 'client') return '';
  const ratio = medianOf([...own.values()]) / medianOf([...raw.values()]);
  return `p50 ${times(CLIENT_AT_MOST)}: ${metOrMissed(ratio <= CLIENT_AT_MOST)}`;
}

/** Median of the ratios of the rounds in which both took part. */
function byRound(own: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): number {
  const rounds = [...own.keys()].filter((round) => other.has(round));
  return medianRatio(valuesOf(own, rounds), valuesOf(other, rounds));
}

function valuesOf(times: ReadonlyMap<number, number>, rounds: readonly number[]): number[] {
  return rounds.map((round) => times.get(round) ?? NaN);
}
